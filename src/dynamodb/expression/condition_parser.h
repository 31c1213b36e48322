// The grammar of conditions, shared by ConditionExpression, FilterExpression and
// KeyConditionExpression. Precedence from high to low: comparators, IN, BETWEEN, functions,
// parentheses, NOT, AND, OR.
#pragma once

#include <string_view>

#include "aws/api_error.h"
#include "dynamodb/expression/expression_kind.h"
#include "dynamodb/expression/syntax.h"

namespace millrace::dynamodb::expression {

aws::Result<SyntaxNode> parse_condition_syntax(ExpressionKind kind, std::string_view text);

}  // namespace millrace::dynamodb::expression
