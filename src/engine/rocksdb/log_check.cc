#include "engine/rocksdb/log_check.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <vector>

#include "base/log.h"

namespace millrace::engine::rocks {

namespace {

// RocksDB's log format: blocks of 32 KiB, each filled with records that do not cross its end: a
// masked CRC-32C of all that follows but the length, the length, the type, the bytes.
constexpr size_t kBlockBytes = 32768;
constexpr size_t kHeaderBytes = 7;
constexpr uint8_t kTypeMax = 4;  // full, first, middle, last; from 1

uint32_t crc32c(std::string_view bytes) {
  static const auto table = [] {
    std::array<uint32_t, 256> made{};
    for (uint32_t i = 0; i < made.size(); ++i) {
      uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82f63b78 : 0);
      made[i] = value;
    }
    return made;
  }();
  uint32_t crc = ~0u;
  for (char byte : bytes) crc = table[(crc ^ static_cast<uint8_t>(byte)) & 0xff] ^ (crc >> 8);
  return ~crc;
}

// The little-endian number of so many bytes.
uint32_t number_at(std::string_view bytes, size_t at, size_t count) {
  uint32_t value = 0;
  for (size_t i = 0; i < count; ++i) {
    value |= static_cast<uint32_t>(static_cast<uint8_t>(bytes[at + i])) << (8 * i);
  }
  return value;
}

// The size of the record that begins at `at`, if it is a good one.
std::optional<size_t> good_record(std::string_view log, size_t at) {
  size_t room = std::min(kBlockBytes - at % kBlockBytes, log.size() - at);
  if (room < kHeaderBytes) return std::nullopt;
  size_t size = kHeaderBytes + number_at(log, at + 4, 2);
  auto type = static_cast<uint8_t>(log[at + 6]);
  if (size > room || type == 0 || type > kTypeMax) return std::nullopt;
  uint32_t unmasked = number_at(log, at, 4) - 0xa282ead8u;
  uint32_t crc = (unmasked >> 17) | (unmasked << 15);
  if (crc32c(log.substr(at + 6, size - 6)) != crc) return std::nullopt;
  return size;
}

// Where the log's records end, or the first that is not good is.
size_t good_until(std::string_view log) {
  size_t at = 0;
  while (at < log.size()) {
    size_t room = kBlockBytes - at % kBlockBytes;
    if (room < kHeaderBytes) {
      at = std::min(at + room, log.size());
      continue;
    }
    auto size = good_record(log, at);
    if (!size) return at;
    at += *size;
  }
  return at;
}

// Whether there is a good record anywhere behind a bad one. Its length may be what is damaged, so
// that each byte up to the end of the next block is tried, and then the begin of each block.
bool is_followed(std::string_view log, size_t bad) {
  size_t block = bad - bad % kBlockBytes;
  size_t tried_until = std::min(block + 2 * kBlockBytes, log.size());
  for (size_t at = bad + 1; at < tried_until; ++at) {
    if (good_record(log, at)) return true;
  }
  for (size_t at = tried_until; at < log.size(); at += kBlockBytes) {
    if (good_record(log, at)) return true;
  }
  return false;
}

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return std::nullopt;
  std::string bytes(static_cast<size_t>(file.tellg()), '\0');
  file.seekg(0);
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file) return std::nullopt;
  return bytes;
}

// In the order in which they were written.
std::vector<std::string> log_files(const std::string& directory) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(directory, error)) {
    if (file.path().extension() == ".log") paths.push_back(file.path());
  }
  // Their names are numbers with leading zeros; the longer ones are later.
  std::sort(paths.begin(), paths.end(), [](const std::string& left, const std::string& right) {
    return left.size() != right.size() ? left.size() < right.size() : left < right;
  });
  return paths;
}

struct BadEnd {
  std::string path;
  size_t good_bytes;
  size_t bytes;
};

Error damaged(const BadEnd& bad) {
  return {ErrorCode::kCorrupt,
          "the write-ahead log " + bad.path + " is damaged at byte " +
              std::to_string(bad.good_bytes) +
              ", and acknowledged writes follow. Restore the data directory from a copy, or start "
              "with --accept-lost-writes to keep what is before the damage and lose what follows"};
}

}  // namespace

Result<void> check_logs(const std::string& directory) {
  std::optional<BadEnd> end;  // of the files so far
  for (const std::string& path : log_files(directory)) {
    auto log = read_file(path);
    if (!log) return Unexpected(Error{ErrorCode::kUnavailable, path + " cannot be read"});
    if (end && good_record(*log, 0)) return Unexpected(damaged(*end));
    size_t good = good_until(*log);
    if (good == log->size()) continue;
    BadEnd bad{path, good, log->size()};
    if (is_followed(*log, good)) return Unexpected(damaged(bad));
    if (!end) end = std::move(bad);
  }
  if (end) {
    log_warning(
        "the write-ahead log ends in an unfinished write, as a power cut leaves one; it is left "
        "out",
        {{"file", end->path}, {"byte", end->good_bytes}, {"of", end->bytes}});
  }
  return {};
}

}  // namespace millrace::engine::rocks
