#include "dynamodb/operation/throughput_meter.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "dynamodb/item/item_json.h"
#include "dynamodb/table/table_tags.h"

namespace millrace::dynamodb::operation {
namespace {

using table::Index;
using table::ItemWrite;
using table::Table;

constexpr double kBurstSeconds = 300;  // AWS
constexpr double kWriteUnitsMin = 1;

const Index* global_or_null(const Index* index) {
  return index != nullptr && index->global ? index : nullptr;
}

uint64_t number_of(const Index* index) {
  return index == nullptr ? 0 : index->number;
}

// What bounds the table or index in its billing mode.
table::Throughput throughput_of(const Table& table, const Index* index) {
  const table::Throughput none;
  if (table.billing_mode == table::BillingMode::kPayPerRequest) {
    return (index == nullptr ? table.on_demand_limits : index->on_demand_limits).value_or(none);
  }
  return index == nullptr ? table.throughput : index->throughput.value_or(none);
}

// Units a second; nothing if they are not bounded.
std::optional<double> rate_of(bool reads, const Table& table, const Index* index) {
  table::Throughput throughput = throughput_of(table, index);
  int64_t units = reads ? throughput.read_units : throughput.write_units;
  return units > 0 ? std::optional(static_cast<double>(units)) : std::nullopt;
}

Unexpected<aws::ApiError> exceeded(bool reads, const Table& table, const Index* index) {
  bool on_demand = table.billing_mode == table::BillingMode::kPayPerRequest;
  auto error =
      on_demand ? aws::throttling_error(
                      "Throughput exceeds the maximum OnDemandThroughput configured on table or "
                      "index")
      : index == nullptr
          ? aws::api_error(400, "ProvisionedThroughputExceededException",
                           "The level of configured provisioned throughput for the table was "
                           "exceeded. Consider increasing your provisioning level with the "
                           "UpdateTable API.")
          : aws::api_error(400, "ProvisionedThroughputExceededException",
                           "The level of configured provisioned throughput for one or more global "
                           "secondary indexes of the table was exceeded. Consider increasing your "
                           "provisioning level for the under-provisioned global secondary indexes "
                           "with the UpdateTable API");
  std::string reason = index == nullptr ? "Table" : "Index";
  reason += reads ? "Read" : "Write";
  reason += on_demand ? "MaxOnDemandThroughputExceeded" : "ProvisionedThroughputExceeded";
  std::string resource = index == nullptr ? table.arn : table.arn + "/index/" + index->name;
  std::string text = R"([{"reason":")" + reason + R"(","resource":)";
  append_json_string(text, resource);
  // The two exceptions spell the member differently.
  error.error.members.emplace_back(on_demand ? "throttlingReasons" : "ThrottlingReasons",
                                   text + "}]");
  return error;
}

}  // namespace

std::shared_ptr<ThroughputMeter> ThroughputMeter::create(table::TableCatalog& catalog,
                                                         const Clock& clock, bool by_default) {
  std::shared_ptr<ThroughputMeter> meter(new ThroughputMeter(clock, by_default));
  catalog.on_change([weak = std::weak_ptr(meter)](table::TableCatalog::Change change,
                                                  const table::TablePtr& table) {
    if (auto running = weak.lock()) running->follow(change, *table);
  });
  return meter;
}

// Forgets what a removed table or index had left.
void ThroughputMeter::follow(table::TableCatalog::Change change, const Table& table) {
  bool removed = change == table::TableCatalog::Change::kRemoved;
  std::lock_guard lock(mutex_);
  auto from = buckets_.lower_bound({table.number, 0, Kind::kRead});
  while (from != buckets_.end() && std::get<0>(from->first) == table.number) {
    uint64_t index = std::get<1>(from->first);
    bool gone = removed || (index != 0 && table.find_index(index) == nullptr);
    from = gone ? buckets_.erase(from) : std::next(from);
  }
}

bool ThroughputMeter::enforces(const Table& table) const {
  if (table.tags.empty()) return by_default_;
  return table::enforces_capacity_by_tag(table.tags).value_or(by_default_);
}

// A table or index that is used for the first time has what it has earned since the table was
// created, so a new one begins with the units of one second.
ThroughputMeter::Bucket& ThroughputMeter::filled(Kind kind, const Table& table, const Index* index,
                                                 double rate) {
  Timestamp now = clock_.now();
  auto [entry, added] = buckets_.try_emplace({table.number, number_of(index), kind});
  Bucket& bucket = entry->second;
  if (added) bucket = {rate, table.created};
  double earned = rate * std::max(0.0, to_seconds(now - bucket.at));
  if (added) earned = std::max(0.0, earned - rate);
  bucket.left = std::min(rate * kBurstSeconds, bucket.left + earned);
  bucket.at = now;
  return bucket;
}

aws::Result<void> ThroughputMeter::take(Kind kind, const Table& table, const Index* index,
                                        double units) {
  auto rate = rate_of(kind == Kind::kRead, table, index);
  if (!rate || !enforces(table)) return {};
  std::lock_guard lock(mutex_);
  Bucket& bucket = filled(kind, table, index, *rate);
  if (bucket.left <= 0) return exceeded(kind == Kind::kRead, table, index);
  bucket.left -= units;
  return {};
}

void ThroughputMeter::settle(Kind kind, const Table& table, const Index* index, double units) {
  auto rate = rate_of(kind == Kind::kRead, table, index);
  if (!rate || units == 0) return;
  std::lock_guard lock(mutex_);
  // Not of a table that has been removed meanwhile.
  if (buckets_.count({table.number, number_of(index), kind}) == 0) return;
  filled(kind, table, index, *rate).left -= units;
}

aws::Result<void> ThroughputMeter::take_read(const Table& table, const Index* index, double units) {
  return take(Kind::kRead, table, global_or_null(index), units);
}

void ThroughputMeter::settle_read(const Table& table, const Index* index,
                                  const ConsumedCapacity& consumed, double taken) {
  if (!enforces(table)) return;
  index = global_or_null(index);
  double units = consumed.table_units();
  if (index != nullptr) units = consumed.global_index_units().at(index->name);
  settle(Kind::kRead, table, index, units - taken);
}

aws::Result<void> ThroughputMeter::check_indexes(const Table& table,
                                                 const table::StoredItem& old_item,
                                                 const table::Decision& decision) {
  using Action = table::Decision::Action;
  if (decision.action == Action::kKeep) return {};
  table::WriteOutcome outcome;
  outcome.old_item = old_item;
  if (decision.action == Action::kPut) {
    outcome.new_item = table::StoredItem(decision.new_encoded);
  }
  ConsumedCapacity consumed;
  consumed.add_write(table, outcome);
  for (const auto& [name, units] : consumed.global_index_units()) {
    // Nothing is taken: this may run again. settle_writes() does, once.
    MILLRACE_CHECK_OK(take(Kind::kWrite, table, table.find_index(name), 0));
  }
  return {};
}

ThroughputMeter::Writes ThroughputMeter::guarded(const std::vector<ItemWrite>& writes) {
  auto result = std::make_shared<std::vector<ItemWrite>>(writes);
  for (ItemWrite& write : *result) {
    if (!enforces(*write.table) || !write.table->has_global_index()) continue;
    write.decide = [meter = shared_from_this(), table = write.table,
                    decide = std::move(write.decide)](
                       const table::StoredItem& old_item) -> aws::Result<table::Decision> {
      MILLRACE_TRY(table::Decision decision, decide(old_item));
      MILLRACE_CHECK_OK(meter->check_indexes(*table, old_item, decision));
      return decision;
    };
  }
  return result;
}

void ThroughputMeter::settle_writes(const std::vector<ItemWrite>& writes,
                                    const std::vector<table::WriteOutcome>& outcomes,
                                    double factor) {
  for (size_t i = 0; i < writes.size(); ++i) {
    const Table& table = *writes[i].table;
    if (outcomes[i].replayed || !enforces(table)) continue;
    ConsumedCapacity consumed;
    consumed.add_write(table, outcomes[i], factor);
    settle(Kind::kWrite, table, nullptr, consumed.table_units() - factor * kWriteUnitsMin);
    for (const auto& [name, units] : consumed.global_index_units()) {
      settle(Kind::kWrite, table, table.find_index(name), units);
    }
  }
}

void ThroughputMeter::write(table::ItemStore& items, Writes writes, double factor,
                            std::string request_id, table::IdempotencyToken token,
                            table::ItemStore::WriteCompletion done) {
  bool enforced = std::any_of(writes->begin(), writes->end(),
                              [this](const ItemWrite& write) { return enforces(*write.table); });
  if (!enforced) {
    items.write(std::move(writes), std::move(request_id), std::move(token), std::move(done));
    return;
  }
  std::vector<table::WriteFailure> failures;
  for (size_t i = 0; i < writes->size(); ++i) {
    auto taken = take(Kind::kWrite, *(*writes)[i].table, nullptr, factor * kWriteUnitsMin);
    if (!taken) failures.push_back({i, std::move(taken).error()});
  }
  if (!failures.empty()) return done(Unexpected(std::move(failures)));
  Writes checked = guarded(*writes);
  items.write(checked, std::move(request_id), std::move(token),
              [meter = shared_from_this(), writes = std::move(writes), factor,
               done = std::move(done)](table::WriteResult result) mutable {
                if (result) meter->settle_writes(*writes, *result, factor);
                done(std::move(result));
              });
}

}  // namespace millrace::dynamodb::operation
