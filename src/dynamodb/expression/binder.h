// From expressions as written to the trees that are evaluated: placeholders replaced by names and
// values. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/expression/document_path.h"
#include "dynamodb/expression/expression_kind.h"
#include "dynamodb/expression/substitutions.h"
#include "dynamodb/expression/syntax.h"

namespace millrace::dynamodb::expression {

// A value that an expression works on: a path, a literal, or a function of operands.
struct Operand {
  SyntaxKind kind = SyntaxKind::kValue;  // kPath, kValue or kFunction
  DocumentPath path;
  AttributeValue value;
  std::string function;  // "size", "if_not_exists", "list_append"
  std::vector<Operand> arguments;

  bool is_path() const { return kind == SyntaxKind::kPath; }
  bool is_value() const { return kind == SyntaxKind::kValue; }
};

// Errors: names and values that are not defined.
aws::Result<DocumentPath> bind_path(ExpressionKind kind, const SyntaxPath& path,
                                    Substitutions& substitutions);
aws::Result<Operand> bind_operand(ExpressionKind kind, const SyntaxNode& node,
                                  Substitutions& substitutions);

// "Incorrect number of operands ..." unless the function has exactly `count`.
aws::Result<void> check_operand_count(ExpressionKind kind, const std::string& function,
                                      size_t actual, size_t count);
Unexpected<aws::ApiError> operand_type_error(ExpressionKind kind, const std::string& function,
                                             const AttributeValue& value);

// No two paths may be equal, one inside the other, or disagree on map or list.
aws::Result<void> check_disjoint(ExpressionKind kind, const std::vector<DocumentPath>& paths);

// Adds the paths that an operand mentions.
void collect_paths(const Operand& operand, std::vector<DocumentPath>& paths);

}  // namespace millrace::dynamodb::expression
