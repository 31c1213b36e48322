// The SET and REMOVE clauses of UPDATE, as the actions that UpdateItem runs.
#pragma once

#include <vector>

#include "aws/api_error.h"
#include "dynamodb/expression/update_action.h"
#include "dynamodb/partiql/token_reader.h"

namespace millrace::dynamodb::partiql {

// All clauses that follow one another, at least one. Errors: ValidationException.
aws::Result<std::vector<expression::UpdateAction>> parse_update_clauses(TokenReader& reader);

}  // namespace millrace::dynamodb::partiql
