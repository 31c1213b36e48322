#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// BatchGetItem.
aws::OperationHandler batch_get_item(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
