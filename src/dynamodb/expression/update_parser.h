// The grammar of UpdateExpression: SET, REMOVE, ADD and DELETE sections, each at most once.
#pragma once

#include <string_view>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/expression/syntax.h"

namespace millrace::dynamodb::expression {

// Actions in written order.
aws::Result<std::vector<SyntaxAction>> parse_update_syntax(std::string_view text);

}  // namespace millrace::dynamodb::expression
