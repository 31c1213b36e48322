#include "sqs/queue_keys.h"

#include "base/encoding.h"

namespace millrace::sqs {
namespace {

std::string prefix(char kind) {
  return {static_cast<char>(engine::KeyPrefix::kQueue), kind};
}

std::string cell_prefix(char kind, engine::CellId cell) {
  std::string key = prefix(kind);
  append_u64(key, static_cast<uint64_t>(cell));
  return key;
}

std::pair<std::string, std::string> range_of(std::string begin) {
  // The prefix's last byte is never 0xff: kinds are letters, and cells are counted from a small
  // number, so a carry never leaves the integer.
  std::string end = begin;
  size_t last = end.size() - 1;
  while (static_cast<unsigned char>(end[last]) == 0xff) end[last--] = 0;
  ++end[last];
  return {std::move(begin), std::move(end)};
}

}  // namespace

std::string catalog_key(std::string_view account, std::string_view region, std::string_view name) {
  std::string key = prefix('q');
  append_sized(key, account);
  append_sized(key, region);
  append_sized(key, name);
  return key;
}

std::string deleted_queue_key(engine::CellId cell) {
  return cell_prefix('x', cell);
}

std::string counters_key(engine::CellId cell) {
  return cell_prefix('n', cell);
}

std::string message_key(engine::CellId cell, uint64_t sequence) {
  std::string key = cell_prefix('m', cell);
  append_u64(key, sequence);
  return key;
}

std::string body_key(engine::CellId cell, uint64_t sequence, uint32_t chunk) {
  std::string key = cell_prefix('b', cell);
  append_u64(key, sequence);
  append_u32(key, chunk);
  return key;
}

std::string visible_key(engine::CellId cell, Timestamp visible_at, uint64_t sequence) {
  std::string key = cell_prefix('v', cell);
  append_u64(key, static_cast<uint64_t>(visible_at.time_since_epoch().count()));
  append_u64(key, sequence);
  return key;
}

std::pair<std::string, std::string> kind_range(char kind) {
  return range_of(prefix(kind));
}

std::pair<std::string, std::string> kind_range(char kind, engine::CellId cell) {
  return range_of(cell_prefix(kind, cell));
}

std::pair<Timestamp, uint64_t> parse_visible_key(std::string_view key) {
  std::string_view parts = key.substr(key.size() - 16);
  return {Timestamp(Duration(static_cast<int64_t>(read_u64(parts)))), read_u64(parts.substr(8))};
}

uint64_t parse_message_key(std::string_view key) {
  return read_u64(key.substr(key.size() - 8));
}

engine::CellId parse_deleted_queue_key(std::string_view key) {
  return engine::CellId(read_u64(key.substr(key.size() - 8)));
}

}  // namespace millrace::sqs
