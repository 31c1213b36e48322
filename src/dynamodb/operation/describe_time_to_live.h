#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// DescribeTimeToLive.
aws::OperationHandler describe_time_to_live(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
