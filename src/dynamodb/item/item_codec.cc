#include "dynamodb/item/item_codec.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "base/encoding.h"
#include "dynamodb/item/encoded_cursor.h"

namespace millrace::dynamodb {

namespace {

void append_tag(std::string& out, ValueTag tag) {
  out += static_cast<char>(tag);
}

void append_value(std::string& out, const AttributeValue& value);

void append_member(std::string& out, const AttributeValue& value) {
  append_value(out, value);
}
void append_member(std::string& out, const AttributeMap::value_type& entry) {
  append_sized(out, entry.first);
  append_value(out, entry.second);
}
void append_member(std::string& out, const std::string& text) {
  append_sized(out, text);
}
void append_member(std::string& out, const Binary& binary) {
  append_sized(out, binary.bytes);
}
void append_member(std::string& out, const Number& number) {
  number.append_compact(out);
}

template <class Container>
void append_container(std::string& out, ValueTag tag, const Container& container) {
  append_tag(out, tag);
  const size_t start = out.size();
  append_varint(out, container.size());
  for (const auto& member : container) append_member(out, member);
  // The length goes in front once it is known; entries are short, so moving them is cheap.
  std::string length;
  append_varint(length, out.size() - start);
  out.insert(start, length);
}

struct ValueAppender {
  std::string& out;

