#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// Scan: a page of a table or index, or of one segment of it.
aws::OperationHandler scan(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
