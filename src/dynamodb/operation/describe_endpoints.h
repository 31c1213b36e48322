#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// DescribeEndpoints: this server itself.
aws::OperationHandler describe_endpoints(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
