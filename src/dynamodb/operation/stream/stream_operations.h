// The operations of DynamoDB Streams. One file pair for each: a function that makes its handler.
#pragma once

#include "aws/operation.h"
#include "base/clock.h"
#include "dynamodb/operation/stream/shard_iterator.h"
#include "dynamodb/stream/stream_store.h"

namespace millrace::dynamodb::operation {

// What the handlers work with; all must outlive them.
struct StreamOperationDependencies {
  stream::StreamStore& streams;
  const Clock& clock;
  const IteratorExpiry& expiry;
};

// Adds all of them as service "dynamodbstreams".
void register_stream_operations(aws::OperationRegistry& registry,
                                const StreamOperationDependencies& dependencies);

}  // namespace millrace::dynamodb::operation
