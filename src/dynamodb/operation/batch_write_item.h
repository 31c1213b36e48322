#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// BatchWriteItem: up to 25 puts and deletes, each on its own.
aws::OperationHandler batch_write_item(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
