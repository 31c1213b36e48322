#include "dynamodb/operation/stream/get_shard_iterator.h"

#include <algorithm>

#include "dynamodb/item/item_json.h"
#include "dynamodb/operation/object_writer.h"
#include "dynamodb/operation/request_reader.h"
#include "dynamodb/operation/stream/shard_iterator.h"
#include "dynamodb/operation/stream/stream_request.h"

namespace millrace::dynamodb::operation {
namespace {

using engine::Position;

struct Input {
  std::optional<std::string> stream_arn;
  std::optional<std::string> shard_id;
  std::optional<std::string> type;
  std::optional<std::string> sequence_number;
  std::optional<double> timestamp;  // seconds since the epoch
};

// Timestamps are numbers in this protocol.
aws::Result<std::optional<double>> read_timestamp(json::Value root) {
  auto member = root.find("Timestamp");
  if (!member) return std::optional<double>();
  if (!member->is(json::Kind::kInteger) && !member->is(json::Kind::kDecimal)) {
    return serialization_error("Only a number of seconds is convertible to Timestamp");
  }
  return std::optional(member->decimal());
}

bool takes_sequence_number(const std::string& type) {
  return type == "AT_SEQUENCE_NUMBER" || type == "AFTER_SEQUENCE_NUMBER";
}

aws::Result<void> check_combination(const Input& input) {
  const std::string& type = *input.type;
  if (takes_sequence_number(type) != input.sequence_number.has_value()) {
    return aws::validation_error(
        input.sequence_number ? "SequenceNumber must not be specified for ShardIteratorType " + type
                              : "SequenceNumber must be specified for ShardIteratorType " + type);
  }
  if ((type == "AT_TIMESTAMP") != input.timestamp.has_value()) {
    return aws::validation_error(
        input.timestamp ? "Timestamp must not be specified for ShardIteratorType " + type
                        : "Timestamp must be specified for ShardIteratorType " + type);
  }
  return {};
}

aws::Result<Input> read_input(json::Value root) {
  MILLRACE_TRY(Input input, read_request(root, [](RequestReader& reader) {
                 Input values;
                 values.stream_arn = reader.string("StreamArn");
                 values.shard_id = reader.string("ShardId");
                 values.type = reader.string("ShardIteratorType");
                 values.sequence_number = reader.string("SequenceNumber");
                 values.timestamp = reader.keep(read_timestamp(reader.object()));
                 return values;
               }));
  constexpr size_t kSequenceNumberLengthMin = 21;
  constexpr size_t kSequenceNumberLengthMax = 40;
  ConstraintList constraints;
  constraints.require(input.stream_arn, "streamArn");
  check_stream_arn_length(constraints, input.stream_arn, "streamArn");
  constraints.require(input.shard_id, "shardId");
  check_shard_id_length(constraints, input.shard_id, "shardId");
  constraints.require(input.type, "shardIteratorType");
  constraints.check_one_of(input.type, "shardIteratorType",
                           "AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, "
                           "TRIM_HORIZON");
  constraints.check_length(input.sequence_number, "sequenceNumber", kSequenceNumberLengthMin,
                           kSequenceNumberLengthMax);
  MILLRACE_CHECK_OK(constraints.result());
  MILLRACE_CHECK_OK(check_combination(input));
  return input;
}

class IteratorPlace {
 public:
  IteratorPlace(const aws::RequestContext& context, const stream::StreamStore& streams,
                const stream::Shard& shard)
      : context_(context), streams_(streams), shard_(shard) {}

  // The position behind which the iterator begins to read.
  aws::Result<Position> find(const Input& input) const {
    if (*input.type == "LATEST") return answer(streams_.latest(shard_));
    if (*input.type == "TRIM_HORIZON") return answer(streams_.trim_horizon(shard_));
    if (*input.type == "AT_TIMESTAMP") {
      return answer(streams_.position_at_time(shard_, to_time(*input.timestamp)));
    }
    return at_sequence_number(*input.sequence_number, *input.type == "AT_SEQUENCE_NUMBER");
  }

 private:
  static Timestamp to_time(double seconds) {
    constexpr double kSecondsMax = 1e11;  // the year 5138; keeps the microseconds within 64 bits
    return Timestamp(Duration(static_cast<int64_t>(std::clamp(seconds, 0.0, kSecondsMax) * 1e6)));
  }

  aws::Result<Position> answer(engine::Result<Position> position) const {
    if (!position) return read_error(context_, position.error());
    return *position;
  }

  aws::Result<Position> at_sequence_number(const std::string& text, bool inclusive) const {
    auto position = stream::parse_sequence_number(text);
    MILLRACE_TRY(Position latest, answer(streams_.latest(shard_)));
    // The number that a shard without records says it starts with. Nobody has read that record, so
    // going on after it must not skip it either.
    if (latest == shard_.after && position && *position == latest + 1) return latest;
    // A number that this shard has not reached comes from somewhere else: taking it would skip what
    // is written until then.
    if (!position || *position > latest) {
      return aws::validation_error("Invalid SequenceNumber: " + text);
    }
    Position after = inclusive && *position > 0 ? *position - 1 : *position;
    MILLRACE_TRY(Position horizon, answer(streams_.trim_horizon(shard_)));
    if (after < horizon && horizon > shard_.after) return trimmed_data_access();
    return std::max(after, shard_.after);
  }

  const aws::RequestContext& context_;
  const stream::StreamStore& streams_;
  const stream::Shard& shard_;
};

}  // namespace

aws::OperationHandler get_shard_iterator(const StreamOperationDependencies& dependencies) {
  return stream_operation([dependencies](const aws::RequestContext& context,
                                         json::Value root) -> aws::Result<std::string> {
    const stream::StreamStore& streams = dependencies.streams;
    MILLRACE_TRY(Input input, read_input(root));
    MILLRACE_TRY(stream::StreamPtr stream, find_stream(context, streams, *input.stream_arn));
    const stream::Shard* shard = stream->find_shard(*input.shard_id);
    if (shard == nullptr) return shard_not_found();
    MILLRACE_TRY(Position after, IteratorPlace(context, streams, *shard).find(input));
    ObjectWriter answer;
    append_json_string(answer.member("ShardIterator"),
                       encode_shard_iterator({stream->arn, shard->id, after,
                                              dependencies.expiry.issued(dependencies.clock.now())},
                                             streams.iterator_secret()));
    return std::move(answer).finish();
  });
}

}  // namespace millrace::dynamodb::operation
