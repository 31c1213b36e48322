#include "logs/log_block.h"

#include <algorithm>

#include "base/encoding.h"

namespace millrace::logs {
namespace {

constexpr char kVersion = 1;

void append_time(std::string& out, Timestamp time) {
  append_u64(out, static_cast<uint64_t>(time.time_since_epoch().count()));
}

std::optional<Timestamp> take_time(std::string_view& bytes) {
  if (bytes.size() < 8) return std::nullopt;
  Timestamp time{Duration(static_cast<int64_t>(read_u64(bytes)))};
  bytes.remove_prefix(8);
  return time;
}

}  // namespace

void LogBlockWriter::add(const std::string& stream, Timestamp time, std::string_view message) {
  auto found = std::find(streams_.begin(), streams_.end(), stream);
  auto number = static_cast<uint64_t>(found - streams_.begin());
  if (found == streams_.end()) streams_.push_back(stream);
  append_varint(events_, number);
  append_time(events_, time);
  append_sized(events_, message);
  ++count_;
}

std::string LogBlockWriter::finish() {
  std::string block(1, kVersion);
  append_time(block, ingested_);
  append_varint(block, streams_.size());
  for (const std::string& stream : streams_) append_sized(block, stream);
  append_varint(block, count_);
  block += events_;
  streams_.clear();
  events_.clear();
  count_ = 0;
  return block;
}

bool read_log_block(std::string_view block,
                    const std::function<bool(uint32_t index, const StoredEvent& event)>& visit) {
  if (block.empty() || block[0] != kVersion) return false;
  block.remove_prefix(1);
  auto ingested = take_time(block);
  auto stream_count = take_varint(block);
  if (!ingested || !stream_count || *stream_count > block.size()) return false;
  std::vector<std::string_view> streams;
  for (uint64_t i = 0; i < *stream_count; ++i) {
    auto stream = take_sized(block);
    if (!stream) return false;
    streams.push_back(*stream);
  }
  auto count = take_varint(block);
  if (!count) return false;
  for (uint64_t i = 0; i < *count; ++i) {
    auto stream = take_varint(block);
    auto time = take_time(block);
    auto message = take_sized(block);
    if (!stream || *stream >= streams.size() || !time || !message) return false;
    StoredEvent event{streams[*stream], *time, *ingested, *message};
    if (!visit(static_cast<uint32_t>(i), event)) return true;
  }
  return true;
}

}  // namespace millrace::logs
