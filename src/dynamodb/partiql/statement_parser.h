// From the text of a statement to its tree. Pure.
#pragma once

#include <string_view>

#include "aws/api_error.h"
#include "dynamodb/partiql/statement.h"
#include "dynamodb/partiql/token_reader.h"

namespace millrace::dynamodb::partiql {

// Errors: ValidationException for anything that is wrong whatever the table looks like.
aws::Result<Statement> parse_statement(std::string_view text, const Parameters& parameters);

}  // namespace millrace::dynamodb::partiql
