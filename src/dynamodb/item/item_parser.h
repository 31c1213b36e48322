// DynamoDB JSON from a parsed request into items and values: the hot path.
//
// Two kinds of errors come at two times. A wrong JSON type anywhere in a request beats everything,
// so it is this functions' error (SerializationException). A bad value (number syntax, empty set,
// depth) is only looked at after the operation's other checks, so the first one is handed back as
// `fault`, a ValidationException without envelope; the value is then incomplete. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/item/attribute_value.h"
#include "dynamodb/item/json_reader.h"

namespace millrace::dynamodb {

struct ParsedItem {
  Item item;
  std::optional<aws::ApiError> fault;

  // The item, or its fault.
  aws::Result<Item> take() && {
    if (fault) return Unexpected(std::move(*fault));
    return std::move(item);
  }
};

struct ParsedValue {
  AttributeValue value;
  std::optional<aws::ApiError> fault;
};

// `value` may be of any JSON kind: the errors for a map of AttributeValue.
aws::Result<ParsedItem> parse_item(json::Value value, ValueLayer layer);
// A member of `object`; nothing if it is absent or null.
aws::Result<std::optional<ParsedItem>> read_item(json::Value object, std::string_view name,
                                                 ValueLayer layer);

// One {"S":"a"} inside a list or map.
aws::Result<ParsedValue> parse_attribute_value(json::Value value, ValueLayer layer);
// A value that an expression names. In the older layer it may be one level deeper than a stored
// one: whoever stores it finds out.
aws::Result<ParsedValue> parse_expression_value(json::Value value, ValueLayer layer);
// A member that is an AttributeValue structure, as in Expected.
aws::Result<std::optional<ParsedValue>> read_attribute_value(json::Value object,
                                                             std::string_view name,
                                                             ValueLayer layer);
// A member that is a list of them: AttributeValueList.
struct ParsedValues {
  std::vector<AttributeValue> values;
  std::optional<aws::ApiError> fault;
};
aws::Result<std::optional<ParsedValues>> read_attribute_values(json::Value object,
                                                               std::string_view name,
                                                               ValueLayer layer);

// The error for values nested deeper than kNestingLevelsMax; also for updates that build such.
Unexpected<aws::ApiError> nesting_error();
// AWS: 32 levels, the top-level attribute being the first.
inline constexpr int kNestingLevelsMax = 32;
// Levels of a value: 1 for a scalar or set, more for lists and maps.
int nesting_levels(const AttributeValue& value);

}  // namespace millrace::dynamodb
