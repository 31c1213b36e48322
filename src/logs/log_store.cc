#include "logs/log_store.h"

#include <algorithm>
#include <mutex>
#include <set>

#include "base/executor.h"
#include "base/limits.h"
#include "base/log.h"
#include "engine/cells.h"
#include "logs/log_block.h"
#include "logs/log_errors.h"
#include "logs/log_group.h"
#include "logs/log_reader.h"

namespace millrace::logs {
namespace {

using engine::kLogsCell;

constexpr size_t kBlockBytesMax = 256 * 1024;
// Rows and blocks of one transaction, well below the engine's limits.
constexpr size_t kBlocksPerTransaction = 8;
constexpr size_t kStreamsPerTransaction = 50;

struct PendingEvents {
  LogScope scope;
  std::string group;
  std::string stream;
  std::vector<LogEvent> events;
};

// All state but the pending events belongs to the store's one thread.
class EngineLogStore final : public LogStore {
 public:
  EngineLogStore(engine::Engine& engine, const Clock& clock) : engine_(engine), clock_(clock) {}

  engine::Result<void> load();
  void append(const LogScope& scope, const std::string& group, const std::string& stream,
              std::vector<LogEvent> events) override;
  void on_append(Listener listener) override;
  void create_group(const LogScope& scope, const std::string& group,
                    std::map<std::string, std::string> tags, Done done) override;
  void delete_group(const LogScope& scope, const std::string& group, Done done) override;
  void create_stream(const LogScope& scope, const std::string& group, const std::string& stream,
                     Done done) override;
  void delete_stream(const LogScope& scope, const std::string& group, const std::string& stream,
                     Done done) override;
  void change_group(const LogScope& scope, const std::string& group, Change change,
                    Done done) override;
  void describe_groups(const LogScope& scope, Groups done) override;
  void describe_streams(const LogScope& scope, const std::string& group, Streams done) override;
  void read(LogQuery query, Page done) override;

 private:
  // Runs `work` on the store's thread, after what is pending has been written.
  template <class Work>
  void post(Work work) {
    thread_.post([this, work = std::move(work)]() mutable {
      flush();
      work();
    });
  }
  LogGroup* find(const LogScope& scope, const std::string& name);
  aws::Result<LogGroup*> add_group(const LogScope& scope, const std::string& name,
                                   std::map<std::string, std::string> tags);
  LogStreamState new_stream(const LogGroup& group);
  aws::Result<void> add_stream(LogGroup& group, const std::string& name);
  aws::Result<void> remove_group(const LogScope& scope, const std::string& name);
  aws::Result<void> write(std::vector<engine::CellId> cells,
                          const std::function<void(engine::Transaction&)>& write);
  void flush();
  void write_group(const LogScope& scope, const std::string& name,
                   std::vector<PendingEvents*>& pending);
  void write_blocks(LogGroup& group, std::vector<std::string> blocks,
                    const std::set<std::string>& streams);
  void note_event(LogGroup& group, const std::string& stream, Timestamp time);
  void trim(LogGroup& group, engine::Position end);
  void drop_old_streams(LogGroup& group);

  engine::Engine& engine_;
  const Clock& clock_;

  std::mutex pending_mutex_;
  std::shared_ptr<const Listener> listener_;
  std::vector<PendingEvents> pending_;
  size_t pending_bytes_ = 0;
  uint64_t dropped_ = 0;

