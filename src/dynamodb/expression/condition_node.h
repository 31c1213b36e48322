// The tree of a condition, names and values put in. Immutable once a Condition holds it.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/expression/document_path.h"
#include "dynamodb/expression/expression_kind.h"
#include "dynamodb/expression/substitutions.h"
#include "dynamodb/item/attribute_value.h"

namespace millrace::dynamodb::expression {

struct Operand;
// size(operand)
struct SizeOf {
  std::unique_ptr<const Operand> operand;
};
struct Operand {
  std::variant<DocumentPath, AttributeValue, SizeOf> source;

  const DocumentPath* path() const { return std::get_if<DocumentPath>(&source); }
  const AttributeValue* value() const { return std::get_if<AttributeValue>(&source); }
};

enum class ConditionKind : uint8_t {
  kAnd,
  kOr,
  kNot,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kBetween,
  kIn,
  kAttributeExists,
  kAttributeNotExists,
  kAttributeType,
  kBeginsWith,
  kContains,
};
// As DynamoDB prints it: "AND", "<=", "begins_with".
std::string_view to_string(ConditionKind kind);
// The comparator, or the function, that is written like that; nothing if there is none. size() is
// none of them: it stands for a value.
std::optional<ConditionKind> find_comparator(std::string_view text);
std::optional<ConditionKind> find_function(std::string_view name);
// How many operands a function takes.
size_t operand_count(ConditionKind function);

struct ConditionNode {
  ConditionKind kind;
  std::vector<Operand> operands;
  std::vector<std::unique_ptr<const ConditionNode>> children;  // kAnd, kOr, kNot
};
using ConditionNodePtr = std::unique_ptr<const ConditionNode>;

// Parses and binds: what conditions, filters and key conditions start with.
aws::Result<ConditionNodePtr> parse_condition_tree(ExpressionKind kind, std::string_view text,
                                                   Substitutions& substitutions);

// An empty item is an absent one.
bool evaluate(const ConditionNode& node, const Item& item);

}  // namespace millrace::dynamodb::expression
