// Byte layouts of what the RocksDB engine stores, described with examples in
// docs/formats/storage.md. Pure functions; parsing returns nothing for bytes that no version wrote.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/engine.h"

namespace millrace::engine::rocks {

// Counts commits: (boot << 40) + n. Every opening of a directory is a new boot, so that a stored
// ticket of an earlier one is smaller than any that is still to become durable.
using Ticket = uint64_t;
inline constexpr int kTicketBootShift = 40;

inline constexpr int kFormatVersion = 1;
inline constexpr std::string_view kFormatFile = "FORMAT";
std::string format_file_text();  // "millrace storage 1\n"

// Every value begins with its layout's version and the ticket of the commit that wrote it.
inline constexpr size_t kHeaderBytes = 9;
std::array<char, kHeaderBytes> value_header(Ticket ticket);

struct StoredValue {
  Ticket ticket;
  std::string_view value;
};
std::optional<StoredValue> parse_value(std::string_view stored);

// Column family "log".
inline constexpr size_t kLogKeyBytes = 16;
std::array<char, kLogKeyBytes> log_key(CellId cell, Position position);
// REQUIRES: key has kLogKeyBytes.
Position log_key_position(std::string_view key);

enum class LogEntryKind : char {
  kRecord = 0,
  kStart = 1,  // no record: the log begins after this position
};
struct LogEntry {
  Ticket ticket;
  LogEntryKind kind;
  std::string_view record;
};
std::optional<LogEntry> parse_log_entry(std::string_view stored);

// Column family "default".
std::string boot_key();
std::string lease_key(CellId cell);
std::optional<CellId> parse_lease_key(std::string_view key);
std::string transaction_id_key(std::string_view id);
std::optional<std::string_view> parse_transaction_id_key(std::string_view key);
// Orders transaction ids by time, for forgetting them.
std::string transaction_time_key(Timestamp committed, std::string_view id);
std::string transaction_time_prefix();
struct TransactionTime {
  Timestamp committed;
  std::string_view id;
};
std::optional<TransactionTime> parse_transaction_time_key(std::string_view key);

// The values of these keys without their header.
std::string timestamp_bytes(Timestamp time);
std::optional<Timestamp> parse_timestamp(std::string_view bytes);

struct StoredLease {
  uint64_t epoch;
  Timestamp expires;
  std::string owner;
};
std::string lease_bytes(const StoredLease& lease);
std::optional<StoredLease> parse_lease(std::string_view bytes);

}  // namespace millrace::engine::rocks
