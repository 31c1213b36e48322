#include "dynamodb/operation/write_report.h"

#include "dynamodb/item/item_codec.h"
#include "dynamodb/operation/item_answer.h"

namespace millrace::dynamodb::operation {

void add_capacities(ObjectWriter& answer, const TableCapacities& capacities, CapacityDetail detail,
                    std::string_view split_name) {
  if (detail == CapacityDetail::kNone) return;
  std::string list;
  for (const auto& [name, capacity] : capacities) {
    if (!list.empty()) list += ',';
    capacity.append_json(list, name, detail, split_name);
  }
  answer.member("ConsumedCapacity") += '[' + list + ']';
}

WriteReport::WriteReport(const std::optional<std::string>& return_consumed_capacity,
                         const std::optional<std::string>& return_collection_metrics)
    : detail_(capacity_detail(return_consumed_capacity)),
      collection_metrics_(return_collection_metrics == "SIZE") {}

void WriteReport::add(const table::ItemWrite& write, const table::WriteOutcome& outcome,
                      double factor) {
  const table::Table& table = *write.table;
  if (outcome.replayed) {
    // A repeated transaction is charged as a read of its items.
    replayed_ = true;
    const table::StoredItem& item = outcome.new_item;
    size_t bytes = item.exists() ? encoded_item_size_bytes(item.encoded()) : 0;
    capacities_[table.name].add_table(read_units(bytes, ReadConsistency::kTransactional));
  } else if (detail_ != CapacityDetail::kNone) {
    capacities_[table.name].add_write(table, outcome, factor);
  }
  if (!collection_metrics_ || !has_item_collections(table)) return;
  std::string& list = metrics_[table.name];
  if (!list.empty()) list += ',';
  append_collection_metrics(list, table, write.key);
}

void WriteReport::add_to(ObjectWriter& answer, std::string_view split_name) const {
  add_capacities(answer, capacities_, detail_,
                 replayed_ && !split_name.empty() ? "ReadCapacityUnits" : split_name);
  if (metrics_.empty()) return;
  ObjectWriter tables;
  for (const auto& [name, list] : metrics_) tables.member(name) += '[' + list + ']';
  answer.member("ItemCollectionMetrics") += std::move(tables).finish();
}

}  // namespace millrace::dynamodb::operation
