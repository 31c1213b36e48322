#pragma once

#include "dynamodb/operation/stream/stream_operations.h"

namespace millrace::dynamodb::operation {

// ListStreams: the streams of an account and region, or of one table, those of deleted tables
// included.
aws::OperationHandler list_streams(const StreamOperationDependencies& dependencies);

}  // namespace millrace::dynamodb::operation
