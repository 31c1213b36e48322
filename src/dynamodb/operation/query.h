#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// Query: a page of one item collection of a table or index.
aws::OperationHandler query(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
