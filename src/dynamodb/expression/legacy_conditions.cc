#include "dynamodb/expression/legacy_conditions.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "dynamodb/expression/condition_node.h"
#include "dynamodb/expression/update_action.h"
#include "dynamodb/item/attribute_name.h"
#include "dynamodb/item/item_parser.h"
#include "dynamodb/item/member_reader.h"

namespace millrace::dynamodb::expression {

namespace {

constexpr size_t kNoLimit = static_cast<size_t>(-1);

// A comparison operator: how many values it takes, of which types, and what it means.
struct Comparison {
  std::string_view name;
  size_t values_min, values_max;
  std::string_view types;  // as one text of names; empty: any
  ConditionKind kind;
};
constexpr std::string_view kScalars = "S N B";
constexpr Comparison kComparisons[] = {
    {"EQ", 1, 1, "", ConditionKind::kEqual},
    {"NE", 1, 1, "", ConditionKind::kNotEqual},
    {"LE", 1, 1, kScalars, ConditionKind::kLessOrEqual},
    {"LT", 1, 1, kScalars, ConditionKind::kLess},
    {"GE", 1, 1, kScalars, ConditionKind::kGreaterOrEqual},
    {"GT", 1, 1, kScalars, ConditionKind::kGreater},
    {"NOT_NULL", 0, 0, "", ConditionKind::kAttributeExists},
    {"NULL", 0, 0, "", ConditionKind::kAttributeNotExists},
    {"CONTAINS", 1, 1, kScalars, ConditionKind::kContains},
    {"NOT_CONTAINS", 1, 1, kScalars, ConditionKind::kContains},
    {"BEGINS_WITH", 1, 1, "S B", ConditionKind::kBeginsWith},
    {"IN", 1, kNoLimit, kScalars, ConditionKind::kIn},
    {"BETWEEN", 2, 2, kScalars, ConditionKind::kBetween},
};

Unexpected<aws::ApiError> invalid(const std::string& detail) {
  return aws::validation_error("One or more parameter values were invalid: " + detail);
}

// Null if there is none or it is unknown, which operations have refused by then.
const Comparison* find_comparison(const LegacyCondition& condition) {
  const auto* found = std::find_if(
      std::begin(kComparisons), std::end(kComparisons),
      [&](const Comparison& each) { return each.name == condition.comparison_operator; });
  return found == std::end(kComparisons) ? nullptr : found;
}

bool out_of_order(const AttributeValue& lower, const AttributeValue& upper) {
  if (lower.is(AttributeType::kNumber)) return upper.number() < lower.number();
  if (lower.is(AttributeType::kString)) return upper.string() < lower.string();
  return upper.binary() < lower.binary();
}

aws::Result<void> check_values(const Comparison& comparison,
                               const std::vector<AttributeValue>& values) {
  const std::string name(comparison.name);
  if (values.size() < comparison.values_min || values.size() > comparison.values_max) {
    return invalid("Invalid number of argument(s) for the " + name + " ComparisonOperator");
  }
  for (const AttributeValue& value : values) {
    if (value.is(values.front().type())) continue;
    return invalid("AttributeValues inside AttributeValueList must be of same type");
  }
  for (const AttributeValue& value : values) {
    const std::string type(to_string(value.type()));
    const bool scalar = type.size() == 1 && type != "M" && type != "L";
    const bool allowed = comparison.types.empty() ||
                         (scalar && comparison.types.find(type) != std::string_view::npos);
    if (allowed) continue;
    return invalid("ComparisonOperator " + name + " is not valid for " + type +
                   " AttributeValue type");
  }
  if (comparison.kind == ConditionKind::kBetween && out_of_order(values[0], values[1])) {
    return aws::validation_error(
        "The BETWEEN condition was provided a range where the lower bound is greater than the "
        "upper bound");
  }
  return {};
}

Operand path_operand(const std::string& attribute) {
  return {DocumentPath{{attribute}}};
}

std::unique_ptr<ConditionNode> make_node(ConditionKind kind, const std::string& attribute,
                                         std::vector<AttributeValue> values) {
  auto node = std::make_unique<ConditionNode>();
  node->kind = kind;
  node->operands.push_back(path_operand(attribute));
  for (AttributeValue& value : values) node->operands.push_back({std::move(value)});
  return node;
}

ConditionNodePtr comparison_node(const Comparison& comparison, const std::string& attribute,
                                 std::vector<AttributeValue> values) {
  auto node = make_node(comparison.kind, attribute, std::move(values));
  if (comparison.name != "NOT_CONTAINS") return node;
  // An attribute that is missing does not "not contain".
  auto negation = std::make_unique<ConditionNode>();
  negation->kind = ConditionKind::kNot;
  negation->children.push_back(std::move(node));
  auto both = std::make_unique<ConditionNode>();
  both->kind = ConditionKind::kAnd;
  both->children.push_back(make_node(ConditionKind::kAttributeExists, attribute, {}));
  both->children.push_back(std::move(negation));
  return both;
}

aws::Result<ConditionNodePtr> filter_node(const LegacyCondition& condition) {
  if (condition.fault) return Unexpected(*condition.fault);
  const Comparison* comparison = find_comparison(condition);
  if (!comparison) return aws::internal_error();
  std::vector<AttributeValue> values = condition.values.value_or(std::vector<AttributeValue>());
  MILLRACE_CHECK_OK(check_values(*comparison, values));
  return comparison_node(*comparison, condition.attribute, std::move(values));
}

// Expected with a comparison operator.
aws::Result<ConditionNodePtr> expected_comparison(const LegacyCondition& condition) {
  const Comparison* comparison = find_comparison(condition);
  if (!comparison) return aws::internal_error();
  if (!condition.value && !condition.values && comparison->values_min > 0) {
    return invalid("Value or AttributeValueList must be used with ComparisonOperator: " +
                   std::string(comparison->name) + " for Attribute: " + condition.attribute);
  }
  std::vector<AttributeValue> values;
  if (condition.values) values = *condition.values;
  if (condition.value) values.push_back(*condition.value);
  MILLRACE_CHECK_OK(check_values(*comparison, values));
  return comparison_node(*comparison, condition.attribute, std::move(values));
}

aws::Result<ConditionNodePtr> expected_node(const LegacyCondition& condition) {
  if (condition.fault) return Unexpected(*condition.fault);
  const std::string suffix = " for Attribute: " + condition.attribute;
  if (condition.value && condition.values) {
    return invalid("Value and AttributeValueList cannot be used together" + suffix);
  }
  if (condition.exists && condition.comparison_operator) {
    return invalid("Exists and ComparisonOperator cannot be used together" + suffix);
  }
  if (condition.comparison_operator) return expected_comparison(condition);
  if (condition.values) {
    return invalid("AttributeValueList can only be used with a ComparisonOperator" + suffix);
  }
  const bool must_exist = condition.exists.value_or(true);
  if (must_exist && !condition.value) {
    return invalid(std::string("Value must be provided when Exists is ") +
                   (condition.exists ? "true" : "null") + suffix);
  }
  if (!must_exist && condition.value) {
    return invalid("Value cannot be used when Exists is false" + suffix);
  }
  if (!must_exist) {
    return ConditionNodePtr(make_node(ConditionKind::kAttributeNotExists, condition.attribute, {}));
  }
  return ConditionNodePtr(
      make_node(ConditionKind::kEqual, condition.attribute, {*condition.value}));
}

// Names are looked at in Expected and AttributeUpdates, and not in filters.
void note_name_fault(std::string_view name, std::optional<aws::ApiError>& fault) {
  auto checked = check_attribute_name(name, NamePlace::kMapKey);
  if (!checked) fault = std::move(checked).error();
}

template <class MakeNode>
aws::Result<ConditionPtr> combine(const LegacyConditions& conditions,
                                  ConditionalOperator conditional_operator, MakeNode make) {
  auto root = std::make_unique<ConditionNode>();
  // No condition at all holds, whatever the operator.
  const bool any = conditional_operator == ConditionalOperator::kOr && !conditions.empty();
  root->kind = any ? ConditionKind::kOr : ConditionKind::kAnd;
  for (const LegacyCondition& condition : conditions) {
    MILLRACE_TRY(ConditionNodePtr node, make(condition));
    root->children.push_back(std::move(node));
  }
  return ConditionPtr(std::make_shared<const Condition>(std::move(root)));
}

aws::Result<LegacyCondition> read_condition(const json::Member& member, std::string_view shape,
                                            ValueLayer layer) {
  MILLRACE_CHECK_OK(check_structure(member.value, shape));
  LegacyCondition condition;
  condition.attribute = member.name;
  if (shape == "ExpectedAttributeValue") {
    MILLRACE_TRY(std::optional<ParsedValue> value,
                 read_attribute_value(member.value, "Value", layer));
    if (value) {
      condition.value = std::move(value->value);
      condition.fault = std::move(value->fault);
    }
    MILLRACE_TRY(condition.exists, read_boolean(member.value, "Exists"));
  }
  MILLRACE_TRY(const auto comparison_operator, read_string(member.value, "ComparisonOperator"));
  if (comparison_operator) condition.comparison_operator = std::string(*comparison_operator);
  MILLRACE_TRY(std::optional<ParsedValues> values,
               read_attribute_values(member.value, "AttributeValueList", layer));
  if (values) {
    condition.values = std::move(values->values);
    if (!condition.fault) condition.fault = std::move(values->fault);
  }
  if (shape == "ExpectedAttributeValue") note_name_fault(member.name, condition.fault);
  return condition;
}

std::string shape_class(std::string_view shape) {
  return "com.amazonaws.dynamodb.v20120810." + std::string(shape);
}

// Of one entry of AttributeUpdates.
aws::Result<UpdateAction> action_from(const AttributeUpdate& update) {
  if (update.fault) return Unexpected(*update.fault);
  UpdateAction action{UpdateSection::kSet, DocumentPath{{update.attribute}}, std::nullopt, true};
  if (!update.value) {
    if (update.action != "DELETE") {
      return invalid("Only DELETE action is allowed when no attribute value is specified");
    }
    action.section = UpdateSection::kRemove;
    return action;
  }
  using enum AttributeType;
  const AttributeType type = update.value->type();
  const bool set = type == kStringSet || type == kNumberSet || type == kBinarySet;
  if (update.action == "DELETE") {
    action.section = UpdateSection::kDelete;
    if (!set) {
      return invalid("DELETE action with value is not supported for the type " +
                     std::string(to_string(type)));
    }
  } else if (update.action == "ADD") {
    action.section = UpdateSection::kAdd;
    if (!set && type != kNumber && type != kList) {
      return invalid("ADD action is not supported for the type " + std::string(to_string(type)));
    }
  }
  action.value = UpdateOperand{UpdateOperandKind::kValue, {}, *update.value, {}};
  return action;
}

}  // namespace

aws::Result<std::optional<LegacyConditions>> read_legacy_conditions(json::Value request,
                                                                    std::string_view name,
                                                                    ValueLayer layer) {
  const std::string_view shape = name == "Expected" ? "ExpectedAttributeValue" : "Condition";
  MILLRACE_TRY(const std::optional<json::Value> map, read_map(request, name, shape_class(shape)));
  if (!map) return std::optional<LegacyConditions>();
  LegacyConditions conditions;
  for (const json::Member& member : map->members()) {
    if (member.value.is(json::Kind::kNull)) continue;
    MILLRACE_TRY(LegacyCondition condition, read_condition(member, shape, layer));
    conditions.push_back(std::move(condition));
  }
  return std::optional(std::move(conditions));
}

aws::Result<void> check_conditional_operator(const std::optional<std::string>& conditional_operator,
                                             const std::optional<LegacyConditions>& conditions) {
  if (!conditional_operator) return {};
  if (!conditions || conditions->empty()) {
    return aws::validation_error("ConditionalOperator cannot be used without Filter or Expected");
  }
  if (conditions->size() > 1) return {};
  return aws::validation_error(
      "ConditionalOperator can only be used when Filter or Expected has two or more elements");
}

aws::Result<ConditionPtr> condition_from_expected(const LegacyConditions& expected,
                                                  ConditionalOperator conditional_operator) {
  return combine(expected, conditional_operator, expected_node);
}

aws::Result<ConditionPtr> condition_from_filter(const LegacyConditions& filter,
                                                ConditionalOperator conditional_operator) {
  return combine(filter, conditional_operator, filter_node);
}

aws::Result<KeyCondition> key_condition_from_legacy(const LegacyConditions& conditions) {
  KeyCondition result;
  for (const LegacyCondition& condition : conditions) {
    if (condition.fault) return Unexpected(*condition.fault);
    const Comparison* comparison = find_comparison(condition);
    if (!comparison) return aws::internal_error();
    std::vector<AttributeValue> values = condition.values.value_or(std::vector<AttributeValue>());
    MILLRACE_CHECK_OK(check_values(*comparison, values));
    const auto key_operator = key_operator_of(comparison->kind);
    if (!key_operator) {
      return aws::validation_error(
          "Attempted conditional constraint is not an indexable operation");
    }
    KeyClause clause{condition.attribute, *key_operator, std::move(values[0]), std::nullopt};
    if (*key_operator == KeyOperator::kBetween) clause.upper = std::move(values[1]);
    result.clauses.push_back(std::move(clause));
  }
  if (result.clauses.empty()) {
    return aws::validation_error("Conditions can be of length 1 or 2 only");
  }
  return result;
}

aws::Result<std::optional<std::vector<AttributeUpdate>>> read_attribute_updates(json::Value request,
                                                                                ValueLayer layer) {
  constexpr std::string_view kShape = "AttributeValueUpdate";
  MILLRACE_TRY(const std::optional<json::Value> map,
               read_map(request, "AttributeUpdates", shape_class(kShape)));
  if (!map) return std::optional<std::vector<AttributeUpdate>>();
  std::vector<AttributeUpdate> updates;
  for (const json::Member& member : map->members()) {
    if (member.value.is(json::Kind::kNull)) continue;
    MILLRACE_CHECK_OK(check_structure(member.value, kShape));
    AttributeUpdate update;
    update.attribute = member.name;
    MILLRACE_TRY(std::optional<ParsedValue> value,
                 read_attribute_value(member.value, "Value", layer));
    if (value) {
      update.value = std::move(value->value);
      update.fault = std::move(value->fault);
    }
    note_name_fault(member.name, update.fault);
    MILLRACE_TRY(const auto action, read_string(member.value, "Action"));
    update.action = action.value_or("PUT");
    updates.push_back(std::move(update));
  }
  return std::optional(std::move(updates));
}

aws::Result<UpdatePtr> update_from_attribute_updates(const std::vector<AttributeUpdate>& updates) {
  std::vector<UpdateAction> actions;
  for (const AttributeUpdate& update : updates) {
    MILLRACE_TRY(UpdateAction action, action_from(update));
    actions.push_back(std::move(action));
  }
  return UpdatePtr(std::make_shared<const Update>(std::move(actions)));
}

}  // namespace millrace::dynamodb::expression
