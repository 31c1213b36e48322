#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// DeleteItem.
aws::OperationHandler delete_item(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
