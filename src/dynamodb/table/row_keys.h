// Row keys of items and index rows (docs/formats/tables.md). Pure functions.
//
//   item           03 table-number:8 hash:16 sort
//   local index    04 index-number:8 hash:16 index-sort tail(sort)
//   global index   05 index-number:8 index-hash:16 index-sort... hash:16 tail(sort)
//
// `hash` is of the table's partition key, `sort` the ordered bytes of its sort key (nothing if the
// table has none), `index-*` the same of the index. tail() keeps the longest possible key within
// the engine's limit: see bounded_tail().
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.h"
#include "dynamodb/item/attribute_value.h"
#include "dynamodb/table/table.h"

namespace millrace::dynamodb::table {

// The parts of an item's primary key that its row key and its index rows' keys are made of.
struct ItemPlace {
  Digest128 hash{};
  std::string sort;
};

// REQUIRES: `key` has the table's key attributes, with their types. Others are ignored.
ItemPlace item_place(const Table& table, const Item& key);
// The same from an encoded item; nothing if it lacks them.
std::optional<ItemPlace> item_place(const Table& table, std::string_view encoded);

std::string item_row_key(const Table& table, const ItemPlace& place);

// The key of the item's row in the index; nothing if the item is not in it: an index key attribute
// is absent, of another type, empty, or longer than DynamoDB allows.
std::optional<std::string> index_row_key(const Index& index, const ItemPlace& place,
                                         std::string_view encoded);

// What all row keys of a table's items, or of an index, begin with.
std::string item_rows_prefix(uint64_t table_number);
std::string index_rows_prefix(const Index& index);

// The first key after all keys that begin with `prefix`; empty (no bound) if there is none.
std::string after_prefix(std::string prefix);

// Ordered sort key bytes, shortened to 256 bytes if they are longer: an index row's key holds up to
// 2,081 bytes before them, and the engine allows 2,400. Rows with equal index keys are ordered by
// these; a shortened one ends in a hash of the whole, so it still names one item.
std::string bounded_tail(std::string_view sort);

}  // namespace millrace::dynamodb::table
