#include "dynamodb/item/encoded_cursor.h"

#include "base/encoding.h"
#include "dynamodb/item/number.h"

namespace millrace::dynamodb {

namespace {

std::optional<EncodedEntries> entries_of(std::string_view body) {
  const auto count = take_varint(body);
  // An entry takes a byte at least: no count may promise more than is there.
  if (!count || *count > body.size()) return std::nullopt;
  return EncodedEntries{*count, body};
}

}  // namespace

std::optional<EncodedEntries> open_item(std::string_view encoded) {
  if (encoded.empty() || encoded.front() != kItemFormatVersion) return std::nullopt;
  return entries_of(encoded.substr(1));
}

std::optional<EncodedEntries> take_entries(std::string_view& bytes) {
  const auto body = take_sized(bytes);
  if (!body) return std::nullopt;
  return entries_of(*body);
}

std::optional<ValueTag> take_tag(std::string_view& bytes) {
  if (bytes.empty()) return std::nullopt;
  const auto tag = static_cast<uint8_t>(bytes.front());
  if (tag < static_cast<uint8_t>(ValueTag::kString) ||
      tag > static_cast<uint8_t>(ValueTag::kBinarySet)) {
    return std::nullopt;
  }
  bytes.remove_prefix(1);
  return static_cast<ValueTag>(tag);
}

std::optional<std::string_view> take_value(std::string_view& bytes) {
  const std::string_view start = bytes;
  std::string_view rest = bytes;
  const auto tag = take_tag(rest);
  if (!tag) return std::nullopt;
  switch (*tag) {
    case ValueTag::kFalse:
    case ValueTag::kTrue:
    case ValueTag::kNull:
      break;
    case ValueTag::kNumber:
      if (!Number::take_compact(rest)) return std::nullopt;
      break;
    default:
      if (!take_sized(rest)) return std::nullopt;
  }
  bytes = rest;
  return start.substr(0, start.size() - rest.size());
}

}  // namespace millrace::dynamodb
