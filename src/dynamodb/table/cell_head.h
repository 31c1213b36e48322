// The head row of a cell that keeps a table's items or a global index (docs/formats/tables.md):
// what a write must know of its table at the moment when it holds the cell's lock, and exact
// counts.
//
// A request works with a snapshot of the table that may be older than the cell. Keys and local
// indexes never change, so such a snapshot serves; what can change is here: whether the cell still
// belongs to the table (a removed table's cells have no head), what a change record must hold, and
// which attribute says when items expire.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dynamodb/table/table.h"
#include "engine/engine.h"

namespace millrace::dynamodb::table {

struct ItemCounts {
  int64_t items = 0;
  int64_t bytes = 0;
  bool operator==(const ItemCounts&) const = default;
};

struct CellHead {
  bool keeps_log = false;
  bool keeps_old_image = false;
  bool keeps_new_image = false;
  // A table's cell: of the table, then of each local index in the table's order. An index's cell:
  // one.
  std::vector<ItemCounts> counts;
  std::optional<TimeToLive> time_to_live = {};
  bool operator==(const CellHead&) const = default;
};

std::string cell_head_key(engine::CellId cell);
std::string encode_cell_head(const CellHead& head);
// Nothing if the bytes are not a head.
std::optional<CellHead> decode_cell_head(std::string_view bytes);

// Reads a cell's head; nothing if it has none. kCorrupt if its bytes are bad or count other things
// than `counts_expected` of them.
engine::Result<std::optional<CellHead>> read_cell_head(engine::Reader& reader, engine::CellId cell,
                                                       size_t counts_expected);
void put_cell_head(engine::Transaction& transaction, engine::CellId cell, const CellHead& head);

// How many things a cell of the table counts: itself and its local indexes.
size_t table_cell_counts(const Table& table);
// Sets what records of the table must hold, for its stream and its global indexes.
void set_log_needs(CellHead& head, const Table& table);
// Tells all cells of a table that has changed what writes must know of it.
engine::Result<void> rewrite_heads(engine::Transaction& transaction, const Table& table);

}  // namespace millrace::dynamodb::table
