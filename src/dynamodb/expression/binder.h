// Putting names and values into parsed expressions: what conditions, updates and projections share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dynamodb/expression/document_path.h"
#include "dynamodb/expression/expression_kind.h"
#include "dynamodb/expression/substitutions.h"
#include "dynamodb/expression/syntax.h"
#include "dynamodb/item/attribute_value.h"

namespace millrace::dynamodb::expression {

// Ranks of what binding finds, as DynamoDB orders them.
enum BindFinding {
  kUndefined,             // in conditions names and values alike, by place in the text
  kUndefinedUpdateValue,  // in updates values come after names
  kPathOverlap,
  kPathConflict,
  kActionOperand,
  kOperandCount,
  kOperandNotDistinct,
  kOperandType,
};

class Binder {
 public:
  Binder(ExpressionKind kind, Substitutions& substitutions)
      : kind_(kind), substitutions_(substitutions) {}

  // Undefined names and values are noted; what is returned is then of no use.
  DocumentPath bind_path(const SyntaxPath& path);
  const AttributeValue& bind_value(std::string_view placeholder);

  // Notes two paths that overlap or conflict, the first such pair in order.
  void check_overlaps(const std::vector<DocumentPath>& paths);

  Findings& findings() { return findings_; }
  aws::Result<void> result() const { return findings_.result(kind_); }

 private:
  ExpressionKind kind_;
  Substitutions& substitutions_;
  Findings findings_;
};

// "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL"
std::string operand_type_detail(std::string_view operation, std::string_view type);
// "Incorrect number of operands for operator or function; ..."
std::string operand_count_detail(std::string_view operation, size_t count);
std::string document_path_detail(std::string_view operation);

}  // namespace millrace::dynamodb::expression
