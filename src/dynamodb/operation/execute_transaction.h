#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// ExecuteTransaction.
aws::OperationHandler execute_transaction(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
