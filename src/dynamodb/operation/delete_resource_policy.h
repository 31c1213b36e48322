#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// DeleteResourcePolicy: of a table or its stream.
aws::OperationHandler delete_resource_policy(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
