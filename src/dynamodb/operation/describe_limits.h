#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// DescribeLimits.
aws::OperationHandler describe_limits(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
