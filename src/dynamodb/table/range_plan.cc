#include "dynamodb/table/range_plan.h"

#include <algorithm>
#include <optional>

#include "dynamodb/item/item_codec.h"
#include "dynamodb/item/key_codec.h"
#include "dynamodb/table/row_keys.h"

namespace millrace::dynamodb::table {

namespace {

std::string ordered(const std::string& prefix, const std::vector<AttributeValue>& values) {
  std::string key = prefix;
  for (const auto& value : values) append_ordered_value(key, value);
  return key;
}

// Where segment `segment` of `total` begins in the hash space of 2^64; nothing for its end.
std::optional<uint64_t> segment_begin(int segment, int total) {
  if (segment == total) return std::nullopt;
  __extension__ using Wide = unsigned __int128;
  return static_cast<uint64_t>((static_cast<Wide>(segment) << 64) / static_cast<Wide>(total));
}

// Cells that own hashes in [begin, end).
std::vector<engine::CellId> cells_between(const Table& table, uint64_t begin,
                                          std::optional<uint64_t> end) {
  std::vector<engine::CellId> cells;
  for (size_t i = 0; i < table.cells.size(); ++i) {
    bool starts_before_end = !end || table.cells[i].begin < *end;
    bool ends_after_begin = i + 1 == table.cells.size() || table.cells[i + 1].begin > begin;
    if (starts_before_end && ends_after_begin) cells.push_back(table.cells[i].cell);
  }
  return cells;
}

void plan_query(RangePlan& plan, const RangeRead& read, const std::string& rows) {
  Digest128 hash = hash_partition_key(read.partition_values);
  plan.cells = {read.index != nullptr && read.index->global
                    ? read.index->cell
                    : read.table->cell_for(hash_prefix(hash))};
  std::string partition = rows;
  partition += as_view(hash);
  plan.options.begin = partition;
  plan.options.end = after_prefix(partition);
  if (read.begins_with) {
    std::string begin = read.lower ? ordered(partition, read.lower->values) : partition;
    append_ordered_prefix(begin, *read.begins_with);
    plan.options.begin = begin;
    plan.options.end = after_prefix(begin);
    return;
  }
  // Ordered values delimit themselves, so the rows of a value are those that begin with its bytes.
  if (read.lower) {
    std::string key = ordered(partition, read.lower->values);
    plan.options.begin = read.lower->inclusive ? key : after_prefix(key);
  }
  if (read.upper) {
    std::string key = ordered(partition, read.upper->values);
    plan.options.end = read.upper->inclusive ? after_prefix(key) : key;
  }
}

void plan_scan(RangePlan& plan, const RangeRead& read, const std::string& rows) {
  uint64_t begin = *segment_begin(read.segment, read.total_segments);
  auto end = segment_begin(read.segment + 1, read.total_segments);
  plan.cells = read.index != nullptr && read.index->global ? std::vector{read.index->cell}
                                                           : cells_between(*read.table, begin, end);
  plan.options.begin = rows;
  append_u64(plan.options.begin, begin);
  plan.options.end = rows;
  if (end) {
    append_u64(plan.options.end, *end);
  } else {
    plan.options.end = after_prefix(rows);
  }
}

// The row key of an item that is named by the key attributes of the table and the index.
std::optional<std::string> key_of(const RangeRead& read, const Item& item) {
  ItemPlace place = item_place(*read.table, item);
  if (read.index == nullptr) return item_row_key(*read.table, place);
  return index_row_key(*read.index, place, encode_item(item));
}

}  // namespace

RangePlan plan_range(const RangeRead& read) {
  RangePlan plan;
  plan.options.reverse = read.reverse;
  std::string rows =
      read.index != nullptr ? index_rows_prefix(*read.index) : item_rows_prefix(read.table->number);
  if (read.partition_values.empty()) {
    plan_scan(plan, read, rows);
  } else {
    plan_query(plan, read, rows);
  }
  if (read.exclusive_start_key) {
    auto key = key_of(read, *read.exclusive_start_key);
    if (!key) {
      plan.empty = true;
    } else if (read.reverse) {
      plan.options.end = std::min(plan.options.end, *key);
    } else {
      key->push_back('\0');  // the next possible key
      plan.options.begin = std::max(plan.options.begin, *key);
    }
  }
  plan.empty = plan.empty || plan.options.begin >= plan.options.end;
  return plan;
}

}  // namespace millrace::dynamodb::table
