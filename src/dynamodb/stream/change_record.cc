#include "dynamodb/stream/change_record.h"

#include <functional>

#include "base/encoding.h"
#include "dynamodb/item/item_codec.h"

namespace millrace::dynamodb::stream {
namespace {

// docs/formats/change-records.md
constexpr char kVersion = 1;
constexpr uint8_t kKindMask = 0x03;
constexpr uint8_t kHasOldImage = 0x04;
constexpr uint8_t kHasNewImage = 0x08;
constexpr uint8_t kByTimeToLive = 0x10;
constexpr uint8_t kKnownFlags = 0x1f;
constexpr size_t kHeaderBytes = 1 + 1 + 8;  // version, flags, time

constexpr size_t kPositionDigits = 20;

// The finalizer of SplitMix64: a bijection that spreads every bit over the word.
uint64_t mix(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

// Its inverse: the factors are those above, inverted modulo 2^64.
uint64_t unmix(uint64_t value) {
  value = (value ^ (value >> 31) ^ (value >> 62)) * 0x319642b2d24d8ec3ULL;
  value = (value ^ (value >> 27) ^ (value >> 54)) * 0x96de1b173f119089ULL;
  return value ^ (value >> 30) ^ (value >> 60);
}

uint64_t mix_cell(engine::CellId cell) {
  return mix(static_cast<uint64_t>(cell) + 0x9e3779b97f4a7c15ULL);
}

}  // namespace

std::string_view to_string(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kInsert:
      return "INSERT";
    case ChangeKind::kModify:
      return "MODIFY";
    case ChangeKind::kRemove:
      return "REMOVE";
  }
  return "?";
}

std::string_view to_string(ViewType type) {
  switch (type) {
    case ViewType::kKeysOnly:
      return "KEYS_ONLY";
    case ViewType::kNewImage:
      return "NEW_IMAGE";
    case ViewType::kOldImage:
      return "OLD_IMAGE";
    case ViewType::kNewAndOldImages:
      return "NEW_AND_OLD_IMAGES";
  }
  return "?";
}

std::optional<ViewType> parse_view_type(std::string_view text) {
  for (ViewType type : {ViewType::kKeysOnly, ViewType::kNewImage, ViewType::kOldImage,
                        ViewType::kNewAndOldImages}) {
    if (to_string(type) == text) return type;
  }
  return std::nullopt;
}

std::string encode_change(const ChangeRecord& record) {
  uint8_t flags = static_cast<uint8_t>(record.kind);
  if (record.old_image) flags |= kHasOldImage;
  if (record.new_image) flags |= kHasNewImage;
  if (record.by_time_to_live) flags |= kByTimeToLive;

  constexpr size_t kLengthsBytes = 16;
  std::string encoded;
  encoded.reserve(kHeaderBytes + kLengthsBytes + record.trace_id.size() + record.keys.size() +
                  (record.old_image ? record.old_image->size() : 0) +
                  (record.new_image ? record.new_image->size() : 0));
  encoded.push_back(kVersion);
  encoded.push_back(static_cast<char>(flags));
  append_u64(encoded, static_cast<uint64_t>(record.time.time_since_epoch().count()));
  append_sized(encoded, record.trace_id);
  append_sized(encoded, record.keys);
  if (record.old_image) append_sized(encoded, *record.old_image);
  if (record.new_image) append_sized(encoded, *record.new_image);
  return encoded;
}

std::optional<Timestamp> decode_change_time(std::string_view encoded) {
  if (encoded.size() < kHeaderBytes || encoded[0] != kVersion) return std::nullopt;
  return Timestamp(Duration(static_cast<int64_t>(read_u64(encoded.substr(2)))));
}

std::optional<ChangeRecord> decode_change(std::string_view encoded) {
  auto time = decode_change_time(encoded);
  if (!time) return std::nullopt;
  auto flags = static_cast<uint8_t>(encoded[1]);
  if ((flags & ~kKnownFlags) != 0 || (flags & kKindMask) == 0) return std::nullopt;

  ChangeRecord record;
  record.kind = static_cast<ChangeKind>(flags & kKindMask);
  record.time = *time;
  record.by_time_to_live = (flags & kByTimeToLive) != 0;
  encoded.remove_prefix(kHeaderBytes);
  auto take = [&encoded](std::string& into) {
    auto bytes = take_sized(encoded);
    if (bytes) into.assign(*bytes);
    return bytes.has_value();
  };
  if (!take(record.trace_id) || !take(record.keys)) return std::nullopt;
  if ((flags & kHasOldImage) != 0 && !take(record.old_image.emplace())) return std::nullopt;
  if ((flags & kHasNewImage) != 0 && !take(record.new_image.emplace())) return std::nullopt;
  if (!encoded.empty()) return std::nullopt;
  return record;
}

std::string sequence_number(engine::Position position) {
  std::string digits = std::to_string(position);
  return '1' + std::string(kPositionDigits - digits.size(), '0') + digits;
}

std::optional<engine::Position> parse_sequence_number(std::string_view text) {
  if (text.size() != 1 + kPositionDigits || text[0] != '1') return std::nullopt;
  engine::Position position = 0;
  for (char digit : text.substr(1)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    if (__builtin_mul_overflow(position, 10, &position)) return std::nullopt;
    if (__builtin_add_overflow(position, static_cast<uint64_t>(digit - '0'), &position)) {
      return std::nullopt;
    }
  }
  return position;
}

uint64_t partition_key_hash(const ChangeRecord& record, std::string_view partition_key_name) {
  std::string key = project_encoded_item(record.keys, {std::string(partition_key_name)});
  return std::hash<std::string>()(key);
}

std::string event_id(engine::CellId cell, engine::Position position) {
  // Within a cell the second half alone is a bijection of the position, so ids of one cell differ.
  uint64_t cell_bits = mix_cell(cell);
  std::string bytes;
  append_u64(bytes, mix(cell_bits ^ mix(~position)));
  append_u64(bytes, mix(cell_bits ^ position));
  return to_hex(bytes);
}

std::optional<engine::Position> event_position(engine::CellId cell, std::string_view id) {
  auto bytes = from_hex(id);
  if (!bytes || bytes->size() != 16) return std::nullopt;
  engine::Position position = unmix(read_u64(std::string_view(*bytes).substr(8))) ^ mix_cell(cell);
  if (event_id(cell, position) != id) return std::nullopt;
  return position;
}

}  // namespace millrace::dynamodb::stream
