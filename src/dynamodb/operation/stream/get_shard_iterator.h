#pragma once

#include "dynamodb/operation/stream/stream_operations.h"

namespace millrace::dynamodb::operation {

// GetShardIterator: a position in a shard as an opaque token. Besides AWS's four types this takes
// AT_TIMESTAMP with the model's Timestamp member.
aws::OperationHandler get_shard_iterator(const StreamOperationDependencies& dependencies);

}  // namespace millrace::dynamodb::operation
