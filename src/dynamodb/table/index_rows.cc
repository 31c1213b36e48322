#include "dynamodb/table/index_rows.h"

#include <set>

#include "dynamodb/item/item_codec.h"

namespace millrace::dynamodb::table {

namespace {

int64_t size_of(const IndexRow& row) {
  return static_cast<int64_t>(encoded_item_size_bytes(row.value));
}

}  // namespace

std::vector<std::string> projected_attributes(const Table& table, const Index& index) {
  if (index.projection == ProjectionType::kAll) return {};
  std::set<std::string> names{table.partition_key.name};
  if (table.sort_key) names.insert(table.sort_key->name);
  for (const auto& key : index.partition_key) names.insert(key.name);
  for (const auto& key : index.sort_key) names.insert(key.name);
  if (index.projection == ProjectionType::kInclude) {
    names.insert(index.included_attributes.begin(), index.included_attributes.end());
  }
  return {names.begin(), names.end()};
}

std::optional<IndexRow> index_row(const Index& index, const ItemPlace& place,
                                  std::string_view encoded) {
  if (encoded.empty()) return std::nullopt;
  auto key = index_row_key(index, place, encoded);
  if (!key) return std::nullopt;
  bool all = index.projection == ProjectionType::kAll;
  return IndexRow{std::move(*key), all ? std::string(encoded)
                                       : project_encoded_item(encoded, index.projected_attributes)};
}

ItemCounts change_index_row(engine::Transaction& transaction, engine::CellId cell,
                            const Index& index, const ItemPlace& place,
                            std::string_view old_encoded, std::string_view new_encoded) {
  auto old_row = index_row(index, place, old_encoded);
  auto new_row = index_row(index, place, new_encoded);
  ItemCounts added;
  if (old_row && new_row && old_row->key == new_row->key && old_row->value == new_row->value) {
    return added;
  }
  if (old_row) {
    added.items -= 1;
    added.bytes -= size_of(*old_row);
    if (!new_row || new_row->key != old_row->key) transaction.erase(cell, old_row->key);
  }
  if (new_row) {
    added.items += 1;
    added.bytes += size_of(*new_row);
    transaction.put(cell, new_row->key, new_row->value);
  }
  return added;
}

}  // namespace millrace::dynamodb::table
