// Index rows of an item, and what a change of the item does to them. Shared by writes (local
// indexes, in the item's own transaction) and by followers (global ones).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dynamodb/table/cell_head.h"
#include "dynamodb/table/row_keys.h"
#include "dynamodb/table/table.h"
#include "engine/engine.h"

namespace millrace::dynamodb::table {

struct IndexRow {
  std::string key;
  std::string value;  // the projected attributes, an encoded item
};

// The names of what the index projects, sorted: the keys of the table and the index, and the
// included attributes. Empty for a projection of all.
std::vector<std::string> projected_attributes(const Table& table, const Index& index);

// The item's row in the index; nothing if the item is absent (`encoded` empty) or not in the index.
std::optional<IndexRow> index_row(const Index& index, const ItemPlace& place,
                                  std::string_view encoded);

// Replaces the row of an item's old form by that of its new one (empty: absent) and returns what
// that adds to the index's counts. Writes nothing if the row stays the same.
ItemCounts change_index_row(engine::Transaction& transaction, engine::CellId cell,
                            const Index& index, const ItemPlace& place,
                            std::string_view old_encoded, std::string_view new_encoded);

}  // namespace millrace::dynamodb::table
