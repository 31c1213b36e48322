#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// ListTables: names in byte order, at most 100 a page.
aws::OperationHandler list_tables(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
