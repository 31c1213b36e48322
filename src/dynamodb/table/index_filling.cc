#include "dynamodb/table/index_filling.h"

#include "base/encoding.h"
#include "dynamodb/stream/follower.h"
#include "dynamodb/table/cell_head.h"
#include "dynamodb/table/index_followers.h"
#include "dynamodb/table/row_keys.h"

namespace millrace::dynamodb::table {

namespace {
constexpr char kVersion = 1;
}  // namespace

bool IndexFilling::leaves_to_follower(std::string_view item_row_key,
                                      engine::Position change) const {
  if (item_row_key >= next) return false;
  // Positions along a cell and those that it was split into only grow.
  return item_row_key < begin || change > position;
}

// With the positions of followers: it is one more thing that says how far the index has come.
std::string index_filling_key(const Index& index) {
  return stream::follower_key("filling/" + std::to_string(index.number));
}

std::string encode_index_filling(const IndexFilling& filling) {
  std::string bytes(1, kVersion);
  append_sized(bytes, filling.begin);
  append_sized(bytes, filling.next);
  append_u64(bytes, static_cast<uint64_t>(filling.cell));
  append_u64(bytes, filling.position);
  return bytes;
}

std::optional<IndexFilling> decode_index_filling(std::string_view bytes) {
  if (bytes.empty() || bytes[0] != kVersion) return std::nullopt;
  bytes.remove_prefix(1);
  auto begin = take_sized(bytes);
  if (!begin) return std::nullopt;
  auto next = take_sized(bytes);
  if (!next || bytes.size() != 16) return std::nullopt;
  return IndexFilling{std::string(*begin), std::string(*next), engine::CellId{read_u64(bytes)},
                      read_u64(bytes.substr(8))};
}

engine::Result<std::optional<IndexFilling>> read_index_filling(engine::Reader& reader,
                                                               const Index& index) {
  MILLRACE_TRY(auto stored, reader.get(index.cell, index_filling_key(index)));
  if (!stored) return std::optional<IndexFilling>();
  auto filling = decode_index_filling(*stored);
  if (!filling) {
    return Unexpected(engine::Error{engine::ErrorCode::kCorrupt,
                                    "filling of index " + std::to_string(index.number)});
  }
  return filling;
}

void put_index_filling(engine::Transaction& transaction, const Index& index,
                       const IndexFilling& filling) {
  transaction.put(index.cell, index_filling_key(index), encode_index_filling(filling));
}

engine::Result<void> begin_index_filling(engine::Transaction& transaction, const Table& table,
                                         const Index& index) {
  put_cell_head(transaction, index.cell, CellHead{.counts = {{}}});
  // Of logs that have ended nothing is followed, and their records may be gone.
  for (const auto& split : table.splits) {
    stream::put_follower_position(transaction, index.cell, index_follower_name(index, split.parent),
                                  split.last);
  }
  for (engine::CellId cell : table.all_cells()) {
    MILLRACE_TRY(auto position, transaction.log_end(cell));
    stream::put_follower_position(transaction, index.cell, index_follower_name(index, cell),
                                  position);
  }
  std::string first = item_rows_prefix(table.number);
  put_index_filling(transaction, index, {first, first, table.cells.front().cell, 0});
  return {};
}

engine::Result<bool> has_followed(engine::Reader& reader, const Table& table, const Index& index,
                                  engine::CellId cell, engine::Position position) {
  if (position == 0) return true;
  while (true) {
    MILLRACE_TRY(auto followed, stream::read_follower_position(reader, index.cell,
                                                               index_follower_name(index, cell)));
    if (followed) return *followed >= position;
    // Nothing of this log yet: what is missing may be at the end of the one before.
    const CellSplit* split = table.split_into(cell);
    if (split == nullptr || split->last < position) return false;
    cell = split->parent;
  }
}

}  // namespace millrace::dynamodb::table
