#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// TransactGetItems: up to 100 items as of one moment.
aws::OperationHandler transact_get_items(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
