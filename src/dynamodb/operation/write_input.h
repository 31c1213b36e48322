// The members of PutItem, UpdateItem and DeleteItem, and of the actions of TransactWriteItems,
// which take the same ones: read, and made into a condition and an update.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/expression/condition.h"
#include "dynamodb/expression/legacy_conditions.h"
#include "dynamodb/expression/substitutions.h"
#include "dynamodb/expression/update.h"
#include "dynamodb/item/item_parser.h"
#include "dynamodb/operation/request_layer.h"
#include "dynamodb/operation/request_reader.h"

namespace millrace::dynamodb::operation {

enum class WriteKind { kPut, kUpdate, kDelete, kConditionCheck };

struct WriteInput {
  WriteKind kind;
  RequestLayer layer;
  std::optional<std::string> table_name;
  std::optional<ParsedItem> item;  // Item of a put, Key of the others
  std::optional<std::string> condition_expression, update_expression;
  expression::SubstitutionMembers substitutions;
  std::optional<std::string> return_old_on_failure;  // ReturnValuesOnConditionCheckFailure
  // Not in transactions:
  std::optional<std::string> return_values, return_consumed_capacity, return_collection_metrics;
  std::optional<std::string> conditional_operator;
  std::optional<expression::LegacyConditions> expected;
  std::optional<std::vector<expression::AttributeUpdate>> attribute_updates;
};

// All members, and only those that the layer's operations have.
WriteInput read_write_input(RequestReader& reader, WriteKind kind, RequestLayer layer);

struct WriteExpressions {
  expression::ConditionPtr condition;  // null: none
  expression::UpdatePtr update;        // null: none
};
// Checks everything about the item or key, the expressions and their legacy forms that needs no
// table, in DynamoDB's order, and parses them.
aws::Result<WriteExpressions> parse_write_expressions(WriteInput& input);

}  // namespace millrace::dynamodb::operation
