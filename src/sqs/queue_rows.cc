#include "sqs/queue_rows.h"

#include "base/encoding.h"
#include "base/limits.h"
#include "sqs/queue_keys.h"

namespace millrace::sqs {
namespace {

// Below the engine's limit for one value; the largest message needs four or five.
constexpr size_t kChunkBytes = 256 * 1024;
static_assert(kChunkBytes <= limits::kValueBytesMax);

Unexpected<engine::Error> corrupt(std::string_view what) {
  return Unexpected(engine::Error{engine::ErrorCode::kCorrupt,
                                  "A queue's " + std::string(what) + " can not be read."});
}

}  // namespace

engine::Result<QueueCounters> QueueReader::counters() {
  MILLRACE_TRY(auto row, reader_.get(cell_, counters_key(cell_)));
  QueueCounters counters;
  if (!row) return counters;
  constexpr size_t kBytes = 1 + 3 * 8;
  if (row->size() != kBytes || (*row)[0] != 1) return corrupt("counters");
  std::string_view bytes = *row;
  counters.next_sequence = read_u64(bytes.substr(1));
  counters.messages = read_u64(bytes.substr(9));
  counters.purged_before = read_u64(bytes.substr(17));
  return counters;
}

engine::Result<std::optional<Message>> QueueReader::message(uint64_t sequence, bool with_content) {
  std::optional<Message> found;
  MILLRACE_TRY(auto row, reader_.get(cell_, message_key(cell_, sequence)));
  if (!row) return found;
  auto state = decode_state(*row);
  if (!state) return corrupt("message");
  found.emplace();
  found->sequence = sequence;
  found->state = std::move(*state);
  if (!with_content) return found;
  std::string bytes;
  for (uint32_t chunk = 0; chunk < found->state.chunks; ++chunk) {
    MILLRACE_TRY(auto piece, reader_.get(cell_, body_key(cell_, sequence, chunk)));
    if (!piece) return corrupt("message");
    bytes += *piece;
  }
  auto content = decode_content(bytes);
  if (!content) return corrupt("message");
  found->content = std::move(*content);
  return found;
}

engine::Result<std::vector<QueueReader::VisibleAt>> QueueReader::visible(Timestamp begin,
                                                                         Timestamp end,
                                                                         size_t rows_max) {
  std::vector<VisibleAt> found;
  if (end < begin) return found;
  engine::RangeOptions range;
  range.begin = visible_key(cell_, begin, 0);
  // The end is exclusive, and Timestamp::max() has no successor.
  range.end = end == Timestamp::max() ? kind_range('v', cell_).second
                                      : visible_key(cell_, end + Duration(1), 0);
  range.rows_max = rows_max;
  auto visit = [&](std::string_view key, std::string_view) {
    auto [time, sequence] = parse_visible_key(key);
    found.push_back({time, sequence});
    return true;
  };
  MILLRACE_CHECK_OK(reader_.range({cell_}, range, visit));
  return found;
}

engine::Result<std::vector<Message>> QueueReader::first_messages(
    size_t rows_max, const std::function<bool(const Message&)>& wanted) {
  std::vector<Message> found;
  bool readable = true;
  engine::RangeOptions range;
  std::tie(range.begin, range.end) = kind_range('m', cell_);
  range.rows_max = rows_max;
  auto visit = [&](std::string_view key, std::string_view value) {
    auto state = decode_state(value);
    readable = state.has_value();
    if (!readable) return false;
    Message message;
    message.sequence = parse_message_key(key);
    message.state = std::move(*state);
    bool is_wanted = wanted(message);
    if (is_wanted) found.push_back(std::move(message));
    return is_wanted;
  };
  MILLRACE_CHECK_OK(reader_.range({cell_}, range, visit));
  if (!readable) return corrupt("message");
  return found;
}

void QueueWriter::put_counters(const QueueCounters& counters) {
  std::string bytes(1, 1);
  append_u64(bytes, counters.next_sequence);
  append_u64(bytes, counters.messages);
  append_u64(bytes, counters.purged_before);
  transaction_.put(cell_, counters_key(cell_), bytes);
}

void QueueWriter::add(QueueCounters& counters, Message message) {
  message.sequence = counters.next_sequence++;
  ++counters.messages;
  std::string bytes = encode(message.content);
  message.state.content_bytes = bytes.size();
  message.state.chunks = 0;
  for (size_t begin = 0; begin < bytes.size(); begin += kChunkBytes) {
    transaction_.put(cell_, body_key(cell_, message.sequence, message.state.chunks++),
                     std::string_view(bytes).substr(begin, kChunkBytes));
  }
  transaction_.put(cell_, message_key(cell_, message.sequence), encode(message.state));
  transaction_.put(cell_, visible_key(cell_, message.state.visible_at, message.sequence), "");
}

void QueueWriter::update(const Message& message, Timestamp visible_before) {
  transaction_.put(cell_, message_key(cell_, message.sequence), encode(message.state));
  if (message.state.visible_at == visible_before) return;
  transaction_.erase(cell_, visible_key(cell_, visible_before, message.sequence));
  transaction_.put(cell_, visible_key(cell_, message.state.visible_at, message.sequence), "");
}

void QueueWriter::erase(QueueCounters& counters, const Message& message) {
  for (uint32_t chunk = 0; chunk < message.state.chunks; ++chunk) {
    transaction_.erase(cell_, body_key(cell_, message.sequence, chunk));
  }
  transaction_.erase(cell_, message_key(cell_, message.sequence));
  transaction_.erase(cell_, visible_key(cell_, message.state.visible_at, message.sequence));
  if (message.sequence >= counters.purged_before) --counters.messages;
}

bool is_dead(const Queue& queue, const QueueCounters& counters, const Message& message,
             Timestamp now) {
  return message.sequence < counters.purged_before || message.state.sent + queue.retention() <= now;
}

}  // namespace millrace::sqs
