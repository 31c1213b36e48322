#include "dynamodb/operation/consumed_capacity.h"

#include <algorithm>

#include "dynamodb/item/item_codec.h"
#include "dynamodb/item/item_json.h"
#include "dynamodb/operation/object_writer.h"
#include "dynamodb/table/index_rows.h"
#include "dynamodb/table/row_keys.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr size_t kReadUnitBytes = 4096;
constexpr size_t kWriteUnitBytes = 1024;

size_t steps(size_t bytes, size_t unit) {
  return std::max<size_t>(1, (bytes + unit - 1) / unit);
}

double index_write_units(const std::optional<table::IndexRow>& row) {
  if (!row) return 0;
  return static_cast<double>(steps(encoded_item_size_bytes(row->value), kWriteUnitBytes));
}

// What a change of an item costs in one index.
double index_change_units(const std::optional<table::IndexRow>& before,
                          const std::optional<table::IndexRow>& after) {
  if (before && after && before->key == after->key) {
    if (before->value == after->value) return 0;
    return std::max(index_write_units(before), index_write_units(after));
  }
  // A changed key is a deletion and an insertion.
  return index_write_units(before) + index_write_units(after);
}

size_t stored_bytes(const table::StoredItem& item) {
  return item.exists() ? encoded_item_size_bytes(item.encoded()) : 0;
}

// Units are multiples of one half.
void append_units(std::string& out, double units) {
  auto halves = static_cast<int64_t>(units * 2);
  out += std::to_string(halves / 2);
  out += halves % 2 == 0 ? ".0" : ".5";
}

void append_arm(ObjectWriter& writer, double units, std::string_view split_name) {
  append_units(writer.member("CapacityUnits"), units);
  if (!split_name.empty()) append_units(writer.member(split_name), units);
}

void append_indexes(ObjectWriter& writer, std::string_view name,
                    const std::map<std::string, double>& indexes, std::string_view split_name) {
  if (indexes.empty()) return;
  ObjectWriter list;
  for (const auto& [index, units] : indexes) {
    ObjectWriter arm;
    append_arm(arm, units, split_name);
    list.member(index) += std::move(arm).finish();
  }
  writer.member(name) += std::move(list).finish();
}

}  // namespace

CapacityDetail capacity_detail(const std::optional<std::string>& value) {
  if (value == "TOTAL") return CapacityDetail::kTotal;
  return value == "INDEXES" ? CapacityDetail::kIndexes : CapacityDetail::kNone;
}

double read_units(size_t bytes, ReadConsistency consistency) {
  auto units = static_cast<double>(steps(bytes, kReadUnitBytes));
  if (consistency == ReadConsistency::kEventual) return units / 2;
  return consistency == ReadConsistency::kStrong ? units : units * 2;
}

double write_units(size_t old_bytes, size_t new_bytes) {
  return static_cast<double>(steps(std::max(old_bytes, new_bytes), kWriteUnitBytes));
}

void ConsumedCapacity::add_index(const table::Index& index, double units) {
  (index.global ? global_ : local_)[index.name] += units;
}

void ConsumedCapacity::add_page(const table::Index* index, double units, double fetch_units) {
  if (index == nullptr) {
    add_table(units);
  } else {
    add_index(*index, units);
    add_table(fetch_units);
  }
}

void ConsumedCapacity::add_write(const table::Table& table, const table::WriteOutcome& outcome,
                                 double factor) {
  const table::StoredItem& before = outcome.old_item;
  const table::StoredItem& after = outcome.new_item;
  table_ += factor * write_units(stored_bytes(before), stored_bytes(after));
  if (table.indexes.empty() || (!before.exists() && !after.exists())) return;
  auto place = table::item_place(table, after.exists() ? after.encoded() : before.encoded());
  if (!place) return;
  for (const auto& index : table.indexes) {
    double units = index_change_units(table::index_row(index, *place, before.encoded()),
                                      table::index_row(index, *place, after.encoded()));
    if (units > 0) add_index(index, units);
  }
}

double ConsumedCapacity::table_units() const {
  double units = table_;
  for (const auto& [name, index_units] : local_) units += index_units;
  return units;
}

void ConsumedCapacity::append_json(std::string& out, const std::string& table_name,
                                   CapacityDetail detail, std::string_view split_name) const {
  double total = table_units();
  for (const auto& [name, units] : global_) total += units;
  ObjectWriter writer;
  append_json_string(writer.member("TableName"), table_name);
  append_arm(writer, total, split_name);
  if (detail == CapacityDetail::kIndexes) {
    ObjectWriter arm;
    append_arm(arm, table_, split_name);
    writer.member("Table") += std::move(arm).finish();
    append_indexes(writer, "LocalSecondaryIndexes", local_, split_name);
    append_indexes(writer, "GlobalSecondaryIndexes", global_, split_name);
  }
  out += std::move(writer).finish();
}

}  // namespace millrace::dynamodb::operation
