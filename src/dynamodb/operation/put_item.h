#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// PutItem.
aws::OperationHandler put_item(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
