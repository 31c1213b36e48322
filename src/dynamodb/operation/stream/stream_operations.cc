#include "dynamodb/operation/stream/stream_operations.h"

#include "dynamodb/operation/stream/describe_stream.h"
#include "dynamodb/operation/stream/get_records.h"
#include "dynamodb/operation/stream/get_shard_iterator.h"
#include "dynamodb/operation/stream/list_streams.h"

namespace millrace::dynamodb::operation {

void register_stream_operations(aws::OperationRegistry& registry,
                                const StreamOperationDependencies& dependencies) {
  const std::string service = "dynamodbstreams";
  registry.add(service, "ListStreams", list_streams(dependencies));
  registry.add(service, "DescribeStream", describe_stream(dependencies));
  registry.add(service, "GetShardIterator", get_shard_iterator(dependencies));
  registry.add(service, "GetRecords", get_records(dependencies));
}

}  // namespace millrace::dynamodb::operation
