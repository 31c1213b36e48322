#include "dynamodb/item/item_parser.h"

#include <algorithm>
#include <array>
#include <set>
#include <type_traits>

#include "base/encoding.h"
#include "dynamodb/item/attribute_name.h"
#include "dynamodb/item/member_reader.h"

namespace millrace::dynamodb {

namespace {

constexpr std::string_view kInvalid = "One or more parameter values were invalid: ";
constexpr std::string_view kValueClass = "com.amazonaws.dynamodb.v20120810.AttributeValue";

// Which of several faults of one item counts: the lowest rank, and of one rank the first.
enum FaultRank { kTopLevelName, kDepth, kValue, kNoFault };

std::optional<AttributeType> type_named(std::string_view name) {
  if (name == "S") return AttributeType::kString;
  if (name == "N") return AttributeType::kNumber;
  if (name == "B") return AttributeType::kBinary;
  if (name == "BOOL") return AttributeType::kBoolean;
  if (name == "NULL") return AttributeType::kNull;
  if (name == "M") return AttributeType::kMap;
  if (name == "L") return AttributeType::kList;
  if (name == "SS") return AttributeType::kStringSet;
  if (name == "NS") return AttributeType::kNumberSet;
  if (name == "BS") return AttributeType::kBinarySet;
  return std::nullopt;
}

// Members of a set in DynamoDB's text for duplicates: in byte order up to the first repeat, then as
// sent.
template <class Member>
std::vector<Member> duplicates_as_shown(const std::vector<Member>& sent) {
  std::set<Member> seen;
  size_t i = 0;
  while (i < sent.size() && seen.insert(sent[i]).second) ++i;
  std::vector<Member> shown(seen.begin(), seen.end());
  shown.insert(shown.end(), sent.begin() + static_cast<std::ptrdiff_t>(i), sent.end());
  return shown;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator,
                 std::string_view quote) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += separator;
    out += quote;
    out += part;
    out += quote;
  }
  return out;
}

// One pass over a value or a map: stops at the first wrong JSON type, remembers the worst bad
// value.
class Parser {
 public:
  explicit Parser(ValueLayer layer, int levels_max = kNestingLevelsMax)
      : layer_(layer), levels_max_(levels_max) {}

  aws::Result<AttributeMap> parse_map(json::Value map, int level);
  aws::Result<AttributeValue> parse_value(json::Value value, int level);
  std::optional<aws::ApiError> take_fault() { return std::move(fault_); }

 private:
  aws::Result<AttributeValue> parse_typed(AttributeType type, json::Value value, int level);
  aws::Result<AttributeValue> parse_mixed(const std::array<std::optional<json::Value>, 10>& members,
                                          int level);
  aws::Result<AttributeValue> parse_binary(json::Value value);
  aws::Result<AttributeValue> parse_list(json::Value value, int level);
  aws::Result<AttributeValue> parse_set(AttributeType type, json::Value value);
  AttributeValue make_string_set(std::vector<std::string> members);
  AttributeValue make_number_set(const std::vector<std::string>& members);
  AttributeValue make_binary_set(std::vector<std::string> members);
  Number parse_number(std::string_view text);
  aws::Result<std::string> decode_base64(json::Value value);

  void set_fault(FaultRank rank, std::string message) {
    if (rank >= rank_) return;
    rank_ = rank;
    fault_ = aws::validation_error(std::move(message)).error;
  }

  ValueLayer layer_;
  int levels_max_;
  FaultRank rank_ = kNoFault;
  std::optional<aws::ApiError> fault_;
};

aws::Result<AttributeMap> Parser::parse_map(json::Value map, int level) {
  MILLRACE_CHECK_OK(check_map(map, kValueClass));
  AttributeMap result;
  for (const json::Member& member : map.members()) {
    if (std::string fault = attribute_name_fault(member.name, NamePlace::kMapKey); !fault.empty()) {
      set_fault(level == 1 ? kTopLevelName : kValue, std::move(fault));
    }
    MILLRACE_TRY(AttributeValue value, parse_value(member.value, level));
    result.insert_or_assign(std::string(member.name), std::move(value));
  }
  return result;
}

aws::Result<AttributeValue> Parser::parse_value(json::Value value, int level) {
  if (level > levels_max_) set_fault(kDepth, nesting_error().error.message);
  if (value.is(json::Kind::kNull)) {
    set_fault(kValue,
              "Supplied AttributeValue is empty, must contain exactly one of the supported "
              "datatypes");
    return AttributeValue();
  }
  MILLRACE_CHECK_OK(check_structure(value, "AttributeValue"));
  std::array<std::optional<json::Value>, 10> members;
  int count = 0;
  AttributeType last = AttributeType::kNull;
  for (const json::Member& member : value.members()) {
    const auto type = type_named(member.name);
    if (!type || member.value.is(json::Kind::kNull)) continue;
    auto& slot = members[static_cast<size_t>(*type)];
    if (!slot) ++count;
    slot = member.value;
    last = *type;
  }
  if (count != 1) return parse_mixed(members, level);
  return parse_typed(last, *members[static_cast<size_t>(last)], level);
}

