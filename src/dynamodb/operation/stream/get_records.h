#pragma once

#include "dynamodb/operation/stream/stream_operations.h"

namespace millrace::dynamodb::operation {

// GetRecords: up to 1000 records or 1 MB from an iterator's position on, and the next iterator.
aws::OperationHandler get_records(const StreamOperationDependencies& dependencies);

}  // namespace millrace::dynamodb::operation
