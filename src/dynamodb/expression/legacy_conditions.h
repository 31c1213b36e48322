// The parameters that expressions replaced: Expected, QueryFilter, ScanFilter, KeyConditions,
// AttributeUpdates. They become the same trees. Pure functions; errors are ValidationExceptions
// without envelope.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/expression/condition.h"
#include "dynamodb/expression/key_condition.h"
#include "dynamodb/expression/update.h"
#include "dynamodb/item/attribute_value.h"
#include "dynamodb/item/json_reader.h"
#include "dynamodb/item/number.h"

namespace millrace::dynamodb::expression {

enum class ConditionalOperator { kAnd, kOr };

// One entry of Expected, QueryFilter, ScanFilter, KeyConditions: types checked, nothing else. The
// comparison operator is checked against its enumeration by the operation, with its other members.
struct LegacyCondition {
  std::string attribute;
  std::optional<AttributeValue> value;  // Expected only
  std::optional<bool> exists;           // Expected only
  std::optional<std::string> comparison_operator;
  std::optional<std::vector<AttributeValue>> values;
  std::optional<aws::ApiError> fault;  // of one of the values
};
using LegacyConditions = std::vector<LegacyCondition>;  // in the order of the request

// A member of the request: "Expected", "QueryFilter"; nothing if absent.
aws::Result<std::optional<LegacyConditions>> read_legacy_conditions(json::Value request,
                                                                    std::string_view name,
                                                                    ValueLayer layer);

// ConditionalOperator joins conditions, so that it is refused without two of them. Errors:
// "ConditionalOperator cannot be used without Filter or Expected".
aws::Result<void> check_conditional_operator(const std::optional<std::string>& conditional_operator,
                                             const std::optional<LegacyConditions>& conditions);
aws::Result<ConditionPtr> condition_from_expected(const LegacyConditions& expected,
                                                  ConditionalOperator conditional_operator);
aws::Result<ConditionPtr> condition_from_filter(const LegacyConditions& filter,
                                                ConditionalOperator conditional_operator);
aws::Result<KeyCondition> key_condition_from_legacy(const LegacyConditions& conditions);

struct AttributeUpdate {
  std::string attribute;
  std::optional<AttributeValue> value;
  std::string action;  // PUT, ADD or DELETE; checked against its enumeration by the operation
  std::optional<aws::ApiError> fault;
};
aws::Result<std::optional<std::vector<AttributeUpdate>>> read_attribute_updates(json::Value request,
                                                                                ValueLayer layer);
aws::Result<UpdatePtr> update_from_attribute_updates(const std::vector<AttributeUpdate>& updates);

}  // namespace millrace::dynamodb::expression
