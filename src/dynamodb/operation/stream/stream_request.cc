#include "dynamodb/operation/stream/stream_request.h"

#include "aws/arn.h"
#include "base/log.h"
#include "dynamodb/operation/request_reader.h"

namespace millrace::dynamodb::operation {

aws::OperationHandler stream_operation(StreamFunction function) {
  return [function = std::move(function)](aws::ContextPtr context, std::string body,
                                          aws::Respond respond) {
    auto run = [&]() -> aws::Result<aws::Output> {
      MILLRACE_TRY(json::Document document, parse_request(body));
      aws::Output output;
      MILLRACE_TRY(output.body, function(*context, document.root()));
      return output;
    };
    respond(run());
  };
}

void check_stream_arn_length(ConstraintList& constraints, const std::optional<std::string>& arn,
                             std::string_view path) {
  constexpr size_t kStreamArnLengthMax = 1024;
  constraints.check_length(arn, path, 0, kStreamArnLengthMax);
}

void check_shard_id_length(ConstraintList& constraints, const std::optional<std::string>& shard_id,
                           std::string_view path) {
  constexpr size_t kShardIdLengthMin = 28;
  constexpr size_t kShardIdLengthMax = 65;
  constraints.check_length(shard_id, path, kShardIdLengthMin, kShardIdLengthMax);
}

aws::Result<void> check_stream_arn(std::string_view text) {
  constexpr std::string_view kTable = "table/";
  constexpr std::string_view kStream = "/stream/";
  auto arn = aws::Arn::parse(text);
  if (arn && arn->service == "dynamodb") {
    std::string_view resource = arn->resource;
    size_t stream = resource.find(kStream);
    bool has_names = stream != std::string_view::npos && stream > kTable.size() &&
                     stream + kStream.size() < resource.size();
    if (has_names && resource.substr(0, kTable.size()) == kTable) return {};
  }
  return aws::validation_error("Invalid StreamArn");
}

aws::Result<stream::StreamPtr> find_stream(const aws::RequestContext& context,
                                           const stream::StreamStore& streams,
                                           const std::string& arn) {
  MILLRACE_CHECK_OK(check_stream_arn(arn));
  stream::StreamPtr found = streams.find(arn);
  if (!found || found->account != context.account || found->region != context.region) {
    return stream_not_found(arn);
  }
  return found;
}

Unexpected<aws::ApiError> stream_not_found(std::string_view arn) {
  return aws::api_error(400, "ResourceNotFoundException",
                        "Requested resource not found: Stream: " + std::string(arn) + " not found");
}

Unexpected<aws::ApiError> shard_not_found() {
  return aws::api_error(400, "ResourceNotFoundException",
                        "Requested resource not found: Shard does not exist");
}

Unexpected<aws::ApiError> trimmed_data_access() {
  return aws::api_error(400, "TrimmedDataAccessException",
                        "The data you are trying to access has been trimmed");
}

Unexpected<aws::ApiError> read_error(const aws::RequestContext& context,
                                     const engine::Error& error) {
  if (error.code == engine::ErrorCode::kTooOld) return trimmed_data_access();
  log_error("reading a stream failed", {{"request", context.request_id},
                                        {"operation", context.operation},
                                        {"error", engine::to_string(error.code)},
                                        {"reason", error.message}});
  return aws::internal_error();
}

}  // namespace millrace::dynamodb::operation
