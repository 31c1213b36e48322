// Sizes as DynamoDB counts them (developer guide, "Item sizes and formats"; numbers as measured).
#include <type_traits>

#include "base/encoding.h"
#include "dynamodb/item/encoded_cursor.h"
#include "dynamodb/item/item_codec.h"

namespace millrace::dynamodb {

namespace {

constexpr size_t kContainerBytes = 3;
constexpr size_t kContainerEntryBytes = 1;

size_t size_of(const std::string& text) {
  return text.size();
}
size_t size_of(const Binary& binary) {
  return binary.bytes.size();
}
size_t size_of(const Number& number) {
  return number.size_bytes();
}
size_t size_of(bool) {
  return 1;
}
size_t size_of(Null) {
  return 1;
}

size_t size_of(const AttributeMap& map) {
  size_t size = kContainerBytes;
  for (const auto& [name, value] : map) {
    size += kContainerEntryBytes + name.size() + attribute_value_size_bytes(value);
  }
  return size;
}

size_t size_of(const AttributeList& list) {
  size_t size = kContainerBytes;
  for (const auto& value : list) size += kContainerEntryBytes + attribute_value_size_bytes(value);
  return size;
}

template <class Member>
size_t size_of(const std::set<Member>& set) {
  size_t size = 0;
  for (const Member& member : set) size += size_of(member);
  return size;
}

// Sizes of encoded values: the same rules, without building the values. Nothing if malformed.
std::optional<size_t> encoded_value_size(std::string_view& bytes, int level);

std::optional<size_t> encoded_number_size(std::string_view& bytes) {
  const auto number = Number::take_compact(bytes);
  if (!number) return std::nullopt;
  return number->size_bytes();
}

std::optional<size_t> encoded_bytes_size(std::string_view& bytes) {
  const auto view = take_sized(bytes);
  if (!view) return std::nullopt;
  return view->size();
}

std::optional<size_t> encoded_container_size(std::string_view& bytes, ValueTag tag, int level) {
  auto entries = take_entries(bytes);
  if (!entries || level > kDecodeLevelsMax) return std::nullopt;
  const bool nested = tag == ValueTag::kMap || tag == ValueTag::kList;
  size_t size = nested ? kContainerBytes : 0;
  for (uint64_t i = 0; i < entries->count; ++i) {
    if (nested) size += kContainerEntryBytes;
    if (tag == ValueTag::kMap) {
      const auto name = take_sized(entries->bytes);
      if (!name) return std::nullopt;
      size += name->size();
    }
    const auto member = nested ? encoded_value_size(entries->bytes, level + 1)
                        : tag == ValueTag::kNumberSet ? encoded_number_size(entries->bytes)
                                                      : encoded_bytes_size(entries->bytes);
    if (!member) return std::nullopt;
    size += *member;
  }
  return size;
}

std::optional<size_t> encoded_value_size(std::string_view& bytes, int level) {
  const auto tag = take_tag(bytes);
  if (!tag) return std::nullopt;
  switch (*tag) {
    case ValueTag::kString:
    case ValueTag::kBinary:
      return encoded_bytes_size(bytes);
    case ValueTag::kNumber:
      return encoded_number_size(bytes);
    case ValueTag::kFalse:
    case ValueTag::kTrue:
    case ValueTag::kNull:
      return 1;
    default:
      return encoded_container_size(bytes, *tag, level);
  }
}

}  // namespace

size_t attribute_value_size_bytes(const AttributeValue& value) {
  return std::visit([](const auto& stored) { return size_of(stored); }, value.storage());
}

size_t item_size_bytes(const Item& item) {
  size_t size = 0;
  for (const auto& [name, value] : item) size += name.size() + attribute_value_size_bytes(value);
  return size;
}

size_t encoded_item_size_bytes(std::string_view encoded) {
  auto entries = open_item(encoded);
  size_t size = 0;
  for (uint64_t i = 0; entries && i < entries->count; ++i) {
    const auto name = take_sized(entries->bytes);
    if (!name) return 0;
    const auto value = encoded_value_size(entries->bytes, 1);
    if (!value) return 0;
    size += name->size() + *value;
  }
  return size;
}

}  // namespace millrace::dynamodb
