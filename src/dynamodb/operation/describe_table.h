#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// DescribeTable.
aws::OperationHandler describe_table(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