  std::map<std::string, LogGroup> groups_;  // by row key
  ThreadPool thread_{"logs", 1};
};

engine::Result<void> EngineLogStore::load() {
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
    for (auto& [group_row, group] : groups) {
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

void EngineLogStore::on_append(Listener listener) {
  std::lock_guard lock(pending_mutex_);
  listener_ = std::make_shared<Listener>(std::move(listener));
}

void EngineLogStore::append(const LogScope& scope, const std::string& group,
                            const std::string& stream, std::vector<LogEvent> events) {
  std::shared_ptr<const Listener> listener;
  {
    std::lock_guard lock(pending_mutex_);
    listener = listener_;
  }
  if (listener) (*listener)(scope, group, events);
  size_t bytes = 0;
  for (const LogEvent& event : events) bytes += event.message.size();
  bool first = false;
  {
    std::lock_guard lock(pending_mutex_);
    if (pending_bytes_ + bytes > limits::kLogPendingBytesMax) {
      dropped_ += events.size();
      return;
    }
    first = pending_.empty();
    pending_bytes_ += bytes;
    pending_.push_back({scope, group, stream, std::move(events)});
  }
  if (first) thread_.post([this] { flush(); });
}

void EngineLogStore::flush() {
  std::vector<PendingEvents> pending;
  uint64_t dropped = 0;
  {
    std::lock_guard lock(pending_mutex_);
    pending.swap(pending_);
    pending_bytes_ = 0;
    std::swap(dropped, dropped_);
  }
  if (dropped > 0) log_warning("log events dropped, too many at once", {{"events", dropped}});
  std::map<std::string, std::vector<PendingEvents*>> by_group;
  for (PendingEvents& events : pending) {
    by_group[group_key(events.scope, events.group)].push_back(&events);
  }
  for (auto& [key, events] : by_group) {
    write_group(events.front()->scope, events.front()->group, events);
  }
}

void EngineLogStore::write_group(const LogScope& scope, const std::string& name,
                                 std::vector<PendingEvents*>& pending) {
  LogGroup* group = find(scope, name);
  if (group == nullptr) {
    auto added = add_group(scope, name, {});
    if (!added) return;
    group = *added;
  }
  LogBlockWriter writer(clock_.now());
  std::vector<std::string> blocks;
  std::set<std::string> streams;
  auto write_out = [&] {
    if (!writer.empty()) blocks.push_back(writer.finish());
    if (!blocks.empty()) write_blocks(*group, std::exchange(blocks, {}), streams);
    streams.clear();
  };
  for (PendingEvents* events : pending) {
    for (const LogEvent& event : events->events) {
      std::string_view message = event.message;
      message = message.substr(0, limits::kLogEventBytesMax);
      if (writer.bytes() + message.size() > kBlockBytesMax) blocks.push_back(writer.finish());
      writer.add(events->stream, event.time, message);
      note_event(*group, events->stream, event.time);
      streams.insert(events->stream);
      if (blocks.size() >= kBlocksPerTransaction || streams.size() >= kStreamsPerTransaction) {
        write_out();
      }
    }
  }
  write_out();
  drop_old_streams(*group);
}

void EngineLogStore::note_event(LogGroup& group, const std::string& stream, Timestamp time) {
  auto [entry, added] = group.streams.try_emplace(stream);
  LogStreamState& state = entry->second;
  if (added) state = new_stream(group);
  state.first_event = std::min(state.first_event.value_or(time), time);
  state.last_event = std::max(state.last_event.value_or(time), time);
}

void EngineLogStore::write_blocks(LogGroup& group, std::vector<std::string> blocks,
                                  const std::set<std::string>& streams) {
  size_t bytes = 0;
  for (const std::string& block : blocks) bytes += block.size();
  engine::Position end = 0;
  auto written = write({kLogsCell, group.cell}, [&](engine::Transaction& transaction) {
    for (const std::string& block : blocks) end = transaction.append(group.cell, block);
    for (const std::string& stream : streams) {
      transaction.put(kLogsCell, stream_key(group, stream), encode_stream(group.streams[stream]));
    }
  });
  if (!written) return;
  group.bytes_since_mark += bytes;
  if (group.bytes_since_mark >= kMarkBytes) trim(group, end);
}

// Sets a mark at the end, and forgets what is before the marks that are too many or too old.
void EngineLogStore::trim(LogGroup& group, engine::Position end) {
  group.bytes_since_mark = 0;
  group.marks.push_back({end, clock_.now()});
  engine::Position up_to = 0;
  while (group.marks.size() > limits::kLogGroupBytesMax / kMarkBytes ||
         (group.retention_days && clock_.now() - group.marks.front().time >
                                      std::chrono::hours(24) * *group.retention_days)) {
    up_to = group.marks.front().position;
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
void EngineLogStore::drop_old_streams(LogGroup& group) {
  while (group.streams.size() > limits::kLogStreamsPerGroupMax) {
    auto last_used = [](const auto& entry) {
      return entry.second.last_event.value_or(entry.second.created);
    };
    auto oldest =
        std::min_element(group.streams.begin(), group.streams.end(),
                         [&](const auto& a, const auto& b) { return last_used(a) < last_used(b); });
    auto written = write({kLogsCell}, [&](engine::Transaction& transaction) {
      transaction.erase(kLogsCell, stream_key(group, oldest->first));
    });
    if (!written) return;
    group.streams.erase(oldest);
  }
}

aws::Result<void> EngineLogStore::write(std::vector<engine::CellId> cells,
                                        const std::function<void(engine::Transaction&)>& write) {
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

LogGroup* EngineLogStore::find(const LogScope& scope, const std::string& name) {
  auto found = groups_.find(group_key(scope, name));
  return found == groups_.end() ? nullptr : &found->second;
}

aws::Result<LogGroup*> EngineLogStore::add_group(const LogScope& scope, const std::string& name,
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

LogStreamState EngineLogStore::new_stream(const LogGroup& group) {
  LogStreamState stream;
  stream.created = clock_.now();
  auto range = engine_.log_range(group.cell);
  if (range) stream.after = range->last;
  return stream;
}

aws::Result<void> EngineLogStore::add_stream(LogGroup& group, const std::string& name) {
  LogStreamState stream = new_stream(group);
  MILLRACE_CHECK_OK(write({kLogsCell}, [&](engine::Transaction& transaction) {
    transaction.put(kLogsCell, stream_key(group, name), encode_stream(stream));
  }));
  group.streams[name] = stream;
  drop_old_streams(group);
  return {};
}

aws::Result<void> EngineLogStore::remove_group(const LogScope& scope, const std::string& name) {
  LogGroup* group = find(scope, name);
  if (group == nullptr) return no_such_group();
  std::vector<std::string> streams;
  for (const auto& [stream, state] : group->streams) streams.push_back(stream);
  for (size_t begin = 0; begin < streams.size(); begin += kStreamsPerTransaction) {
    size_t end = std::min(streams.size(), begin + kStreamsPerTransaction);
    MILLRACE_CHECK_OK(write({kLogsCell}, [&](engine::Transaction& transaction) {
      for (size_t i = begin; i < end; ++i) {
        transaction.erase(kLogsCell, stream_key(*group, streams[i]));
      }
    }));
  }
  // The last record of a log stays: leave an empty one.
  engine::Position last = 0;
  MILLRACE_CHECK_OK(write({kLogsCell, group->cell}, [&](engine::Transaction& transaction) {
    transaction.erase(kLogsCell, group_key(scope, name));
    last = transaction.append(group->cell, LogBlockWriter(clock_.now()).finish());
  }));
  auto trimmed = engine_.log_trim(group->cell, last);
  if (!trimmed) log_warning("log group not trimmed", {{"reason", trimmed.error().message}});
  groups_.erase(group_key(scope, name));
  return {};
}

void EngineLogStore::create_group(const LogScope& scope, const std::string& name,
                                  std::map<std::string, std::string> tags, Done done) {
  post([this, scope, name, tags = std::move(tags), done = std::move(done)]() mutable {
    if (find(scope, name) != nullptr) return done(group_exists());
    auto added = add_group(scope, name, std::move(tags));
    if (!added) return done(Unexpected(std::move(added).error()));
    done({});
  });
}

void EngineLogStore::delete_group(const LogScope& scope, const std::string& name, Done done) {
  post([this, scope, name, done = std::move(done)]() mutable { done(remove_group(scope, name)); });
}

void EngineLogStore::create_stream(const LogScope& scope, const std::string& name,
                                   const std::string& stream, Done done) {
  post([this, scope, name, stream, done = std::move(done)]() mutable {
    LogGroup* group = find(scope, name);
    if (group == nullptr) return done(no_such_group());
    if (group->streams.contains(stream)) return done(stream_exists());
    done(add_stream(*group, stream));
  });
}

void EngineLogStore::delete_stream(const LogScope& scope, const std::string& name,
                                   const std::string& stream, Done done) {
  post([this, scope, name, stream, done = std::move(done)]() mutable {
    LogGroup* group = find(scope, name);
    if (group == nullptr) return done(no_such_group());
    if (!group->streams.contains(stream)) return done(no_such_stream());
    auto written = write({kLogsCell}, [&](engine::Transaction& transaction) {
      transaction.erase(kLogsCell, stream_key(*group, stream));
    });
    if (written) group->streams.erase(stream);
    done(std::move(written));
  });
}

void EngineLogStore::change_group(const LogScope& scope, const std::string& name, Change change,
                                  Done done) {
  post([this, scope, name, change = std::move(change), done = std::move(done)]() mutable {
    LogGroup* group = find(scope, name);
    if (group == nullptr) return done(no_such_group());
    LogGroupDescription description = describe(*group);
    change(description);
    LogGroup changed = *group;
    changed.retention_days = description.retention_days;
    changed.tags = description.tags;
    auto written = write({kLogsCell}, [&](engine::Transaction& transaction) {
      transaction.put(kLogsCell, group_key(scope, name), encode_group(changed));
    });
    if (written) *group = std::move(changed);
    done(std::move(written));
  });
}

void EngineLogStore::describe_groups(const LogScope& scope, Groups done) {
  post([this, scope, done = std::move(done)]() mutable {
    std::vector<LogGroupDescription> descriptions;
    std::string prefix = group_key(scope, "");
    for (auto i = groups_.lower_bound(prefix); i != groups_.end() && i->first.starts_with(prefix);
         ++i) {
      descriptions.push_back(describe(i->second));
    }
    done(std::move(descriptions));
  });
}

void EngineLogStore::describe_streams(const LogScope& scope, const std::string& name,
                                      Streams done) {
  post([this, scope, name, done = std::move(done)]() mutable {
    LogGroup* group = find(scope, name);
    if (group == nullptr) return done(no_such_group());
    std::vector<LogStreamDescription> descriptions;
    for (const auto& [stream, state] : group->streams) {
      descriptions.push_back(describe(*group, stream, state));
    }
    done(std::move(descriptions));
  });
}

void EngineLogStore::read(LogQuery query, Page done) {
  post([this, query = std::move(query), done = std::move(done)]() mutable {
    LogGroup* group = find(query.scope, query.group);
    if (group == nullptr) return done(no_such_group());
    if (!query.required_stream.empty() && !group->streams.contains(query.required_stream)) {
      return done(no_such_stream());
    }
    auto page = read_events(engine_, *group, query, clock_.now());
    if (page) return done(*std::move(page));
    log_warning("logs not read", {{"group", query.group}, {"reason", page.error().message}});
    done(unavailable());
  });
}

}  // namespace

engine::Result<std::unique_ptr<LogStore>> LogStore::open(engine::Engine& engine,
                                                         const Clock& clock) {
  auto store = std::make_unique<EngineLogStore>(engine, clock);
  MILLRACE_CHECK_OK(store->load());
  return std::unique_ptr<LogStore>(std::move(store));
}

}  // namespace millrace::logs