  void operator()(const std::string& text) const {
    append_tag(out, ValueTag::kString);
    append_sized(out, text);
  }
  void operator()(const Number& number) const {
    append_tag(out, ValueTag::kNumber);
    number.append_compact(out);
  }
  void operator()(const Binary& binary) const {
    append_tag(out, ValueTag::kBinary);
    append_sized(out, binary.bytes);
  }
  void operator()(bool value) const { append_tag(out, value ? ValueTag::kTrue : ValueTag::kFalse); }
  void operator()(Null) const { append_tag(out, ValueTag::kNull); }
  void operator()(const AttributeMap& map) const { append_container(out, ValueTag::kMap, map); }
  void operator()(const AttributeList& list) const { append_container(out, ValueTag::kList, list); }
  void operator()(const AttributeValue::StringSet& set) const {
    append_container(out, ValueTag::kStringSet, set);
  }
  void operator()(const AttributeValue::NumberSet& set) const {
    append_container(out, ValueTag::kNumberSet, set);
  }
  void operator()(const AttributeValue::BinarySet& set) const {
    append_container(out, ValueTag::kBinarySet, set);
  }
};

void append_value(std::string& out, const AttributeValue& value) {
  std::visit(ValueAppender{out}, value.storage());
}

std::optional<AttributeValue> decode_value(std::string_view& bytes, int level);

std::optional<AttributeMap> decode_map(EncodedEntries entries, int level) {
  AttributeMap map;
  for (uint64_t i = 0; i < entries.count; ++i) {
    const auto name = take_sized(entries.bytes);
    if (!name || (!map.empty() && *name <= map.rbegin()->first)) return std::nullopt;
    auto value = decode_value(entries.bytes, level);
    if (!value) return std::nullopt;
    map.emplace_hint(map.end(), *name, *std::move(value));
  }
  if (!entries.bytes.empty()) return std::nullopt;
  return map;
}

std::optional<AttributeList> decode_list(EncodedEntries entries, int level) {
  AttributeList list;
  list.reserve(entries.count);
  for (uint64_t i = 0; i < entries.count; ++i) {
    auto value = decode_value(entries.bytes, level);
    if (!value) return std::nullopt;
    list.push_back(*std::move(value));
  }
  if (!entries.bytes.empty()) return std::nullopt;
  return list;
}

std::optional<Binary> take_binary(std::string_view& bytes) {
  const auto view = take_sized(bytes);
  if (!view) return std::nullopt;
  return Binary{std::string(*view)};
}

std::optional<std::string> take_string(std::string_view& bytes) {
  const auto view = take_sized(bytes);
  if (!view) return std::nullopt;
  return std::string(*view);
}

template <class Member, class Take>
std::optional<AttributeValue> decode_set(std::string_view& bytes, Take take) {
  auto entries = take_entries(bytes);
  if (!entries || entries->count == 0) return std::nullopt;
  std::set<Member> set;
  for (uint64_t i = 0; i < entries->count; ++i) {
    auto member = take(entries->bytes);
    if (!member || (!set.empty() && !(*set.rbegin() < *member))) return std::nullopt;
    set.insert(set.end(), *std::move(member));
  }
  if (!entries->bytes.empty()) return std::nullopt;
  return AttributeValue(std::move(set));
}

template <class T>
std::optional<AttributeValue> wrap(std::optional<T> value) {
  if (!value) return std::nullopt;
  return AttributeValue(*std::move(value));
}

std::optional<AttributeValue> decode_value(std::string_view& bytes, int level) {
  const auto tag = take_tag(bytes);
  if (!tag || level > kDecodeLevelsMax) return std::nullopt;
  switch (*tag) {
    case ValueTag::kString:
      return wrap(take_string(bytes));
    case ValueTag::kNumber:
      return wrap(Number::take_compact(bytes));
    case ValueTag::kBinary:
      return wrap(take_binary(bytes));
    case ValueTag::kFalse:
      return AttributeValue(false);
    case ValueTag::kTrue:
      return AttributeValue(true);
    case ValueTag::kNull:
      return AttributeValue();
    case ValueTag::kMap: {
      const auto entries = take_entries(bytes);
      return entries ? wrap(decode_map(*entries, level + 1)) : std::nullopt;
    }
    case ValueTag::kList: {
      const auto entries = take_entries(bytes);
      return entries ? wrap(decode_list(*entries, level + 1)) : std::nullopt;
    }
    case ValueTag::kStringSet:
      return decode_set<std::string>(bytes, take_string);
    case ValueTag::kNumberSet:
      return decode_set<Number>(bytes, Number::take_compact);
    case ValueTag::kBinarySet:
      return decode_set<Binary>(bytes, take_binary);
  }
  return std::nullopt;
}

// Calls `visit(name, value)` for the attributes whose names are in `sorted_names`, in order.
template <class Visit>
void visit_attributes(std::string_view encoded, const std::vector<std::string>& sorted_names,
                      Visit visit) {
  auto entries = open_item(encoded);
  auto wanted = sorted_names.begin();
  for (uint64_t i = 0; entries && i < entries->count; ++i) {
    const auto name = take_sized(entries->bytes);
    if (!name) return;
    const auto value = take_value(entries->bytes);
    if (!value) return;
    // compare(): Clang 14 can not use the comparison operators of this library here.
    while (wanted != sorted_names.end() && name->compare(*wanted) > 0) ++wanted;
    if (wanted == sorted_names.end()) return;
    if (*wanted == *name) visit(*name, *value);
  }
}

}  // namespace

std::string encode_item(const Item& item) {
  std::string out(1, kItemFormatVersion);
  append_varint(out, item.size());
  for (const auto& attribute : item) append_member(out, attribute);
  return out;
}

std::optional<Item> decode_item(std::string_view encoded) {
  const auto entries = open_item(encoded);
  if (!entries) return std::nullopt;
  return decode_map(*entries, 1);
}

std::optional<AttributeValue> find_attribute(std::string_view encoded, std::string_view name) {
  auto entries = open_item(encoded);
  for (uint64_t i = 0; entries && i < entries->count; ++i) {
    const auto found = take_sized(entries->bytes);
    if (!found || *found > name) return std::nullopt;
    if (*found == name) return decode_value(entries->bytes, 1);
    if (!take_value(entries->bytes)) return std::nullopt;
  }
  return std::nullopt;
}

Item find_attributes(std::string_view encoded, const std::vector<std::string>& sorted_names) {
  Item item;
  visit_attributes(encoded, sorted_names, [&](std::string_view name, std::string_view value) {
    auto decoded = decode_value(value, 1);
    if (decoded) item.emplace_hint(item.end(), name, *std::move(decoded));
  });
  return item;
}

std::string project_encoded_item(std::string_view encoded,
                                 const std::vector<std::string>& sorted_names) {
  std::string body;
  uint64_t count = 0;
  visit_attributes(encoded, sorted_names, [&](std::string_view name, std::string_view value) {
    append_sized(body, name);
    body += value;
    ++count;
  });
  std::string out(1, kItemFormatVersion);
  append_varint(out, count);
  return out += body;
}

}  // namespace millrace::dynamodb
