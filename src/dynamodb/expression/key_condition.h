// KeyConditionExpression (and KeyConditions): which partition and which part of it a Query reads.
// Value types.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/expression/condition_node.h"
#include "dynamodb/expression/substitutions.h"
#include "dynamodb/item/attribute_value.h"

namespace millrace::dynamodb::expression {

enum class KeyOperator : uint8_t {
  kEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kBetween,
  kBeginsWith
};

// How a condition of this kind asks for a key; nothing if keys can not be asked for like that.
std::optional<KeyOperator> key_operator_of(ConditionKind kind);
// The operator with its sides exchanged: 7 < a asks for a > 7.
KeyOperator mirrored(KeyOperator key_operator);

// One clause: attribute operator value. Mirrored if the value was written first.
struct KeyClause {
  std::string attribute;
  KeyOperator key_operator;
  AttributeValue value;
  std::optional<AttributeValue> upper;  // kBetween
};

// Clauses in written order: checked for structure, not yet against a schema.
struct KeyCondition {
  std::vector<KeyClause> clauses;
};

// Errors: syntax and structure ("Invalid KeyConditionExpression: ...").
aws::Result<KeyCondition> parse_key_condition(std::string_view text, Substitutions& substitutions);

// A key attribute of the table or index that is queried.
struct KeyAttribute {
  std::string name;
  AttributeType type;
};
struct KeySchema {
  std::vector<KeyAttribute> partition;  // one; up to four in global indexes
  std::vector<KeyAttribute> sort;       // none or one; up to four in global indexes
};

// What to read: all items with the partition values, whose sort key attributes satisfy `sort`: for
// each but the last an equality, in schema order.
struct KeyRange {
  std::vector<AttributeValue> partition;  // in schema order
  std::vector<KeyClause> sort;
};
// Errors: clauses that do not fit the schema, values of the wrong type, empty key values.
aws::Result<KeyRange> resolve_key_condition(const KeyCondition& condition, const KeySchema& schema);

}  // namespace millrace::dynamodb::expression
