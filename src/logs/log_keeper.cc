#include "logs/log_keeper.h"

#include <algorithm>

#include "base/limits.h"
#include "base/log.h"
#include "engine/cells.h"
#include "logs/log_block.h"
#include "logs/log_errors.h"

namespace millrace::logs {
namespace {

using engine::kLogsCell;

constexpr size_t kBlockBytesMax = 256 * 1024;
// Rows and blocks of one transaction, well below the engine's limits.
constexpr size_t kBlocksPerTransaction = 8;
constexpr size_t kStreamsPerTransaction = 50;

// A character that the cut would go through goes as a whole.
std::string_view cut(std::string_view message) {
  if (message.size() <= limits::kLogEventBytesMax) return message;
  size_t end = limits::kLogEventBytesMax;
  auto continues = [&] { return (static_cast<unsigned char>(message[end]) & 0xc0) == 0x80; };
  for (int i = 0; i < 3 && continues(); ++i) --end;
  return message.substr(0, end);
}

}  // namespace

engine::Result<void> LogKeeper::load() {
  auto read_all = [&](engine::Reader& reader) -> engine::Result<void> {
    std::map<std::string, LogGroup> groups;
    bool readable = true;
    engine::RangeOptions range{group_prefix(), end_of_prefix(group_prefix())};
    MILLRACE_CHECK_OK(
        reader.range({kLogsCell}, range, [&](std::string_view key, std::string_view value) {
          auto group = decode_group(value);
          if (group) groups[std::string(key)] = *std::move(group);
          readable = readable && group.has_value();
          return readable;
        }));
    for (auto& entry : groups) {
      LogGroup& group = entry.second;
      engine::RangeOptions streams{stream_prefix(group), end_of_prefix(stream_prefix(group))};
      MILLRACE_CHECK_OK(
          reader.range({kLogsCell}, streams, [&](std::string_view key, std::string_view value) {
            auto stream = decode_stream(value);
            if (stream) group.streams[stream_name_of(key)] = *stream;
            readable = readable && stream.has_value();
            return readable;
          }));
    }
    if (!readable) {
      return Unexpected(engine::Error{engine::ErrorCode::kCorrupt, "log group rows"});
    }
    groups_ = std::move(groups);
    return {};
  };
  return engine::snapshot_and_wait(engine_, {kLogsCell}, read_all);
}

LogGroup* LogKeeper::find(const LogScope& scope, const std::string& name) {
  auto found = groups_.find(group_key(scope, name));
  return found == groups_.end() ? nullptr : &found->second;
}

std::vector<const LogGroup*> LogKeeper::list(const LogScope& scope) const {
  std::vector<const LogGroup*> groups;
  std::string prefix = group_key(scope, "");
  for (auto i = groups_.lower_bound(prefix); i != groups_.end() && i->first.starts_with(prefix);
       ++i) {
    groups.push_back(&i->second);
  }
  return groups;
}

aws::Result<void> LogKeeper::write(std::vector<engine::CellId> cells, const Write& write) {
  auto committed =
      engine::transact_and_wait(engine_, {{}, std::move(cells), {}},
                                [&](engine::Transaction& transaction) -> engine::Result<bool> {
                                  write(transaction);
                                  return true;
                                });
  if (committed) return {};
  log_warning("logs not written", {{"reason", committed.error().message}});
  return unavailable();
}

aws::Result<LogGroup*> LogKeeper::create_group(const LogScope& scope, const std::string& name,
                                               std::map<std::string, std::string> tags) {
  if (groups_.size() >= limits::kLogGroupsMax) return limit_exceeded();
  LogGroup group;
  group.scope = scope;
  group.name = name;
  group.created = clock_.now();
  group.tags = std::move(tags);
  std::string key = group_key(scope, name);
  auto committed = engine::transact_and_wait(
      engine_, {{}, {engine::kSystemCell, kLogsCell}, {}},
      [&](engine::Transaction& transaction) -> engine::Result<bool> {
        MILLRACE_TRY(uint64_t cell, engine::allocate_numbers(transaction, 1));
        group.cell = engine::CellId(cell);
        transaction.put(kLogsCell, key, encode_group(group));
        return true;
      });
  if (!committed) {
    log_warning("log group not made", {{"reason", committed.error().message}});
    return unavailable();
  }
  return &(groups_[key] = std::move(group));
}

aws::Result<void> LogKeeper::change_group(LogGroup& group, std::optional<int> retention_days,
                                          std::map<std::string, std::string> tags) {
  LogGroup changed = group;
  changed.retention_days = retention_days;
  changed.tags = std::move(tags);
  MILLRACE_CHECK_OK(write({kLogsCell}, [&](engine::Transaction& transaction) {
    transaction.put(kLogsCell, group_key(group.scope, group.name), encode_group(changed));
  }));
  group = std::move(changed);
  return {};
}

aws::Result<void> LogKeeper::delete_group(LogGroup& group) {
  auto& streams = group.streams;
  while (!streams.empty()) {
    auto end = streams.begin();
    std::advance(end, std::min(streams.size(), kStreamsPerTransaction));
    MILLRACE_CHECK_OK(write({kLogsCell}, [&](engine::Transaction& transaction) {
      for (auto i = streams.begin(); i != end; ++i) {
        transaction.erase(kLogsCell, stream_key(group, i->first));
      }
    }));
    streams.erase(streams.begin(), end);
  }
  // The last record of a log stays: leave an empty one.
  std::string key = group_key(group.scope, group.name);
  engine::Position last = 0;
  MILLRACE_CHECK_OK(write({kLogsCell, group.cell}, [&](engine::Transaction& transaction) {
    transaction.erase(kLogsCell, key);
    last = transaction.append(group.cell, LogBlockWriter(clock_.now()).finish());
  }));
  auto trimmed = engine_.log_trim(group.cell, last);
  if (!trimmed) log_warning("log group not trimmed", {{"reason", trimmed.error().message}});
  groups_.erase(key);
  return {};
}

LogStreamState LogKeeper::new_stream(const LogGroup& group) const {
  LogStreamState stream;
  stream.created = clock_.now();
  auto range = engine_.log_range(group.cell);
  if (range) stream.after = range->last;
  return stream;
}

aws::Result<void> LogKeeper::create_stream(LogGroup& group, const std::string& name) {
  LogStreamState stream = new_stream(group);
  MILLRACE_CHECK_OK(write({kLogsCell}, [&](engine::Transaction& transaction) {
    transaction.put(kLogsCell, stream_key(group, name), encode_stream(stream));
  }));
  group.streams[name] = stream;
  drop_old_streams(group);
  return {};
}

aws::Result<void> LogKeeper::delete_stream(LogGroup& group, const std::string& name) {
  MILLRACE_CHECK_OK(write({kLogsCell}, [&](engine::Transaction& transaction) {
    transaction.erase(kLogsCell, stream_key(group, name));
  }));
  group.streams.erase(name);
  return {};
}

aws::Result<void> LogKeeper::append(LogGroup& group, const std::vector<StreamEvents>& batches) {
  Timestamp now = clock_.now();
  LogBlockWriter writer(now);
  std::vector<std::string> blocks;
  std::set<std::string> streams;
  auto write_out = [&]() -> aws::Result<void> {
    if (!writer.empty()) blocks.push_back(writer.finish());
    if (blocks.empty()) return {};
    return write_blocks(group, std::exchange(blocks, {}), std::exchange(streams, {}));
  };
  for (const StreamEvents& batch : batches) {
    for (const LogEvent& event : batch.events) {
      std::string_view message = cut(event.message);
      if (!writer.empty() && writer.bytes() + message.size() > kBlockBytesMax) {
        blocks.push_back(writer.finish());
      }
      if (blocks.size() >= kBlocksPerTransaction || streams.size() >= kStreamsPerTransaction) {
        MILLRACE_CHECK_OK(write_out());
      }
      writer.add(batch.stream, event.time, message);
      note_event(group, batch.stream, event.time, now);
      streams.insert(batch.stream);
    }
  }
  MILLRACE_CHECK_OK(write_out());
  drop_old_streams(group);
  return {};
}

void LogKeeper::note_event(LogGroup& group, const std::string& stream, Timestamp time,
                           Timestamp now) const {
  auto [entry, added] = group.streams.try_emplace(stream);
  LogStreamState& state = entry->second;
  if (added) state = new_stream(group);
  state.first_event = std::min(state.first_event.value_or(time), time);
  state.last_event = std::max(state.last_event.value_or(time), time);
  state.last_ingested = now;
}

aws::Result<void> LogKeeper::write_blocks(LogGroup& group, const std::vector<std::string>& blocks,
                                          const std::set<std::string>& streams) {
  if (!group.bytes_since_mark) count_bytes(group);
  engine::Position end = 0;
  MILLRACE_CHECK_OK(write({kLogsCell, group.cell}, [&](engine::Transaction& transaction) {
    for (const std::string& block : blocks) end = transaction.append(group.cell, block);
    for (const std::string& stream : streams) {
      transaction.put(kLogsCell, stream_key(group, stream), encode_stream(group.streams[stream]));
    }
  }));
  for (const std::string& block : blocks) *group.bytes_since_mark += block.size();
  if (*group.bytes_since_mark >= kMarkBytes) trim(group, end);
  return {};
}

// Reads what came after the last mark, at most about kMarkBytes: a group that is written to a
// little between many restarts must be bounded too.
void LogKeeper::count_bytes(LogGroup& group) const {
  group.bytes_since_mark = 0;
  auto range = engine_.log_range(group.cell);
  if (!range) return;
  engine::Position after = range->first - 1;
  if (!group.marks.empty()) after = std::max(after, group.marks.back().position);
  while (after < range->last) {
    auto page = engine_.log_read(group.cell, after, {});
    if (!page || page->records.empty()) return;
    for (const auto& record : page->records) *group.bytes_since_mark += record.record.size();
    after = page->records.back().position;
  }
}

// Sets a mark at the end, and forgets what is before the marks that are too many or too old.
void LogKeeper::trim(LogGroup& group, engine::Position end) {
  Timestamp now = clock_.now();
  group.marks.push_back({end, now, std::exchange(*group.bytes_since_mark, 0)});
  uint64_t bytes = 0;
  for (const LogMark& mark : group.marks) bytes += mark.bytes;
  engine::Position up_to = 0;
  auto kept = kept_since(group, now);
  auto is_old = [&](const LogMark& mark) { return kept && mark.time < *kept; };
  while (!group.marks.empty() &&
         (bytes > limits::kLogGroupBytesMax || is_old(group.marks.front()))) {
    up_to = group.marks.front().position;
    bytes -= group.marks.front().bytes;
    group.marks.pop_front();
  }
  auto written = write({kLogsCell}, [&](engine::Transaction& transaction) {
    transaction.put(kLogsCell, group_key(group.scope, group.name), encode_group(group));
  });
  if (!written || up_to == 0) return;
  auto trimmed = engine_.log_trim(group.cell, up_to);
  if (!trimmed) log_warning("log group not trimmed", {{"reason", trimmed.error().message}});
}

// A function that never starts properly makes a stream with each attempt.
void LogKeeper::drop_old_streams(LogGroup& group) {
  while (group.streams.size() > limits::kLogStreamsPerGroupMax) {
    auto last_used = [](const auto& entry) {
      return entry.second.last_ingested.value_or(entry.second.created);
    };
    auto oldest =
        std::min_element(group.streams.begin(), group.streams.end(),
                         [&](const auto& a, const auto& b) { return last_used(a) < last_used(b); });
    if (!delete_stream(group, std::string(oldest->first))) return;
  }
}

}  // namespace millrace::logs
