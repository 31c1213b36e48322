// Member constraints of PutItem, UpdateItem and DeleteItem: each has its own order and, since 2026,
// its own mixture of texts.
#pragma once

#include <string>

#include "aws/api_error.h"
#include "aws/request_context.h"
#include "dynamodb/operation/write_input.h"

namespace millrace::dynamodb::operation {

// The table's name, if all members are well-formed.
aws::Result<std::string> check_write_constraints(const aws::RequestContext& context,
                                                 const WriteInput& input);
// PutItem and DeleteItem return old values only. Comes after the expressions.
aws::Result<void> check_returns_old_or_none(const WriteInput& input);

}  // namespace millrace::dynamodb::operation
