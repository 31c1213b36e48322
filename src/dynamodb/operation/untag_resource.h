#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// UntagResource.
aws::OperationHandler untag_resource(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
