#include "dynamodb/operation/stream/describe_stream.h"

#include <cstdio>

#include "dynamodb/item/item_json.h"
#include "dynamodb/operation/object_writer.h"
#include "dynamodb/operation/request_reader.h"
#include "dynamodb/operation/stream/stream_request.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr int64_t kShardsMax = 100;

struct ShardFilter {
  std::optional<std::string> type;
  std::optional<std::string> shard_id;
};

struct Input {
  std::optional<std::string> stream_arn;
  std::optional<int64_t> limit;
  std::optional<std::string> start;
  std::optional<ShardFilter> filter;
};

aws::Result<Input> read_input(json::Value root) {
  MILLRACE_TRY(Input input, read_request(root, [](RequestReader& reader) {
                 Input values;
                 values.stream_arn = reader.string("StreamArn");
                 values.limit = reader.integer("Limit");
                 values.start = reader.string("ExclusiveStartShardId");
                 values.filter =
                     reader.structure("ShardFilter", "ShardFilter", [](RequestReader& nested) {
                       return ShardFilter{nested.string("Type"), nested.string("ShardId")};
                     });
                 return values;
               }));
  ConstraintList constraints;
  constraints.require(input.stream_arn, "streamArn");
  check_stream_arn_length(constraints, input.stream_arn, "streamArn");
  constraints.check_range(input.limit, "limit", 1, kShardsMax);
  check_shard_id_length(constraints, input.start, "exclusiveStartShardId");
  if (input.filter) {
    constraints.require(input.filter->type, "shardFilter.type");
    constraints.check_one_of(input.filter->type, "shardFilter.type", "CHILD_SHARDS");
    constraints.require(input.filter->shard_id, "shardFilter.shardId");
    check_shard_id_length(constraints, input.filter->shard_id, "shardFilter.shardId");
  }
  MILLRACE_CHECK_OK(constraints.result());
  return input;
}

// Where a client may begin and where a closed shard ends. An empty closed shard ends at its start,
// the last number of its parent.
void append_range(std::string& out, const stream::Shard& shard) {
  bool empty = shard.last && *shard.last == shard.after;
  ObjectWriter range;
  append_json_string(range.member("StartingSequenceNumber"),
                     stream::sequence_number(empty ? shard.after : shard.after + 1));
  if (shard.last) {
    append_json_string(range.member("EndingSequenceNumber"), stream::sequence_number(*shard.last));
  }
  out += std::move(range).finish();
}

void append_shard(std::string& out, const stream::Shard& shard) {
  ObjectWriter writer;
  append_json_string(writer.member("ShardId"), shard.id);
  append_range(writer.member("SequenceNumberRange"), shard);
  if (shard.parent_id) append_json_string(writer.member("ParentShardId"), *shard.parent_id);
  out += std::move(writer).finish();
}

// Appends the members Shards and LastEvaluatedShardId. A start that is no shard of the stream gives
// none.
void append_shards(ObjectWriter& description, const stream::Stream& stream, const Input& input) {
  auto limit = static_cast<size_t>(input.limit.value_or(kShardsMax));
  bool started = !input.start;
  const stream::Shard* last = nullptr;
  bool more = false;
  size_t listed = 0;
  std::string& list = description.member("Shards");
  list += '[';
  for (const stream::Shard& shard : stream.shards) {
    if (!started) {
      started = shard.id == *input.start;
      continue;
    }
    if (input.filter && shard.parent_id != input.filter->shard_id) continue;
    if (listed == limit) {
      more = true;
      break;
    }
    if (listed++ > 0) list += ',';
    append_shard(list, shard);
    last = &shard;
  }
  list += ']';
  if (more) append_json_string(description.member("LastEvaluatedShardId"), last->id);
}

std::string epoch_seconds(Timestamp time) {
  int64_t millis = to_unix_millis(time);
  char text[32];
  std::snprintf(text, sizeof(text), "%lld.%03lld", static_cast<long long>(millis / 1000),
                static_cast<long long>(millis % 1000));
  return text;
}

std::string describe(const stream::Stream& stream, const Input& input) {
  ObjectWriter description;
  append_json_string(description.member("StreamArn"), stream.arn);
  append_json_string(description.member("StreamLabel"), stream.label);
  append_json_string(description.member("StreamStatus"), to_string(stream.status));
  append_json_string(description.member("StreamViewType"), to_string(stream.view_type));
  description.member("CreationRequestDateTime") += epoch_seconds(stream.created);
  append_json_string(description.member("TableName"), stream.table_name);
  std::string& keys = description.member("KeySchema");
  keys += '[';
  for (const stream::KeyAttribute& key : stream.key_schema) {
    if (&key != &stream.key_schema.front()) keys += ',';
    ObjectWriter element;
    append_json_string(element.member("AttributeName"), key.name);
    append_json_string(element.member("KeyType"), key.key_type);
    keys += std::move(element).finish();
  }
  keys += ']';
  append_shards(description, stream, input);
  return std::move(description).finish();
}

}  // namespace

aws::OperationHandler describe_stream(const StreamOperationDependencies& dependencies) {
  const stream::StreamStore& streams = dependencies.streams;
  return stream_operation(
      [&streams](const aws::RequestContext& context, json::Value root) -> aws::Result<std::string> {
        MILLRACE_TRY(Input input, read_input(root));
        MILLRACE_TRY(stream::StreamPtr stream, find_stream(context, streams, *input.stream_arn));
        ObjectWriter answer;
        answer.member("StreamDescription") += describe(*stream, input);
        return std::move(answer).finish();
      });
}

}  // namespace millrace::dynamodb::operation
