#include "logs/log_reader.h"

#include <algorithm>
#include <cstdio>

namespace millrace::logs {
namespace {

// AWS answers at most 1 MB of events.
constexpr size_t kPageBytesMax = 1024 * 1024;
// How much is looked at before what was printed meanwhile is written.
constexpr size_t kStepBytes = 4 * 1024 * 1024;
// Blocks read at one time when going backward.
constexpr engine::Position kBackwardBlocks = 32;

// 56 digits as AWS's, rising with the event's place in its group.
std::string make_event_id(engine::Position position, uint32_t index) {
  char text[64];
  snprintf(text, sizeof text, "%040llu%016u", static_cast<unsigned long long>(position), index);
  return text;
}

engine::Error unreadable() {
  return {engine::ErrorCode::kCorrupt, "log block"};
}

}  // namespace

LogSearch::LogSearch(engine::Engine& engine, const LogGroup& group, const LogQuery& query,
                     Timestamp now)
    : engine_(engine), group_(group), query_(query), oldest_(query.start) {
  if (auto kept = kept_since(group, now)) oldest_ = std::max(oldest_.value_or(*kept), *kept);
}

engine::Result<bool> LogSearch::step() {
  MILLRACE_TRY(engine::LogRange range, engine_.log_range(group_.cell));
  if (!started_) {
    started_ = true;
    LogCursor end{range.last + 1, 0};
    page_.before = query_.cursor.value_or(query_.backward ? end : LogCursor{});
    // A cursor of a group that was deleted meanwhile may be beyond the end of its successor.
    if (page_.before.position > end.position) page_.before = end;
    // What was before the oldest block is gone.
    if (page_.before.position < range.first) page_.before = {range.first, 0};
    page_.after = page_.before;
  }
  return query_.backward ? step_backward(range) : step_forward(range);
}

LogPage LogSearch::take_page() {
  if (query_.backward) std::reverse(page_.events.begin(), page_.events.end());
  return std::move(page_);
}

engine::Result<bool> LogSearch::step_forward(const engine::LogRange& range) {
  LogCursor from = page_.after;
  // Blocks may have been trimmed since the last step.
  engine::Position after = std::max(from.position, range.first) - 1;
  size_t looked_at = 0;
  while (after < range.last) {
    if (looked_at >= kStepBytes) return false;
    MILLRACE_TRY(engine::LogPage read, engine_.log_read(group_.cell, after, {}));
    if (read.records.empty()) break;
    for (const auto& record : read.records) {
      uint32_t first = record.position == from.position ? from.index : 0;
      Outcome outcome = take_forward(record, first);
      if (outcome == Outcome::kUnreadable) return Unexpected(unreadable());
      if (outcome == Outcome::kPageFull) return true;
      page_.after = {record.position + 1, 0};
      after = record.position;
      looked_at += record.record.size();
    }
  }
  page_.complete = true;
  return true;
}

LogSearch::Outcome LogSearch::take_forward(const engine::LogRecord& record, uint32_t first) {
  bool room = true;
  bool readable = read_log_block(record.record, [&](uint32_t index, const StoredEvent& event) {
    if (index < first) return true;
    room = !is_full(event);
    if (!room) return false;
    page_.after = {record.position, index + 1};
    if (wanted(record.position, event)) add(record.position, index, event);
    return true;
  });
  if (!readable) return Outcome::kUnreadable;
  return room ? Outcome::kGoOn : Outcome::kPageFull;
}

engine::Result<bool> LogSearch::step_backward(const engine::LogRange& range) {
  LogCursor from = page_.before;
  engine::Position last = std::min(from.index > 0 ? from.position : from.position - 1, range.last);
  size_t looked_at = 0;
  while (last >= range.first) {
    if (looked_at >= kStepBytes) return false;
    engine::Position after = last > kBackwardBlocks ? last - kBackwardBlocks : 0;
    after = std::max(after, range.first - 1);
    MILLRACE_TRY(auto records, read_blocks(after, last));
    for (auto record = records.rbegin(); record != records.rend(); ++record) {
      uint32_t end = record->position == from.position ? from.index : UINT32_MAX;
      Outcome outcome = take_backward(*record, end);
      if (outcome == Outcome::kUnreadable) return Unexpected(unreadable());
      if (outcome == Outcome::kPageFull) return true;
      page_.before = {record->position, 0};
      looked_at += record->record.size();
    }
    last = after;
  }
  page_.complete = true;
  return true;
}

engine::Result<std::vector<engine::LogRecord>> LogSearch::read_blocks(engine::Position after,
                                                                      engine::Position last) {
  std::vector<engine::LogRecord> records;
  while (after < last) {
    engine::LogReadOptions options;
    options.records_max = last - after;
    MILLRACE_TRY(engine::LogPage read, engine_.log_read(group_.cell, after, options));
    if (read.records.empty()) break;
    after = read.records.back().position;
    std::move(read.records.begin(), read.records.end(), std::back_inserter(records));
  }
  return records;
}

LogSearch::Outcome LogSearch::take_backward(const engine::LogRecord& record, uint32_t end) {
  std::vector<std::pair<uint32_t, StoredEvent>> events;
  bool readable = read_log_block(record.record, [&](uint32_t index, const StoredEvent& event) {
    if (index < end) events.emplace_back(index, event);
    return index < end;
  });
  if (!readable) return Outcome::kUnreadable;
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    if (is_full(event->second)) return Outcome::kPageFull;
    page_.before = {record.position, event->first};
    if (wanted(record.position, event->second)) add(record.position, event->first, event->second);
  }
  return Outcome::kGoOn;
}

bool LogSearch::is_full(const StoredEvent& next) const {
  if (page_.events.size() >= query_.events_max) return true;
  return !page_.events.empty() && bytes_ + next.message.size() > kPageBytesMax;
}

bool LogSearch::wanted(engine::Position position, const StoredEvent& event) const {
  auto found = group_.streams.find(event.stream);
  // A stream that was deleted, and perhaps made again, has lost its events.
  if (found == group_.streams.end() || position <= found->second.after) return false;
  if (oldest_ && event.time < *oldest_) return false;
  if (query_.end && event.time >= *query_.end) return false;
  if (query_.streams && !query_.streams(event.stream)) return false;
  return !query_.matches || query_.matches(event.message);
}

void LogSearch::add(engine::Position position, uint32_t index, const StoredEvent& event) {
  bytes_ += event.message.size();
  page_.events.push_back({event.time, event.ingested, std::string(event.message),
                          std::string(event.stream), make_event_id(position, index)});
}

}  // namespace millrace::logs