// No type at all, or several: each one's own faults come first.
aws::Result<AttributeValue> Parser::parse_mixed(
    const std::array<std::optional<json::Value>, 10>& members, int level) {
  using enum AttributeType;
  bool any = false;
  for (const AttributeType type : {kString, kNumber, kBinary, kNull, kStringSet, kNumberSet,
                                   kBinarySet, kMap, kList, kBoolean}) {
    const auto& member = members[static_cast<size_t>(type)];
    if (!member) continue;
    any = true;
    MILLRACE_CHECK_OK(parse_typed(type, *member, level));
  }
  set_fault(kValue, any ? "Supplied AttributeValue has more than one datatypes set, must contain "
                          "exactly one of the supported datatypes"
                        : "Supplied AttributeValue is empty, must contain exactly one of the "
                          "supported datatypes");
  return AttributeValue();
}

aws::Result<AttributeValue> Parser::parse_typed(AttributeType type, json::Value value, int level) {
  switch (type) {
    case AttributeType::kString: {
      MILLRACE_TRY(const std::string_view text, check_string(value));
      return AttributeValue(std::string(text));
    }
    case AttributeType::kNumber: {
      MILLRACE_TRY(const std::string_view text, check_string(value));
      return AttributeValue(parse_number(text));
    }
    case AttributeType::kBinary:
      return parse_binary(value);
    case AttributeType::kBoolean: {
      MILLRACE_TRY(const bool boolean, check_boolean(value));
      return AttributeValue(boolean);
    }
    case AttributeType::kNull: {
      MILLRACE_TRY(const bool is_null, check_boolean(value));
      if (!is_null) {
        set_fault(kValue,
                  std::string(kInvalid) + "Null attribute value types must have the value of true");
      }
      return AttributeValue();
    }
    case AttributeType::kMap: {
      MILLRACE_TRY(AttributeMap map, parse_map(value, level + 1));
      return AttributeValue(std::move(map));
    }
    case AttributeType::kList:
      return parse_list(value, level);
    default:
      return parse_set(type, value);
  }
}

Number Parser::parse_number(std::string_view text) {
  auto number = Number::parse(text, layer_);
  if (number) return *number;
  set_fault(kValue, number.error().message);
  return Number();
}

aws::Result<std::string> Parser::decode_base64(json::Value value) {
  if (value.is(json::Kind::kArray)) {
    return serialization_error("Unrecognized collection type class java.nio.ByteBuffer");
  }
  if (value.is(json::Kind::kObject)) {
    return serialization_error("Start of structure or map found where not expected");
  }
  if (!value.is(json::Kind::kString)) {
    return serialization_error("only base-64-encoded strings are convertible to bytes");
  }
  const std::string_view text = value.string();
  if (text.size() % 4 != 0) {
    return serialization_error(
        "Base64 encoded length is expected a multiple of 4 bytes but found: " +
        std::to_string(text.size()));
  }
  auto bytes = from_base64(text);
  if (!bytes) return serialization_error("Invalid last non-pad Base64 character dectected");
  return *std::move(bytes);
}

aws::Result<AttributeValue> Parser::parse_binary(json::Value value) {
  MILLRACE_TRY(std::string bytes, decode_base64(value));
  return AttributeValue(Binary{std::move(bytes)});
}

aws::Result<AttributeValue> Parser::parse_list(json::Value value, int level) {
  MILLRACE_CHECK_OK(check_list(value));
  AttributeList list;
  list.reserve(value.size());
  for (const json::Value element : value.elements()) {
    MILLRACE_TRY(AttributeValue parsed, parse_value(element, level + 1));
    list.push_back(std::move(parsed));
  }
  return AttributeValue(std::move(list));
}

aws::Result<AttributeValue> Parser::parse_set(AttributeType type, json::Value value) {
  MILLRACE_CHECK_OK(check_list(value));
  std::vector<std::string> members;
  for (const json::Value element : value.elements()) {
    if (type == AttributeType::kBinarySet) {
      MILLRACE_TRY(std::string bytes, decode_base64(element));
      members.push_back(std::move(bytes));
    } else {
      MILLRACE_TRY(const std::string_view text, check_string(element));
      members.emplace_back(text);
    }
  }
  if (type == AttributeType::kStringSet) return make_string_set(std::move(members));
  if (type == AttributeType::kNumberSet) return make_number_set(members);
  return make_binary_set(std::move(members));
}

