#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// BatchExecuteStatement.
aws::OperationHandler batch_execute_statement(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
