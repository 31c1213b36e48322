#include "dynamodb/operation/stream/list_streams.h"

#include "dynamodb/item/item_json.h"
#include "dynamodb/operation/object_writer.h"
#include "dynamodb/operation/request_reader.h"
#include "dynamodb/operation/stream/stream_request.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr int64_t kStreamsMax = 100;

struct Input {
  std::optional<std::string> table_name;
  std::optional<int64_t> limit;
  std::optional<std::string> start;
};

aws::Result<Input> read_input(json::Value root) {
  MILLRACE_TRY(Input input, read_request(root, [](RequestReader& reader) {
                 return Input{reader.string("TableName"), reader.integer("Limit"),
                              reader.string("ExclusiveStartStreamArn")};
               }));
  ConstraintList constraints;
  constraints.check_name(input.table_name, "tableName");
  constraints.check_range(input.limit, "limit", 1, kStreamsMax);
  check_stream_arn_length(constraints, input.start, "exclusiveStartStreamArn");
  MILLRACE_CHECK_OK(constraints.result());
  if (input.start) MILLRACE_CHECK_OK(check_stream_arn(*input.start));
  return input;
}

void append_stream(std::string& out, const stream::Stream& stream) {
  ObjectWriter writer;
  append_json_string(writer.member("StreamArn"), stream.arn);
  append_json_string(writer.member("TableName"), stream.table_name);
  append_json_string(writer.member("StreamLabel"), stream.label);
  out += std::move(writer).finish();
}

}  // namespace

aws::OperationHandler list_streams(const StreamOperationDependencies& dependencies) {
  const stream::StreamStore& streams = dependencies.streams;
  return stream_operation(
      [&streams](const aws::RequestContext& context, json::Value root) -> aws::Result<std::string> {
        MILLRACE_TRY(Input input, read_input(root));
        auto limit = static_cast<size_t>(input.limit.value_or(kStreamsMax));
        size_t listed = 0;
        std::string last;
        ObjectWriter answer;
        std::string& list = answer.member("Streams");
        list += '[';
        // In order of the ARN, so that a page goes on behind one whose stream is gone.
        for (const auto& stream :
             streams.list(context.account, context.region, input.table_name.value_or(""))) {
          if (input.start && stream->arn <= *input.start) continue;
          if (listed == limit) {
            list += ']';
            append_json_string(answer.member("LastEvaluatedStreamArn"), last);
            return std::move(answer).finish();
          }
          if (listed++ > 0) list += ',';
          append_stream(list, *stream);
          last = stream->arn;
        }
        list += ']';
        return std::move(answer).finish();
      });
}

}  // namespace millrace::dynamodb::operation
