#include "dynamodb/expression/legacy_conditions.h"

#include <map>

#include "dynamodb/expression/condition_node.h"
#include "dynamodb/expression/update_action.h"
#include "dynamodb/item/item_parser.h"
#include "dynamodb/item/member_reader.h"

namespace millrace::dynamodb::expression {
namespace {

Unexpected<aws::ApiError> invalid(std::string detail) {
  return aws::validation_error("One or more parameter values were invalid: " + std::move(detail));
}

// What a comparison operator becomes, and how many values it takes.
struct OperatorForm {
  SyntaxKind kind;
  std::string_view name;
  size_t values_min, values_max;
};

const OperatorForm* find_form(const std::string& comparison_operator) {
  static const std::map<std::string, OperatorForm, std::less<>> kForms = {
      {"EQ", {SyntaxKind::kComparison, "=", 1, 1}},
      {"NE", {SyntaxKind::kComparison, "<>", 1, 1}},
      {"LE", {SyntaxKind::kComparison, "<=", 1, 1}},
      {"LT", {SyntaxKind::kComparison, "<", 1, 1}},
      {"GE", {SyntaxKind::kComparison, ">=", 1, 1}},
      {"GT", {SyntaxKind::kComparison, ">", 1, 1}},
      {"NOT_NULL", {SyntaxKind::kFunction, "attribute_exists", 0, 0}},
      {"NULL", {SyntaxKind::kFunction, "attribute_not_exists", 0, 0}},
      {"CONTAINS", {SyntaxKind::kFunction, "contains", 1, 1}},
      {"NOT_CONTAINS", {SyntaxKind::kFunction, "contains", 1, 1}},
      {"BEGINS_WITH", {SyntaxKind::kFunction, "begins_with", 1, 1}},
      {"IN", {SyntaxKind::kIn, "IN", 1, 100}},
      {"BETWEEN", {SyntaxKind::kBetween, "BETWEEN", 2, 2}}};
  auto found = kForms.find(comparison_operator);
  return found == kForms.end() ? nullptr : &found->second;
}

Operand path_operand(const std::string& attribute) {
  Operand operand;
  operand.kind = SyntaxKind::kPath;
  operand.path = DocumentPath{{attribute}};
  return operand;
}

Operand value_operand(const AttributeValue& value) {
  Operand operand;
  operand.value = value;
  return operand;
}

ConditionNode existence(const std::string& attribute, bool exists) {
  return {SyntaxKind::kFunction,
          exists ? "attribute_exists" : "attribute_not_exists",
          {path_operand(attribute)},
          {}};
}

aws::Result<ConditionNode> node_of(const LegacyCondition& condition) {
  const OperatorForm* form = find_form(condition.comparison_operator.value_or(""));
  if (form == nullptr) return invalid("ComparisonOperator is required for " + condition.attribute);
  const auto values = condition.values.value_or(std::vector<AttributeValue>());
  if (values.size() < form->values_min || values.size() > form->values_max) {
    return invalid("Invalid number of argument(s) for the " + *condition.comparison_operator +
                   " ComparisonOperator");
  }
  ConditionNode node{form->kind, std::string(form->name), {path_operand(condition.attribute)}, {}};
  for (const auto& value : values) node.operands.push_back(value_operand(value));
  if (condition.comparison_operator == "NOT_CONTAINS") {
    ConditionNode negated{SyntaxKind::kNot, "NOT", {}, {}};
    negated.children.push_back(std::move(node));
    return negated;
  }
  return node;
}

aws::Result<ConditionNode> expected_node(const LegacyCondition& expected) {
  const std::string& name = expected.attribute;
  if (expected.comparison_operator) {
    if (expected.exists) {
      return invalid("Exists and ComparisonOperator cannot be used together for Attribute: " +
                     name);
    }
    if (expected.value && expected.values) {
      return invalid("Value and AttributeValueList cannot be used together for Attribute: " + name);
    }
    LegacyCondition condition = expected;
    if (expected.value) condition.values = {*expected.value};
    if (!condition.values && find_form(*expected.comparison_operator) != nullptr &&
        find_form(*expected.comparison_operator)->values_min > 0) {
      return invalid("Value or AttributeValueList must be used with ComparisonOperator: " +
                     *expected.comparison_operator + " for Attribute: " + name);
    }
    return node_of(condition);
  }
  if (expected.values) {
    return invalid("AttributeValueList can only be used with a ComparisonOperator for Attribute: " +
                   name);
  }
  if (expected.exists == false) {
    if (expected.value) {
      return invalid("Value cannot be used when Exists is false for Attribute: " + name);
    }
    return existence(name, false);
  }
  if (!expected.value) {
    return invalid("Value must be provided when Exists is " +
                   std::string(expected.exists ? "true" : "null") + " for Attribute: " + name);
  }
  return ConditionNode{
      SyntaxKind::kComparison, "=", {path_operand(name), value_operand(*expected.value)}, {}};
}

template <class MakeNode>
aws::Result<ConditionPtr> join(const LegacyConditions& conditions, ConditionalOperator joined,
                               const MakeNode& make_node) {
  bool all = joined == ConditionalOperator::kAnd;
  ConditionNode root{all ? SyntaxKind::kAnd : SyntaxKind::kOr, all ? "AND" : "OR", {}, {}};
  for (const auto& condition : conditions) {
    if (condition.fault) return Unexpected(*condition.fault);
    MILLRACE_TRY(auto node, make_node(condition));
    root.children.push_back(std::move(node));
  }
  return ConditionPtr(
      std::make_shared<Condition>(std::make_unique<const ConditionNode>(std::move(root))));
}

aws::Result<LegacyCondition> read_condition(const json::Member& member, ValueLayer layer) {
  LegacyCondition condition;
  condition.attribute = member.name;
  MILLRACE_CHECK_OK(
      check_structure(member.value, "com.amazonaws.dynamodb.v20120810.ExpectedAttributeValue"));
  MILLRACE_TRY(auto value, read_attribute_value(member.value, "Value", layer));
  if (value) {
    condition.value = std::move(value->value);
    condition.fault = std::move(value->fault);
  }
  MILLRACE_TRY(condition.exists, read_boolean(member.value, "Exists"));
  MILLRACE_TRY(auto comparison, read_string(member.value, "ComparisonOperator"));
  if (comparison) condition.comparison_operator = std::string(*comparison);
  MILLRACE_TRY(auto values, read_attribute_values(member.value, "AttributeValueList", layer));
  if (values) {
    condition.values = std::move(values->values);
    if (values->fault) condition.fault = std::move(values->fault);
  }
  return condition;
}

}  // namespace

aws::Result<std::optional<LegacyConditions>> read_legacy_conditions(json::Value request,
                                                                    std::string_view name,
                                                                    ValueLayer layer) {
  MILLRACE_TRY(auto map, read_map(request, name, "com.amazonaws.dynamodb.v20120810.Condition"));
  if (!map) return std::optional<LegacyConditions>();
  LegacyConditions conditions;
  for (const auto member : map->members()) {
    if (member.value.is(json::Kind::kNull)) continue;
    MILLRACE_TRY(auto condition, read_condition(member, layer));
    conditions.push_back(std::move(condition));
  }
  return std::optional(std::move(conditions));
}

aws::Result<ConditionPtr> condition_from_expected(const LegacyConditions& expected,
                                                  ConditionalOperator conditional_operator) {
  return join(expected, conditional_operator, expected_node);
}

aws::Result<ConditionPtr> condition_from_filter(const LegacyConditions& filter,
                                                ConditionalOperator conditional_operator) {
  return join(filter, conditional_operator, node_of);
}

aws::Result<KeyCondition> key_condition_from_legacy(const LegacyConditions& conditions) {
  static const std::map<std::string, KeyOperator, std::less<>> kOperators = {
      {"EQ", KeyOperator::kEqual},
      {"LT", KeyOperator::kLess},
      {"LE", KeyOperator::kLessOrEqual},
      {"GT", KeyOperator::kGreater},
      {"GE", KeyOperator::kGreaterOrEqual},
      {"BETWEEN", KeyOperator::kBetween},
      {"BEGINS_WITH", KeyOperator::kBeginsWith}};
  KeyCondition result;
  for (const auto& condition : conditions) {
    if (condition.fault) return Unexpected(*condition.fault);
    MILLRACE_CHECK_OK(node_of(condition));  // the number of values
    auto found = kOperators.find(*condition.comparison_operator);
    if (found == kOperators.end()) {
      return aws::validation_error(
          "Attempted conditional constraint is not an indexable operation");
    }
    KeyClause clause{condition.attribute, found->second, (*condition.values)[0], {}};
    if (found->second == KeyOperator::kBetween) clause.upper = (*condition.values)[1];
    result.clauses.push_back(std::move(clause));
  }
  if (result.clauses.empty() || result.clauses.size() > 2) {
    return aws::validation_error("Conditions can be of length 1 or 2 only");
  }
  return result;
}

aws::Result<std::optional<std::vector<AttributeUpdate>>> read_attribute_updates(json::Value request,
                                                                                ValueLayer layer) {
  MILLRACE_TRY(auto map, read_map(request, "AttributeUpdates",
                                  "com.amazonaws.dynamodb.v20120810.AttributeValueUpdate"));
  if (!map) return std::optional<std::vector<AttributeUpdate>>();
  std::vector<AttributeUpdate> updates;
  for (const auto member : map->members()) {
    if (member.value.is(json::Kind::kNull)) continue;
    MILLRACE_CHECK_OK(
        check_structure(member.value, "com.amazonaws.dynamodb.v20120810.AttributeValueUpdate"));
    AttributeUpdate update;
    update.attribute = member.name;
    MILLRACE_TRY(auto value, read_attribute_value(member.value, "Value", layer));
    if (value) {
      update.value = std::move(value->value);
      update.fault = std::move(value->fault);
    }
    MILLRACE_TRY(auto action, read_string(member.value, "Action"));
    update.action = action.value_or("PUT");
    updates.push_back(std::move(update));
  }
  return std::optional(std::move(updates));
}

aws::Result<UpdatePtr> update_from_attribute_updates(const std::vector<AttributeUpdate>& updates) {
  std::vector<UpdateAction> actions;
  for (const auto& update : updates) {
    if (update.fault) return Unexpected(*update.fault);
    UpdateAction action{UpdateSection::kSet, DocumentPath{{update.attribute}}, {}, 0, {}};
    if (!update.value) {
      if (update.action != "DELETE") {
        return invalid("Only DELETE action is allowed when no attribute value is specified");
      }
      action.section = UpdateSection::kRemove;
    } else {
      action.operand = value_operand(*update.value);
      AttributeType type = update.value->type();
      bool set = type >= AttributeType::kStringSet;
      if (update.action == "ADD") {
        if (!set && type != AttributeType::kNumber && type != AttributeType::kList) {
          return invalid("ADD action is not supported for the type " +
                         std::string(to_string(type)));
        }
        action.section = UpdateSection::kAdd;
      } else if (update.action == "DELETE") {
        if (!set) {
          return invalid("DELETE action with value is not supported for the type " +
                         std::string(to_string(type)));
        }
        action.section = UpdateSection::kDelete;
      }
    }
    actions.push_back(std::move(action));
  }
  return UpdatePtr(std::make_shared<Update>(std::move(actions)));
}

}  // namespace millrace::dynamodb::expression
