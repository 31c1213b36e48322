// DynamoDB's values as a tree: what expressions evaluate and updates change. Stored items stay in
// their binary form (item_codec.h) wherever no tree is needed.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dynamodb/item/number.h"

namespace millrace::dynamodb {

enum class AttributeType : uint8_t {
  kString,
  kNumber,
  kBinary,
  kBoolean,
  kNull,
  kMap,
  kList,
  kStringSet,
  kNumberSet,
  kBinarySet
};
// "S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS".
std::string_view to_string(AttributeType type);

class AttributeValue;
// Attributes by name. Order by name is what makes equal items byte-equal when encoded.
using AttributeMap = std::map<std::string, AttributeValue, std::less<>>;
using AttributeList = std::vector<AttributeValue>;
// An item is the top-level map of a row.
using Item = AttributeMap;

struct Null {
  bool operator==(const Null&) const = default;
};
struct Binary {
  std::string bytes;
  auto operator<=>(const Binary&) const = default;
};

// A value type. Sets are ordered, as DynamoDB's equality ignores the order of their members.
class AttributeValue {
 public:
  using StringSet = std::set<std::string>;
  using NumberSet = std::set<Number>;
  using BinarySet = std::set<Binary>;
  // Same order as AttributeType.
  using Storage = std::variant<std::string, Number, Binary, bool, Null, AttributeMap, AttributeList,
                               StringSet, NumberSet, BinarySet>;

  AttributeValue() : storage_(Null{}) {}
  template <class T>
  requires(!std::is_same_v<std::decay_t<T>, AttributeValue>) explicit AttributeValue(T value)
      : storage_(std::move(value)) {}

  AttributeType type() const { return static_cast<AttributeType>(storage_.index()); }
  bool is(AttributeType t) const { return type() == t; }

  // REQUIRES: the type is the named one.
  const std::string& string() const { return std::get<std::string>(storage_); }
  const Number& number() const { return std::get<Number>(storage_); }
  const std::string& binary() const { return std::get<Binary>(storage_).bytes; }
  bool boolean() const { return std::get<bool>(storage_); }
  const AttributeMap& map() const { return std::get<AttributeMap>(storage_); }
  AttributeMap& map() { return std::get<AttributeMap>(storage_); }
  const AttributeList& list() const { return std::get<AttributeList>(storage_); }
  AttributeList& list() { return std::get<AttributeList>(storage_); }
  const StringSet& string_set() const { return std::get<StringSet>(storage_); }
  const NumberSet& number_set() const { return std::get<NumberSet>(storage_); }
  const BinarySet& binary_set() const { return std::get<BinarySet>(storage_); }

  Storage& storage() { return storage_; }
  const Storage& storage() const { return storage_; }

  // DynamoDB's equality: same type, numbers by value, maps and sets without order.
  bool operator==(const AttributeValue& other) const { return storage_ == other.storage_; }

 private:
  Storage storage_;
};

}  // namespace millrace::dynamodb
