#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// DeleteTable.
aws::OperationHandler delete_table(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
