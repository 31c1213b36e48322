#pragma once

#include "dynamodb/operation/stream/stream_operations.h"

namespace millrace::dynamodb::operation {

// DescribeStream: a stream and its shards, or the children of one shard.
aws::OperationHandler describe_stream(const StreamOperationDependencies& dependencies);

}  // namespace millrace::dynamodb::operation
