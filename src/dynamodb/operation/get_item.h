#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// GetItem.
aws::OperationHandler get_item(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
