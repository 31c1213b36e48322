// A table's items in the order of their keys, for what goes through all of them in steps while the
// table is used: which cell keeps those that come next. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "dynamodb/table/table.h"

namespace millrace::dynamodb::table {

// The items of one cell that follow a key.
struct ItemSlice {
  engine::CellId cell;
  std::string end;  // the key after its last item
  bool is_last;     // no other cell follows
};

// `next`: the key of an item's row or a beginning of one.
ItemSlice item_slice_at(const Table& table, std::string_view next);

}  // namespace millrace::dynamodb::table
