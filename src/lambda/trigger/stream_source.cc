#include "lambda/trigger/stream_source.h"

#include "base/limits.h"

namespace millrace::lambda {
namespace {

using dynamodb::stream::RecordPage;
using dynamodb::stream::RecordView;
using dynamodb::stream::Shard;
using dynamodb::stream::StreamPtr;
using dynamodb::stream::StreamStore;

class StreamPage final : public SourcePage {
 public:
  StreamPage(StreamPtr stream, engine::CellId cell, RecordPage page)
      : stream_(std::move(stream)), cell_(cell), page_(std::move(page)) {
    records.reserve(page_.records.size());
    for (const auto& record : page_.records) {
      records.push_back({record.position, record.change.time});
    }
    next_after = page_.next_after;
    at_end = page_.at_end;
    shard_finished = page_.shard_finished;
  }

  void append_json(size_t index, std::string& out) const override {
    const auto& record = page_.records[index];
    RecordView view{stream_->view_type, stream_->region, stream_->arn};
    append_record_json(out, record.change, cell_, record.position, view);
  }

  uint64_t key_hash(size_t index) const override {
    return dynamodb::stream::partition_key_hash(page_.records[index].change,
                                                stream_->key_schema.at(0).name);
  }

 private:
  StreamPtr stream_;
  engine::CellId cell_;
  RecordPage page_;
};

class StreamSource final : public Source {
 public:
  StreamSource(StreamStore& streams, StreamPtr stream, Shard shard)
      : streams_(streams), stream_(std::move(stream)), shard_(std::move(shard)) {}

  engine::Result<std::unique_ptr<SourcePage>> read(engine::Position after,
                                                   size_t records_max) override {
    engine::LogReadOptions options;
    options.records_max = records_max;
    options.bytes_max = limits::kLogReadBytesMax;
    MILLRACE_TRY(auto page, streams_.read(shard_, after, options));
    return std::unique_ptr<SourcePage>(
        std::make_unique<StreamPage>(stream_, shard_.cell, std::move(page)));
  }

  engine::Result<engine::Position> trim_horizon() override { return streams_.trim_horizon(shard_); }

  WaitId wait(engine::Position after, UniqueFunction<void()> wake) override {
    return streams_.wait(shard_, after, std::nullopt, std::move(wake));
  }

  bool cancel_wait(WaitId id) override { return streams_.cancel_wait(id); }

 private:
  StreamStore& streams_;
  const StreamPtr stream_;
  const Shard shard_;
};

}  // namespace

std::unique_ptr<Source> open_stream_source(StreamStore& streams, StreamPtr stream,
                                           const std::string& shard_id) {
  const Shard* shard = stream->find_shard(shard_id);
  if (shard == nullptr) return nullptr;
  return std::make_unique<StreamSource>(streams, stream, *shard);
}

}  // namespace millrace::lambda
