// How far the filling of a new global index has come (docs/decisions/0006-index-filling.md): a row
// of the index's cell, there from the index's creation until it is complete.
//
// The filling goes through the table's items in the order of their keys; each step takes some of
// them as they are and has the next one wait until the followers are beyond that moment.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dynamodb/table/table.h"
#include "engine/engine.h"

namespace millrace::dynamodb::table {

struct IndexFilling {
  // Keys of item rows: the last step took the items from `begin` up to `next`, where the next one
  // begins. At the end of the table's items if all have been taken.
  std::string begin, next;
  // The last step's cell, and the position of its log when the items were read.
  engine::CellId cell;
  engine::Position position;

  // Whether a change of an item is to be applied to the index. One that a step has seen, or will
  // see, is not: the step writes what the item has become.
  bool leaves_to_follower(std::string_view item_row_key, engine::Position change) const;
  bool operator==(const IndexFilling&) const = default;
};

std::string index_filling_key(const Index& index);
std::string encode_index_filling(const IndexFilling& filling);
// Nothing if the bytes are not an encoded one.
std::optional<IndexFilling> decode_index_filling(std::string_view bytes);

// Nothing if the index is complete, or gone. kCorrupt if the bytes are bad.
engine::Result<std::optional<IndexFilling>> read_index_filling(engine::Reader& reader,
                                                               const Index& index);
void put_index_filling(engine::Transaction& transaction, const Index& index,
                       const IndexFilling& filling);

// Begins a new index in the transaction that creates it: its followers go on from where the logs
// are now, and no item has been taken. REQUIRES: the transaction names the table's and the index's
// cells.
engine::Result<void> begin_index_filling(engine::Transaction& transaction, const Table& table,
                                         const Index& index);

// Whether the index's followers have applied everything that was in the log of `cell`, one of the
// table's cells or of those that were split, up to `position`.
engine::Result<bool> has_followed(engine::Reader& reader, const Table& table, const Index& index,
                                  engine::CellId cell, engine::Position position);

}  // namespace millrace::dynamodb::table
