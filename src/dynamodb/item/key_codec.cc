#include "dynamodb/item/key_codec.h"

#include <algorithm>
#include <cassert>

namespace millrace::dynamodb {

namespace {

// Inside strings a zero byte is followed by kEscaped; at their end by kEnd, which sorts first.
constexpr char kEscape = 0x00;
constexpr char kEnd = 0x01;
constexpr char kEscaped = static_cast<char>(0xff);

void append_escaped(std::string& out, std::string_view bytes) {
  append_ordered_prefix(out, bytes);
  out += kEscape;
  out += kEnd;
}

std::optional<std::string> take_escaped(std::string_view& bytes) {
  std::string out;
  std::string_view rest = bytes;
  while (true) {
    const size_t zero = rest.find(kEscape);
    if (zero == std::string_view::npos || zero + 1 >= rest.size()) return std::nullopt;
    out += rest.substr(0, zero);
    const char mark = rest[zero + 1];
    rest.remove_prefix(zero + 2);
    if (mark == kEnd) break;
    if (mark != kEscaped) return std::nullopt;
    out += '\0';
  }
  bytes = rest;
  return out;
}

Digest128 truncated_sha256(std::string_view bytes) {
  const Digest256 whole = sha256(bytes);
  Digest128 half;
  std::copy_n(whole.begin(), half.size(), half.begin());
  return half;
}

void append_typed(std::string& out, const AttributeValue& value) {
  out += to_string(value.type());
  append_ordered_value(out, value);
}

}  // namespace

Digest128 hash_partition_key(const AttributeValue& value) {
  std::string bytes;
  append_typed(bytes, value);
  return truncated_sha256(bytes);
}

Digest128 hash_partition_key(const std::vector<AttributeValue>& values) {
  std::string bytes;
  for (const AttributeValue& value : values) append_typed(bytes, value);
  return truncated_sha256(bytes);
}

uint64_t hash_prefix(const Digest128& hash) {
  return read_u64(as_view(hash));
}

void append_ordered_value(std::string& out, const AttributeValue& value) {
  switch (value.type()) {
    case AttributeType::kString:
      return append_escaped(out, value.string());
    case AttributeType::kNumber:
      return value.number().append_ordered(out);
    default:
      assert(value.is(AttributeType::kBinary));
      return append_escaped(out, value.binary());
  }
}

void append_ordered_prefix(std::string& out, std::string_view prefix) {
  while (true) {
    const size_t zero = prefix.find(kEscape);
    out += prefix.substr(0, zero);
    if (zero == std::string_view::npos) return;
    out += kEscape;
    out += kEscaped;
    prefix.remove_prefix(zero + 1);
  }
}

std::optional<AttributeValue> take_ordered_value(std::string_view& bytes, AttributeType type) {
  if (type == AttributeType::kNumber) {
    const auto number = Number::take_ordered(bytes);
    if (!number) return std::nullopt;
    return AttributeValue(*number);
  }
  auto text = take_escaped(bytes);
  if (!text) return std::nullopt;
  if (type == AttributeType::kString) return AttributeValue(*std::move(text));
  return AttributeValue(Binary{*std::move(text)});
}

}  // namespace millrace::dynamodb