AttributeValue Parser::make_string_set(std::vector<std::string> members) {
  AttributeValue::StringSet set(members.begin(), members.end());
  if (members.empty()) {
    set_fault(kValue, std::string(kInvalid) + "An string set  may not be empty");
  } else if (set.size() != members.size()) {
    const std::string shown = layer_ == ValueLayer::kCurrent
                                  ? join(duplicates_as_shown(members), ", ", "\"")
                                  : join(members, ", ", "");
    set_fault(kValue,
              std::string(kInvalid) + "Input collection [" + shown + "] contains duplicates.");
  }
  return AttributeValue(std::move(set));
}

AttributeValue Parser::make_number_set(const std::vector<std::string>& members) {
  AttributeValue::NumberSet set;
  if (members.empty()) set_fault(kValue, std::string(kInvalid) + "An number set  may not be empty");
  for (const std::string& member : members) set.insert(parse_number(member));
  if (set.size() != members.size()) {
    set_fault(kValue, layer_ == ValueLayer::kCurrent
                          ? std::string(kInvalid) + "Input collection contains duplicates."
                          : "Input collection contains duplicates");
  }
  return AttributeValue(std::move(set));
}

AttributeValue Parser::make_binary_set(std::vector<std::string> members) {
  AttributeValue::BinarySet set;
  for (const std::string& member : members) set.insert(Binary{member});
  if (members.empty()) {
    set_fault(kValue, std::string(kInvalid) + "Binary sets should not be empty");
  } else if (set.size() != members.size()) {
    const bool current = layer_ == ValueLayer::kCurrent;
    std::vector<std::string> shown = current ? duplicates_as_shown(members) : members;
    for (std::string& member : shown) member = to_base64(member);
    set_fault(kValue, std::string(kInvalid) + "Input collection [" +
                          (current ? join(shown, ",", "\"") : join(shown, ", ", "")) +
                          "]of type BS contains duplicates.");
  }
  return AttributeValue(std::move(set));
}

}  // namespace

aws::Result<ParsedItem> parse_item(json::Value value, ValueLayer layer) {
  Parser parser(layer);
  MILLRACE_TRY(Item item, parser.parse_map(value, 1));
  return ParsedItem{std::move(item), parser.take_fault()};
}

aws::Result<std::optional<ParsedItem>> read_item(json::Value object, std::string_view name,
                                                 ValueLayer layer) {
  const auto member = object.find(name);
  if (!member) return std::optional<ParsedItem>();
  MILLRACE_TRY(ParsedItem item, parse_item(*member, layer));
  return std::optional(std::move(item));
}

namespace {

aws::Result<ParsedValue> parse_value_with(Parser parser, json::Value value) {
  MILLRACE_TRY(AttributeValue parsed, parser.parse_value(value, 1));
  return ParsedValue{std::move(parsed), parser.take_fault()};
}

}  // namespace

aws::Result<ParsedValue> parse_attribute_value(json::Value value, ValueLayer layer) {
  return parse_value_with(Parser(layer), value);
}

aws::Result<ParsedValue> parse_expression_value(json::Value value, ValueLayer layer) {
  bool older = layer == ValueLayer::kOlder;
  return parse_value_with(Parser(layer, kNestingLevelsMax + (older ? 1 : 0)), value);
}

aws::Result<std::optional<ParsedValue>> read_attribute_value(json::Value object,
                                                             std::string_view name,
                                                             ValueLayer layer) {
  MILLRACE_TRY(const std::optional<json::Value> member,
               read_structure(object, name, "AttributeValue"));
  if (!member) return std::optional<ParsedValue>();
  MILLRACE_TRY(ParsedValue value, parse_attribute_value(*member, layer));
  return std::optional(std::move(value));
}

aws::Result<std::optional<ParsedValues>> read_attribute_values(json::Value object,
                                                               std::string_view name,
                                                               ValueLayer layer) {
  MILLRACE_TRY(const std::optional<json::Value> list, read_list(object, name));
  if (!list) return std::optional<ParsedValues>();
  ParsedValues values;
  for (const json::Value element : list->elements()) {
    MILLRACE_TRY(ParsedValue parsed, parse_attribute_value(element, layer));
    values.values.push_back(std::move(parsed.value));
    if (parsed.fault && !values.fault) values.fault = std::move(parsed.fault);
  }
  return std::optional(std::move(values));
}

Unexpected<aws::ApiError> nesting_error() {
  return aws::validation_error(
      "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels "
      "beyond supported limit");
}

int nesting_levels(const AttributeValue& value) {
  int below = 0;
  if (value.is(AttributeType::kMap)) {
    for (const auto& [name, member] : value.map()) below = std::max(below, nesting_levels(member));
  } else if (value.is(AttributeType::kList)) {
    for (const auto& member : value.list()) below = std::max(below, nesting_levels(member));
  }
  return below + 1;
}

}  // namespace millrace::dynamodb
