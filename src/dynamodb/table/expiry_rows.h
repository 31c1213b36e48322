// The rows that order a table's items by the time at which they expire (docs/formats/tables.md):
//
//   08 number:8 expiry:8 hash:16 sort
//
// for each item whose time-to-live attribute is a time. They are written in the item's own commit,
// so that what has expired is found without a scan. `number` is of the enabling of time to live;
// what follows `expiry` is what follows the table's number in the item's row key.
//
// An expiry is in whole seconds since 1970.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "dynamodb/table/table.h"
#include "engine/engine.h"

namespace millrace::dynamodb::table {

// AWS leaves items alone that should have expired longer ago.
inline constexpr int64_t kExpiryAgeMaxSeconds = int64_t{5} * 365 * 24 * 60 * 60;

// A row that was added: which enabling's, and when the item expires.
struct ExpiryNote {
  uint64_t number;
  int64_t expiry;
};

// When the item expires. Nothing if it never does: it is absent (`encoded` empty), or the attribute
// is absent, not a number, not a whole one, negative, or beyond the year 9999.
std::optional<int64_t> expiry_of(std::string_view attribute, std::string_view encoded);
// Whether an item with this expiry is to be deleted.
bool is_expired(int64_t expiry, Timestamp now);

std::string expiry_rows_prefix(uint64_t number);
// Where the rows of `expiry` begin.
std::string expiry_rows_begin(uint64_t number, int64_t expiry);
std::string expiry_row_key(uint64_t number, int64_t expiry, std::string_view item_row_key);

struct ExpiryRow {
  int64_t expiry;
  uint64_t hash_prefix;  // tells the item's cell
  std::string item_row_key;
};
// Nothing if the bytes are not the key of such a row.
std::optional<ExpiryRow> parse_expiry_row(const Table& table, std::string_view key);

// Replaces the row of an item's old form by that of its new one (empty: absent). Gives the expiry
// if a row was added.
std::optional<int64_t> change_expiry_row(engine::Transaction& transaction, engine::CellId cell,
                                         const TimeToLive& time_to_live,
                                         std::string_view item_row_key,
                                         std::string_view old_encoded,
                                         std::string_view new_encoded);

// In the transaction that changes the table: ends the rows of `before`, if it has any, and begins
// those of `after`, which it gives its number. REQUIRES: the transaction names kSystemCell,
// kTableCatalogCell and the table's cells.
engine::Result<void> change_time_to_live(engine::Transaction& transaction, const Table& before,
                                         Table& after);
// Notes that the rows are to be erased (expiry_upkeep.h).
void end_expiry_rows(engine::Transaction& transaction, const TimeToLive& time_to_live);

}  // namespace millrace::dynamodb::table
