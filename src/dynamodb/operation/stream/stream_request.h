// What the operations of DynamoDB Streams have in common: their shape, their constraints, finding
// the stream that is asked for, and their errors.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "aws/operation.h"
#include "dynamodb/item/json_reader.h"
#include "dynamodb/operation/constraint_list.h"
#include "dynamodb/stream/stream_store.h"

namespace millrace::dynamodb::operation {

// An operation whose answer, as JSON text, is known when the function returns.
using StreamFunction =
    std::function<aws::Result<std::string>(const aws::RequestContext& context, json::Value input)>;
aws::OperationHandler stream_operation(StreamFunction function);

// The model's limits of lengths: 37..1024 for stream ARNs (that one is too short is said by
// check_stream_arn), 28..65 for shard ids.
void check_stream_arn_length(ConstraintList& constraints, const std::optional<std::string>& arn,
                             std::string_view path);
void check_shard_id_length(ConstraintList& constraints, const std::optional<std::string>& shard_id,
                           std::string_view path);

// ValidationException unless the text has the form of a stream's ARN.
aws::Result<void> check_stream_arn(std::string_view arn);
// The stream of the caller's account and region. ValidationException as above,
// ResourceNotFoundException if there is none.
aws::Result<stream::StreamPtr> find_stream(const aws::RequestContext& context,
                                           const stream::StreamStore& streams,
                                           const std::string& arn);

Unexpected<aws::ApiError> stream_not_found(std::string_view arn);
Unexpected<aws::ApiError> shard_not_found();
Unexpected<aws::ApiError> trimmed_data_access();
// What a failed read of a shard means to the client; logged unless it was to be expected.
Unexpected<aws::ApiError> read_error(const aws::RequestContext& context,
                                     const engine::Error& error);

}  // namespace millrace::dynamodb::operation
