// One PartiQL statement of a request: read, checked and parsed as far as no table is needed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aws/api_error.h"
#include "dynamodb/item/item_parser.h"
#include "dynamodb/operation/constraint_list.h"
#include "dynamodb/operation/request_reader.h"
#include "dynamodb/partiql/statement.h"

namespace millrace::dynamodb::operation {

struct StatementInput {
  std::optional<std::string> text;  // Statement
  std::optional<ParsedValues> parameters;
  std::optional<std::string> return_old_on_failure;  // ReturnValuesOnConditionCheckFailure
  std::optional<bool> consistent;                    // ConsistentRead; not in transactions

  bool returns_old_on_failure() const { return return_old_on_failure == "ALL_OLD"; }
};

StatementInput read_statement_input(RequestReader& reader);

// `path` is what comes before a member's name in messages: "statements.1.member.", or nothing.
void check_statement_constraints(ConstraintList& constraints, const StatementInput& input,
                                 std::string_view path);

// REQUIRES: check_statement_constraints() found nothing.
aws::Result<partiql::Statement> parse_statement_input(const StatementInput& input);

}  // namespace millrace::dynamodb::operation
