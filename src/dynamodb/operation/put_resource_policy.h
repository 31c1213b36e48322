#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// PutResourcePolicy: of a table or its stream; kept and told.
aws::OperationHandler put_resource_policy(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
