#include "engine/rocksdb/format.h"

#include "base/encoding.h"

namespace millrace::engine::rocks {

namespace {

constexpr char kValueVersion = 1;
constexpr char kBootKey = 'b';
constexpr char kLeaseKey = 'l';
constexpr char kTransactionIdKey = 'i';
constexpr char kTransactionTimeKey = 't';

void put_u64(char* to, uint64_t value) {
  for (int i = 7; i >= 0; --i) {
    to[i] = static_cast<char>(value & 0xff);
    value >>= 8;
  }
}

uint64_t to_micros(Timestamp time) {
  return static_cast<uint64_t>(time.time_since_epoch().count());
}

}  // namespace

std::string format_file_text() {
  return "millrace storage " + std::to_string(kFormatVersion) + "\n";
}

std::array<char, kHeaderBytes> value_header(Ticket ticket) {
  std::array<char, kHeaderBytes> header;
  header[0] = kValueVersion;
  put_u64(&header[1], ticket);
  return header;
}

std::optional<StoredValue> parse_value(std::string_view stored) {
  if (stored.size() < kHeaderBytes || stored[0] != kValueVersion) return std::nullopt;
  return StoredValue{read_u64(stored.substr(1)), stored.substr(kHeaderBytes)};
}

std::array<char, kLogKeyBytes> log_key(CellId cell, Position position) {
  std::array<char, kLogKeyBytes> key;
  put_u64(&key[0], static_cast<uint64_t>(cell));
  put_u64(&key[8], position);
  return key;
}

Position log_key_position(std::string_view key) {
  return read_u64(key.substr(8));
}

std::optional<LogEntry> parse_log_entry(std::string_view stored) {
  auto value = parse_value(stored);
  if (!value || value->value.empty()) return std::nullopt;
  auto kind = static_cast<LogEntryKind>(value->value[0]);
  if (kind != LogEntryKind::kRecord && kind != LogEntryKind::kStart) return std::nullopt;
  return LogEntry{value->ticket, kind, value->value.substr(1)};
}

std::string boot_key() {
  return std::string(1, kBootKey);
}

std::string lease_key(CellId cell) {
  std::string key(1, kLeaseKey);
  append_u64(key, static_cast<uint64_t>(cell));
  return key;
}

std::optional<CellId> parse_lease_key(std::string_view key) {
  if (key.size() != 9 || key[0] != kLeaseKey) return std::nullopt;
  return CellId{read_u64(key.substr(1))};
}

std::string transaction_id_key(std::string_view id) {
  std::string key(1, kTransactionIdKey);
  return key.append(id);
}

std::optional<std::string_view> parse_transaction_id_key(std::string_view key) {
  if (key.empty() || key[0] != kTransactionIdKey) return std::nullopt;
  return key.substr(1);
}

std::string transaction_time_prefix() {
  return std::string(1, kTransactionTimeKey);
}

std::string transaction_time_key(Timestamp committed, std::string_view id) {
  std::string key = transaction_time_prefix();
  append_u64(key, to_micros(committed));
  return key.append(id);
}

std::optional<TransactionTime> parse_transaction_time_key(std::string_view key) {
  if (key.size() < 9 || key[0] != kTransactionTimeKey) return std::nullopt;
  return TransactionTime{*parse_timestamp(key.substr(1, 8)), key.substr(9)};
}

std::string timestamp_bytes(Timestamp time) {
  std::string bytes;
  append_u64(bytes, to_micros(time));
  return bytes;
}

std::optional<Timestamp> parse_timestamp(std::string_view bytes) {
  if (bytes.size() != 8) return std::nullopt;
  return Timestamp(Duration(static_cast<int64_t>(read_u64(bytes))));
}

std::string lease_bytes(const StoredLease& lease) {
  std::string bytes;
  append_u64(bytes, lease.epoch);
  append_u64(bytes, to_micros(lease.expires));
  return bytes.append(lease.owner);
}

std::optional<StoredLease> parse_lease(std::string_view bytes) {
  if (bytes.size() < 16) return std::nullopt;
  return StoredLease{read_u64(bytes), *parse_timestamp(bytes.substr(8, 8)),
                     std::string(bytes.substr(16))};
}

}  // namespace millrace::engine::rocks
