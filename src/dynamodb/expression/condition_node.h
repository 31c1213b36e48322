// The tree behind a Condition. Value type; made by condition_binder and legacy_conditions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dynamodb/expression/binder.h"

namespace millrace::dynamodb::expression {

struct ConditionNode {
  SyntaxKind kind;   // kAnd, kOr, kNot, kComparison, kBetween, kIn or kFunction
  std::string name;  // the comparator or function
  std::vector<Operand> operands;
  std::vector<ConditionNode> children;  // kAnd, kOr, kNot
};

bool evaluate_node(const ConditionNode& node, const Item& item);
void collect_paths(const ConditionNode& node, std::vector<DocumentPath>& paths);

// Errors: everything that is wrong with operands.
aws::Result<ConditionNode> bind_condition(ExpressionKind kind, const SyntaxNode& node,
                                          Substitutions& substitutions);

// Whether two values of one type that has an order (S, N, B) compare so; false for other types.
// `comparator`: "<", "<=", ">", ">=".
bool compare_values(const AttributeValue& a, std::string_view comparator, const AttributeValue& b);
bool contains_value(const AttributeValue& container, const AttributeValue& element);
bool begins_with_value(const AttributeValue& value, const AttributeValue& prefix);

}  // namespace millrace::dynamodb::expression
