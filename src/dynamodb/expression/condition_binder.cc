// What conditions may hold: see condition_node.h. The order of checks is DynamoDB's: undefined
// names and values, number of operands, distinct operands, types.
#include <array>

#include "dynamodb/expression/condition_node.h"
#include "dynamodb/item/item_json.h"

namespace millrace::dynamodb::expression {
namespace {

constexpr size_t kInOperandsMax = 101;  // the tested one and 100 candidates

bool has_order(AttributeType type) {
  return type == AttributeType::kString || type == AttributeType::kNumber ||
         type == AttributeType::kBinary;
}

aws::Result<void> check_distinct(ExpressionKind kind, const ConditionNode& node) {
  if (node.operands.size() < 2 || !node.operands[0].is_path()) return {};
  for (size_t i = 1; i < node.operands.size(); ++i) {
    if (node.operands[i].is_path() && node.operands[i].path == node.operands[0].path) {
      return expression_error(kind,
                              "The first operand must be distinct from the remaining operands for "
                              "this operator or function; operator: " +
                                  node.name + ", first operand: " + node.operands[0].path.text());
    }
  }
  return {};
}

// "AttributeValue: {S:a}"
std::string shown(const AttributeValue& value) {
  std::string text = "AttributeValue: {" + std::string(to_string(value.type())) + ':';
  if (value.is(AttributeType::kString)) return text + value.string() + '}';
  if (value.is(AttributeType::kNumber)) return text + value.number().to_string() + '}';
  return text + "}";
}

aws::Result<void> check_between(ExpressionKind kind, const ConditionNode& node) {
  const Operand& lower = node.operands[1];
  const Operand& upper = node.operands[2];
  if (!lower.is_value() || !upper.is_value()) return {};
  std::string bounds = "; lower bound operand: " + shown(lower.value) +
                       ", upper bound operand: " + shown(upper.value);
  if (lower.value.type() != upper.value.type()) {
    return expression_error(
        kind, "The BETWEEN operator requires same data type for lower and upper bounds" + bounds);
  }
  if (compare_values(lower.value, ">", upper.value)) {
    return expression_error(
        kind,
        "The BETWEEN operator requires upper bound to be greater than or equal to lower bound" +
            bounds);
  }
  return {};
}

// size() of what never has a size.
aws::Result<void> check_size_operand(ExpressionKind kind, const Operand& operand) {
  if (operand.kind != SyntaxKind::kFunction) return {};
  MILLRACE_CHECK_OK(check_operand_count(kind, operand.function, operand.arguments.size(), 1));
  const Operand& argument = operand.arguments[0];
  if (argument.is_value() &&
      (argument.value.is(AttributeType::kNumber) || argument.value.is(AttributeType::kBoolean) ||
       argument.value.is(AttributeType::kNull))) {
    return operand_type_error(kind, operand.function, argument.value);
  }
  return check_size_operand(kind, argument);
}

aws::Result<void> check_attribute_type(ExpressionKind kind, const ConditionNode& node) {
  const Operand& type = node.operands[1];
  if (!type.is_value()) {
    return expression_error(
        kind,
        "Incorrect operand type for operator or function; operator or function: attribute_type, "
        "operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}");
  }
  if (!type.value.is(AttributeType::kString))
    return operand_type_error(kind, node.name, type.value);
  for (int i = 0; i <= static_cast<int>(AttributeType::kBinarySet); ++i) {
    if (to_string(static_cast<AttributeType>(i)) == type.value.string()) return {};
  }
  return expression_error(kind, "Invalid attribute type name found; type: " + type.value.string() +
                                    ", valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}");
}

aws::Result<void> check_function(ExpressionKind kind, const ConditionNode& node) {
  bool existence = node.name == "attribute_exists" || node.name == "attribute_not_exists";
  MILLRACE_CHECK_OK(check_operand_count(kind, node.name, node.operands.size(), existence ? 1 : 2));
  if (existence) {
    if (node.operands[0].is_path()) return {};
    return expression_error(
        kind, "Operator or function requires a document path; operator or function: " + node.name);
  }
  MILLRACE_CHECK_OK(check_distinct(kind, node));
  if (node.name == "attribute_type") return check_attribute_type(kind, node);
  if (node.name == "begins_with") {
    for (const auto& operand : node.operands) {
      if (operand.is_value() && !operand.value.is(AttributeType::kString) &&
          !operand.value.is(AttributeType::kBinary)) {
        return operand_type_error(kind, node.name, operand.value);
      }
    }
  }
  return {};
}

aws::Result<void> check_ordered(ExpressionKind kind, const ConditionNode& node) {
  for (const auto& operand : node.operands) {
    if (operand.is_value() && !has_order(operand.value.type())) {
      return operand_type_error(kind, node.name, operand.value);
    }
  }
  return {};
}

aws::Result<void> check_node(ExpressionKind kind, const ConditionNode& node) {
  for (const auto& operand : node.operands) MILLRACE_CHECK_OK(check_size_operand(kind, operand));
  switch (node.kind) {
    case SyntaxKind::kComparison:
      MILLRACE_CHECK_OK(check_distinct(kind, node));
      if (node.name != "=" && node.name != "<>") return check_ordered(kind, node);
      return {};
    case SyntaxKind::kBetween:
      MILLRACE_CHECK_OK(check_distinct(kind, node));
      MILLRACE_CHECK_OK(check_ordered(kind, node));
      return check_between(kind, node);
    case SyntaxKind::kIn:
      if (node.operands.size() > kInOperandsMax) {
        return expression_error(
            kind, "The IN operator is provided with too many operands; number of operands: " +
                      std::to_string(node.operands.size()));
      }
      return check_distinct(kind, node);
    case SyntaxKind::kFunction:
      return check_function(kind, node);
    default:
      return {};
  }
}

}  // namespace

aws::Result<ConditionNode> bind_condition(ExpressionKind kind, const SyntaxNode& node,
                                          Substitutions& substitutions) {
  ConditionNode bound{node.kind, node.text, {}, {}};
  bool is_logical = node.kind == SyntaxKind::kAnd || node.kind == SyntaxKind::kOr ||
                    node.kind == SyntaxKind::kNot;
  for (const auto& child : node.children) {
    if (is_logical) {
      MILLRACE_TRY(auto inner, bind_condition(kind, child, substitutions));
      bound.children.push_back(std::move(inner));
    } else {
      MILLRACE_TRY(auto operand, bind_operand(kind, child, substitutions));
      bound.operands.push_back(std::move(operand));
    }
  }
  MILLRACE_CHECK_OK(check_node(kind, bound));
  return bound;
}

}  // namespace millrace::dynamodb::expression
