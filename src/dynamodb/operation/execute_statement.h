#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// ExecuteStatement.
aws::OperationHandler execute_statement(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
