// Member constraints of CreateTable and UpdateTable, in the order in which DynamoDB lists them.
#pragma once

#include "aws/api_error.h"
#include "dynamodb/operation/table_input.h"

namespace millrace::dynamodb::operation {

// Everything but TableName, which is checked before (table_name.h) and reported alone.
aws::Result<void> check_constraints(const CreateTableInput& input);
aws::Result<void> check_constraints(const UpdateTableInput& input);

}  // namespace millrace::dynamodb::operation
