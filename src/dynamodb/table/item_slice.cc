#include "dynamodb/table/item_slice.h"

#include <algorithm>

#include "base/encoding.h"
#include "dynamodb/table/row_keys.h"

namespace millrace::dynamodb::table {

ItemSlice item_slice_at(const Table& table, std::string_view next) {
  std::string prefix = item_rows_prefix(table.number);
  std::string hash(next.substr(prefix.size(), 8));
  hash.resize(8, '\0');
  uint64_t begin = read_u64(hash);
  auto after = std::upper_bound(
      table.cells.begin(), table.cells.end(), begin,
      [](uint64_t hash_prefix, const CellRange& range) { return hash_prefix < range.begin; });
  engine::CellId cell = std::prev(after)->cell;
  if (after == table.cells.end()) return {cell, after_prefix(prefix), true};
  append_u64(prefix, after->begin);
  return {cell, std::move(prefix), false};
}

}  // namespace millrace::dynamodb::table
