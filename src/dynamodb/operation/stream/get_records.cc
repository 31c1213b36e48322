#include "dynamodb/operation/stream/get_records.h"

#include "base/limits.h"
#include "dynamodb/item/item_json.h"
#include "dynamodb/operation/object_writer.h"
#include "dynamodb/operation/request_reader.h"
#include "dynamodb/operation/stream/shard_iterator.h"
#include "dynamodb/operation/stream/stream_request.h"

namespace millrace::dynamodb::operation {
namespace {

struct Input {
  std::optional<std::string> shard_iterator;
  std::optional<int64_t> limit;
};

aws::Result<Input> read_input(json::Value root) {
  MILLRACE_TRY(Input input, read_request(root, [](RequestReader& reader) {
                 return Input{reader.string("ShardIterator"), reader.integer("Limit")};
               }));
  constexpr size_t kShardIteratorLengthMax = 2048;
  ConstraintList constraints;
  constraints.require(input.shard_iterator, "shardIterator");
  constraints.check_length(input.shard_iterator, "shardIterator", 1, kShardIteratorLengthMax);
  constraints.check_range(input.limit, "limit", 1, limits::kGetRecordsMax);
  MILLRACE_CHECK_OK(constraints.result());
  return input;
}

aws::Result<ShardIterator> read_iterator(const StreamOperationDependencies& dependencies,
                                         const std::string& text) {
  auto iterator = decode_shard_iterator(text, dependencies.streams.iterator_secret());
  if (!iterator) return aws::validation_error("Invalid ShardIterator");
  if (dependencies.expiry.is_expired(iterator->issued, dependencies.clock.now())) {
    return aws::api_error(400, "ExpiredIteratorException",
                          "The provided iterator exceeds the maximum age allowed.");
  }
  return std::move(*iterator);
}

void append_records(std::string& out, const stream::RecordPage& page, const stream::Stream& stream,
                    engine::CellId cell) {
  stream::RecordView view{stream.view_type, stream.region, /*arn=*/{}};
  out += '[';
  for (const stream::StreamRecord& record : page.records) {
    if (&record != &page.records.front()) out += ',';
    append_record_json(out, record.change, cell, record.position, view);
  }
  out += ']';
}

}  // namespace

aws::OperationHandler get_records(const StreamOperationDependencies& dependencies) {
  return stream_operation([dependencies](const aws::RequestContext& context,
                                         json::Value root) -> aws::Result<std::string> {
    MILLRACE_TRY(Input input, read_input(root));
    MILLRACE_TRY(ShardIterator iterator, read_iterator(dependencies, *input.shard_iterator));
    MILLRACE_TRY(stream::StreamPtr stream,
                 find_stream(context, dependencies.streams, iterator.stream_arn));
    const stream::Shard* shard = stream->find_shard(iterator.shard_id);
    if (shard == nullptr) return trimmed_data_access();  // it has expired since

    engine::LogReadOptions options;
    options.records_max = static_cast<size_t>(input.limit.value_or(limits::kGetRecordsMax));
    options.bytes_max = limits::kPageBytesMax;
    auto page = dependencies.streams.read(*shard, iterator.after, options);
    if (!page) return read_error(context, page.error());

    ObjectWriter answer;
    append_records(answer.member("Records"), *page, *stream, shard->cell);
    if (!page->shard_finished) {
      iterator.after = page->next_after;
      iterator.issued = dependencies.expiry.issued(dependencies.clock.now());
      append_json_string(answer.member("NextShardIterator"),
                         encode_shard_iterator(iterator, dependencies.streams.iterator_secret()));
    }
    return std::move(answer).finish();
  });
}

}  // namespace millrace::dynamodb::operation
