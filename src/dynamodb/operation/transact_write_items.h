#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// TransactWriteItems: up to 100 writes and condition checks, all or nothing.
aws::OperationHandler transact_write_items(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
