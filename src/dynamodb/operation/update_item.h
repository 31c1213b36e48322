#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// UpdateItem.
aws::OperationHandler update_item(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
