#include "logs/log_reader.h"

#include <algorithm>
#include <cstdio>

#include "logs/log_block.h"

namespace millrace::logs {
namespace {

// AWS answers at most 1 MB of events.
constexpr size_t kPageBytesMax = 1024 * 1024;
// Blocks read at one time when going backward.
constexpr engine::Position kBackwardStep = 64;

// 56 digits as AWS's, rising with the event's place in its group.
std::string make_event_id(engine::Position position, uint32_t index) {
  char text[64];
  snprintf(text, sizeof text, "%040llu%016u", static_cast<unsigned long long>(position), index);
  return text;
}

class Scan {
 public:
  Scan(engine::Engine& engine, const LogGroup& group, const LogQuery& query, Timestamp now)
      : engine_(engine), group_(group), query_(query), oldest_(query.start) {
    if (group.retention_days) {
      Timestamp kept = now - std::chrono::hours(24) * *group.retention_days;
      oldest_ = std::max(oldest_.value_or(kept), kept);
    }
  }

  engine::Result<LogPage> run() {
    MILLRACE_TRY(engine::LogRange range, engine_.log_range(group_.cell));
    LogCursor start = query_.backward ? LogCursor{range.last + 1, 0} : LogCursor{range.first, 0};
    if (query_.cursor) start = *query_.cursor;
    // What was before the oldest block is gone.
    if (start.position < range.first) start = {range.first, 0};
    page_.before = page_.after = start;
    MILLRACE_CHECK_OK(query_.backward ? go_backward(start, range) : go_forward(start, range));
    return std::move(page_);
  }

 private:
  engine::Result<void> go_forward(LogCursor from, const engine::LogRange& range) {
    engine::Position after = from.position == 0 ? 0 : from.position - 1;
    while (after < range.last) {
      MILLRACE_TRY(engine::LogPage read, engine_.log_read(group_.cell, after, {}));
      for (const auto& record : read.records) {
        uint32_t first = record.position == from.position ? from.index : 0;
        if (!take_forward(record, first)) return {};
        page_.after = {record.position + 1, 0};
        after = record.position;
      }
      if (read.records.empty()) break;
    }
    page_.complete = true;
    return {};
  }

  // False when the page is full.
  bool take_forward(const engine::LogRecord& record, uint32_t first) {
    bool room = true;
    read_log_block(record.record, [&](uint32_t index, const StoredEvent& event) {
      if (index < first) return true;
      if (is_full(event)) {
        room = false;
        return false;
      }
      page_.after = {record.position, index + 1};
      if (wanted(record.position, event)) add(record.position, index, event);
      return true;
    });
    return room;
  }

  engine::Result<void> go_backward(LogCursor from, const engine::LogRange& range) {
    engine::Position last = from.index > 0 ? from.position : from.position - 1;
    last = std::min(last, range.last);
    while (last >= range.first && last > 0) {
      engine::Position after = last > kBackwardStep ? last - kBackwardStep : 0;
      after = std::max(after, range.first - 1);
      MILLRACE_TRY(auto records, read_up_to(after, last));
      for (auto record = records.rbegin(); record != records.rend(); ++record) {
        uint32_t end = record->position == from.position ? from.index : UINT32_MAX;
        if (!take_backward(*record, end)) {
          std::reverse(page_.events.begin(), page_.events.end());
          return {};
        }
      }
      last = after;
    }
    std::reverse(page_.events.begin(), page_.events.end());
    page_.complete = true;
    return {};
  }

  engine::Result<std::vector<engine::LogRecord>> read_up_to(engine::Position after,
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

  bool take_backward(const engine::LogRecord& record, uint32_t end) {
    std::vector<std::pair<uint32_t, StoredEvent>> events;
    read_log_block(record.record, [&](uint32_t index, const StoredEvent& event) {
      if (index < end) events.emplace_back(index, event);
      return index < end;
    });
    for (auto event = events.rbegin(); event != events.rend(); ++event) {
      if (is_full(event->second)) return false;
      page_.before = {record.position, event->first};
      if (wanted(record.position, event->second)) add(record.position, event->first, event->second);
    }
    if (events.empty()) page_.before = {record.position, 0};
    return true;
  }

  bool is_full(const StoredEvent& next) const {
    if (page_.events.size() >= query_.events_max) return true;
    return !page_.events.empty() && bytes_ + next.message.size() > kPageBytesMax;
  }

  bool wanted(engine::Position position, const StoredEvent& event) const {
    std::string stream(event.stream);
    auto found = group_.streams.find(stream);
    // A stream that was deleted, and perhaps made again, has lost its events.
    if (found == group_.streams.end() || position <= found->second.after) return false;
    if (oldest_ && event.time < *oldest_) return false;
    if (query_.end && event.time >= *query_.end) return false;
    if (query_.streams && !query_.streams(stream)) return false;
    return !query_.matches || query_.matches(std::string(event.message));
  }

  void add(engine::Position position, uint32_t index, const StoredEvent& event) {
    bytes_ += event.message.size();
    page_.events.push_back({event.time, event.ingested, std::string(event.message),
                            std::string(event.stream), make_event_id(position, index)});
  }

  engine::Engine& engine_;
  const LogGroup& group_;
  const LogQuery& query_;
  std::optional<Timestamp> oldest_;
  LogPage page_;
  size_t bytes_ = 0;
};

}  // namespace

engine::Result<LogPage> read_events(engine::Engine& engine, const LogGroup& group,
                                    const LogQuery& query, Timestamp now) {
  return Scan(engine, group, query, now).run();
}

}  // namespace millrace::logs
