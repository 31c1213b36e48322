#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// TagResource: adds tags to a table, or changes their values.
aws::OperationHandler tag_resource(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
