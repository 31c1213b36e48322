#include "dynamodb/table/index_rows.h"

#include "dynamodb/item/item_codec.h"

namespace millrace::dynamodb::table {

namespace {

void copy_attribute(Item& projected, std::string_view encoded, const std::string& name) {
  if (projected.contains(name)) return;
  if (auto value = find_attribute(encoded, name)) projected.emplace(name, std::move(*value));
}

int64_t size_of(const IndexRow& row) {
  return static_cast<int64_t>(encoded_item_size_bytes(row.value));
}

}  // namespace

std::string project(const Table& table, const Index& index, std::string_view encoded) {
  if (index.projection == ProjectionType::kAll) return std::string(encoded);
  Item projected;
  copy_attribute(projected, encoded, table.partition_key.name);
  if (table.sort_key) copy_attribute(projected, encoded, table.sort_key->name);
  for (const auto& key : index.partition_key) copy_attribute(projected, encoded, key.name);
  for (const auto& key : index.sort_key) copy_attribute(projected, encoded, key.name);
  if (index.projection == ProjectionType::kInclude) {
    for (const auto& name : index.included_attributes) copy_attribute(projected, encoded, name);
  }
  return encode_item(projected);
}

std::optional<IndexRow> index_row(const Table& table, const Index& index, const ItemPlace& place,
                                  std::string_view encoded) {
  if (encoded.empty()) return std::nullopt;
  auto key = index_row_key(index, place, encoded);
  if (!key) return std::nullopt;
  return IndexRow{std::move(*key), project(table, index, encoded)};
}

ItemCounts change_index_row(engine::Transaction& transaction, engine::CellId cell,
                            const Table& table, const Index& index, const ItemPlace& place,
                            std::string_view old_encoded, std::string_view new_encoded) {
  auto old_row = index_row(table, index, place, old_encoded);
  auto new_row = index_row(table, index, place, new_encoded);
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
