#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// GetResourcePolicy: of a table or its stream.
aws::OperationHandler get_resource_policy(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
