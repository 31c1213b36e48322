// What UpdateTable's input must be like, whatever the table.
#pragma once

#include "aws/api_error.h"
#include "aws/request_context.h"
#include "dynamodb/operation/table_input.h"

namespace millrace::dynamodb::operation {

// There is something to change, and only things that may be changed together.
// REQUIRES: check_constraints() succeeded.
aws::Result<void> check_update_request(const aws::RequestContext& context,
                                       const UpdateTableInput& input);

}  // namespace millrace::dynamodb::operation
