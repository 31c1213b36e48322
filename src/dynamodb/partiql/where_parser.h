// The condition after WHERE, as a tree of the conditions that all operations evaluate.
#pragma once

#include "aws/api_error.h"
#include "dynamodb/expression/condition_node.h"
#include "dynamodb/partiql/token_reader.h"

namespace millrace::dynamodb::partiql {

// Reads as far as the condition goes. Errors: ValidationException, also for operands whose type an
// operator does not take, which needs no table.
aws::Result<expression::ConditionNodePtr> parse_where(TokenReader& reader);

}  // namespace millrace::dynamodb::partiql
