#include "dynamodb/table/expiry_rows.h"

#include "base/encoding.h"
#include "dynamodb/item/item_codec.h"
#include "dynamodb/table/catalog_rows.h"
#include "dynamodb/table/row_keys.h"
#include "engine/cells.h"

namespace millrace::dynamodb::table {

namespace {

// 9999-12-31T23:59:59Z. What is later, milliseconds instead of seconds for one, never comes.
constexpr int64_t kExpiryMax = 253'402'300'799;
constexpr size_t kPrefixBytes = 9;  // of both kinds of keys: a byte and a number
constexpr size_t kExpiryBytes = 8;
constexpr size_t kHashBytes = 16;

}  // namespace

std::optional<int64_t> expiry_of(std::string_view attribute, std::string_view encoded) {
  if (encoded.empty()) return std::nullopt;
  auto value = find_attribute(encoded, attribute);
  if (!value || !value->is(AttributeType::kNumber)) return std::nullopt;
  auto seconds = value->number().to_int64();
  if (!seconds || *seconds < 0 || *seconds > kExpiryMax) return std::nullopt;
  return seconds;
}

bool is_expired(int64_t expiry, Timestamp now) {
  int64_t seconds = to_unix_seconds(now);
  return expiry <= seconds && expiry >= seconds - kExpiryAgeMaxSeconds;
}

std::string expiry_rows_prefix(uint64_t number) {
  std::string key(1, static_cast<char>(engine::KeyPrefix::kExpiry));
  append_u64(key, number);
  return key;
}

std::string expiry_rows_begin(uint64_t number, int64_t expiry) {
  std::string key = expiry_rows_prefix(number);
  append_u64(key, static_cast<uint64_t>(expiry));
  return key;
}

std::string expiry_row_key(uint64_t number, int64_t expiry, std::string_view item_row_key) {
  std::string key = expiry_rows_begin(number, expiry);
  key += item_row_key.substr(kPrefixBytes);
  return key;
}

std::optional<ExpiryRow> parse_expiry_row(const Table& table, std::string_view key) {
  if (key.size() < kPrefixBytes + kExpiryBytes + kHashBytes) return std::nullopt;
  ExpiryRow row;
  row.expiry = static_cast<int64_t>(read_u64(key.substr(kPrefixBytes)));
  std::string_view rest = key.substr(kPrefixBytes + kExpiryBytes);
  row.hash_prefix = read_u64(rest);
  row.item_row_key = item_rows_prefix(table.number);
  row.item_row_key += rest;
  return row;
}

std::optional<int64_t> change_expiry_row(engine::Transaction& transaction, engine::CellId cell,
                                         const TimeToLive& time_to_live,
                                         std::string_view item_row_key,
                                         std::string_view old_encoded,
                                         std::string_view new_encoded) {
  auto old_expiry = expiry_of(time_to_live.attribute, old_encoded);
  auto new_expiry = expiry_of(time_to_live.attribute, new_encoded);
  // If the item is from before the enabling, it may not have its row yet: it gets the right one.
  if (old_expiry == new_expiry) return std::nullopt;
  if (old_expiry) {
    transaction.erase(cell, expiry_row_key(time_to_live.number, *old_expiry, item_row_key));
  }
  if (!new_expiry) return std::nullopt;
  transaction.put(cell, expiry_row_key(time_to_live.number, *new_expiry, item_row_key), {});
  return new_expiry;
}

engine::Result<void> change_time_to_live(engine::Transaction& transaction, const Table& before,
                                         Table& after) {
  if (before.time_to_live) end_expiry_rows(transaction, *before.time_to_live);
  if (!after.time_to_live) return {};
  MILLRACE_TRY(after.time_to_live->number, engine::allocate_numbers(transaction, 1));
  // Where the adding of rows for the items that are there begins (expiry_upkeep.h).
  transaction.put(after.cells.front().cell, expiry_rows_prefix(after.time_to_live->number),
                  item_rows_prefix(after.number));
  return {};
}

void end_expiry_rows(engine::Transaction& transaction, const TimeToLive& time_to_live) {
  transaction.put(engine::kTableCatalogCell, ended_time_to_live_key(time_to_live.number), {});
}

}  // namespace millrace::dynamodb::table
