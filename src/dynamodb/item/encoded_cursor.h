// Walking encoded items (docs/formats/items.md) without building trees: shared by the codec and the
// JSON writer. Functions take from the front of `bytes` and give nothing when it is malformed.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace::dynamodb {

inline constexpr char kItemFormatVersion = 1;

// First byte of an encoded value.
enum class ValueTag : uint8_t {
  kString = 1,
  kNumber = 2,
  kBinary = 3,
  kFalse = 4,
  kTrue = 5,
  kNull = 6,
  kMap = 7,
  kList = 8,
  kStringSet = 9,
  kNumberSet = 10,
  kBinarySet = 11,
};

// Decoding goes no deeper than this; DynamoDB allows 32 levels.
inline constexpr int kDecodeLevelsMax = 64;

// What is inside a container, or an item after its version byte.
struct EncodedEntries {
  uint64_t count;
  std::string_view bytes;  // all entries, nothing else
};

// An encoded item's attributes.
std::optional<EncodedEntries> open_item(std::string_view encoded);
// After a container's tag.
std::optional<EncodedEntries> take_entries(std::string_view& bytes);
std::optional<ValueTag> take_tag(std::string_view& bytes);
// A whole value, tag included.
std::optional<std::string_view> take_value(std::string_view& bytes);

}  // namespace millrace::dynamodb
