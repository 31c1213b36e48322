#include "logs/log_store.h"

#include <mutex>

#include "base/executor.h"
#include "base/limits.h"
#include "base/log.h"
#include "logs/log_errors.h"
#include "logs/log_keeper.h"
#include "logs/log_reader.h"

namespace millrace::logs {
namespace {

// All state but the pending events belongs to the store's one thread.
class EngineLogStore final : public LogStore {
 public:
  EngineLogStore(engine::Engine& engine, const Clock& clock)
      : engine_(engine), clock_(clock), keeper_(engine, clock) {}

  engine::Result<void> load() { return keeper_.load(); }
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
  void put(const LogScope& scope, const std::string& group, const std::string& stream,
           std::vector<LogEvent> events, Put done) override;
  void change_group(const LogScope& scope, const std::string& group, Change change,
                    Done done) override;
  void describe_groups(const LogScope& scope, Groups done) override;
  void describe_streams(const LogScope& scope, const std::string& group, Streams done) override;
  void read(LogQuery query, Page done) override;

 private:
  struct Pending {
    LogScope scope;
    std::string group;
    StreamEvents events;
  };

  // Runs `work` on the store's thread, after what is pending has been written.
  template <class Work>
  void post(Work work) {
    thread_.post([this, work = std::move(work)]() mutable {
      flush();
      work();
    });
  }
  // As post(); `work` gets the group and returns what `done` is called with.
  template <class Done, class Work>
  void with_group(const LogScope& scope, const std::string& name, Done done, Work work) {
    post([this, scope, name, done = std::move(done), work = std::move(work)]() mutable {
      LogGroup* group = keeper_.find(scope, name);
      if (group == nullptr) return done(no_such_group());
      done(work(*group));
    });
  }
  void flush();
  void write(const LogScope& scope, const std::string& name,
             const std::vector<StreamEvents>& events);
  aws::Result<size_t> put_now(LogGroup& group, const std::string& stream,
                              std::vector<LogEvent> events);
  aws::Result<LogPage> read_now(const LogGroup& group, const LogQuery& query);

  engine::Engine& engine_;
  const Clock& clock_;

  std::mutex pending_mutex_;
  std::shared_ptr<const Listener> listener_;
  std::vector<Pending> pending_;
  size_t pending_bytes_ = 0;
  uint64_t dropped_ = 0;

  LogKeeper keeper_;
  ThreadPool thread_{"logs", 1};
};

void EngineLogStore::on_append(Listener listener) {
  std::lock_guard lock(pending_mutex_);
  listener_ = listener ? std::make_shared<Listener>(std::move(listener)) : nullptr;
}

void EngineLogStore::append(const LogScope& scope, const std::string& group,
                            const std::string& stream, std::vector<LogEvent> events) {
  if (events.empty()) return;
  std::shared_ptr<const Listener> listener;
  {
    std::lock_guard lock(pending_mutex_);
    listener = listener_;
  }
  if (listener) (*listener)(scope, group, events);
  size_t bytes = sizeof(Pending);
  for (const LogEvent& event : events) bytes += sizeof(LogEvent) + event.message.size();
  bool first = false;
  {
    std::lock_guard lock(pending_mutex_);
    if (pending_bytes_ + bytes > limits::kLogPendingBytesMax) {
      dropped_ += events.size();
      return;
    }
    first = pending_.empty();
    pending_bytes_ += bytes;
    pending_.push_back({scope, group, {stream, std::move(events)}});
  }
  if (first) thread_.post([this] { flush(); });
}

void EngineLogStore::flush() {
  std::vector<Pending> pending;
  uint64_t dropped = 0;
  {
    std::lock_guard lock(pending_mutex_);
    pending.swap(pending_);
    pending_bytes_ = 0;
    std::swap(dropped, dropped_);
  }
  if (dropped > 0) log_warning("log events dropped, too many at once", {{"events", dropped}});
  struct OfGroup {
    const Pending* first = nullptr;
    std::vector<StreamEvents> events;
  };
  std::map<std::string, OfGroup> groups;
  for (Pending& events : pending) {
    OfGroup& of_group = groups[group_key(events.scope, events.group)];
    if (of_group.first == nullptr) of_group.first = &events;
    of_group.events.push_back(std::move(events.events));
  }
  for (auto& [key, of_group] : groups) {
    write(of_group.first->scope, of_group.first->group, of_group.events);
  }
}

void EngineLogStore::write(const LogScope& scope, const std::string& name,
                           const std::vector<StreamEvents>& events) {
  LogGroup* group = keeper_.find(scope, name);
  if (group == nullptr) {
    auto created = keeper_.create_group(scope, name, {});
    if (!created) {
      log_warning("log events dropped, no log group for them",
                  {{"group", name}, {"reason", created.error().message}});
      return;
    }
    group = *created;
  }
  // What fails has been logged.
  (void)keeper_.append(*group, events);
}

void EngineLogStore::create_group(const LogScope& scope, const std::string& name,
                                  std::map<std::string, std::string> tags, Done done) {
  post([this, scope, name, tags = std::move(tags), done = std::move(done)]() mutable {
    if (keeper_.find(scope, name) != nullptr) return done(group_exists());
    auto created = keeper_.create_group(scope, name, std::move(tags));
    if (!created) return done(Unexpected(std::move(created).error()));
    done({});
  });
}

void EngineLogStore::delete_group(const LogScope& scope, const std::string& name, Done done) {
  with_group(scope, name, std::move(done),
             [this](LogGroup& group) { return keeper_.delete_group(group); });
}

void EngineLogStore::create_stream(const LogScope& scope, const std::string& name,
                                   const std::string& stream, Done done) {
  with_group(scope, name, std::move(done), [this, stream](LogGroup& group) -> aws::Result<void> {
    if (group.streams.contains(stream)) return stream_exists();
    return keeper_.create_stream(group, stream);
  });
}

void EngineLogStore::delete_stream(const LogScope& scope, const std::string& name,
                                   const std::string& stream, Done done) {
  with_group(scope, name, std::move(done), [this, stream](LogGroup& group) -> aws::Result<void> {
    if (!group.streams.contains(stream)) return no_such_stream();
    return keeper_.delete_stream(group, stream);
  });
}

void EngineLogStore::put(const LogScope& scope, const std::string& name, const std::string& stream,
                         std::vector<LogEvent> events, Put done) {
  with_group(scope, name, std::move(done),
             [this, stream, events = std::move(events)](LogGroup& group) mutable {
               return put_now(group, stream, std::move(events));
             });
}

aws::Result<size_t> EngineLogStore::put_now(LogGroup& group, const std::string& stream,
                                            std::vector<LogEvent> events) {
  if (!group.streams.contains(stream)) return no_such_stream();
  size_t expired = 0;
  if (auto kept = kept_since(group, clock_.now())) {
    while (expired < events.size() && events[expired].time < *kept) ++expired;
  }
  events.erase(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(expired));
  std::vector<StreamEvents> batch;
  batch.push_back({stream, std::move(events)});
  MILLRACE_CHECK_OK(keeper_.append(group, batch));
  return expired;
}

void EngineLogStore::change_group(const LogScope& scope, const std::string& name, Change change,
                                  Done done) {
  with_group(scope, name, std::move(done),
             [this, change = std::move(change)](LogGroup& group) mutable -> aws::Result<void> {
               LogGroupDescription changed = describe(group);
               MILLRACE_CHECK_OK(change(changed));
               return keeper_.change_group(group, changed.retention_days, std::move(changed.tags));
             });
}

void EngineLogStore::describe_groups(const LogScope& scope, Groups done) {
  post([this, scope, done = std::move(done)]() mutable {
    std::vector<LogGroupDescription> descriptions;
    for (const LogGroup* group : keeper_.list(scope)) descriptions.push_back(describe(*group));
    done(std::move(descriptions));
  });
}

void EngineLogStore::describe_streams(const LogScope& scope, const std::string& name,
                                      Streams done) {
  with_group(scope, name, std::move(done),
             [](LogGroup& group) -> aws::Result<std::vector<LogStreamDescription>> {
               std::vector<LogStreamDescription> descriptions;
               for (const auto& [stream, state] : group.streams) {
                 descriptions.push_back(describe(group, stream, state));
               }
               return descriptions;
             });
}

void EngineLogStore::read(LogQuery query, Page done) {
  LogScope scope = query.scope;
  std::string name = query.group;
  with_group(scope, name, std::move(done),
             [this, query = std::move(query)](LogGroup& group) { return read_now(group, query); });
}

aws::Result<LogPage> EngineLogStore::read_now(const LogGroup& group, const LogQuery& query) {
  for (const std::string& stream : query.required_streams) {
    if (!group.streams.contains(stream)) return no_such_stream();
  }
  LogSearch search(engine_, group, query, clock_.now());
  for (;;) {
    auto finished = search.step();
    if (!finished) {
      log_warning("logs not read", {{"group", query.group}, {"reason", finished.error().message}});
      return unavailable();
    }
    if (*finished) return search.take_page();
    // Those who print do not wait for a long search.
    flush();
  }
}

}  // namespace

engine::Result<std::unique_ptr<LogStore>> LogStore::open(engine::Engine& engine,
                                                         const Clock& clock) {
  auto store = std::make_unique<EngineLogStore>(engine, clock);
  MILLRACE_CHECK_OK(store->load());
  return std::unique_ptr<LogStore>(std::move(store));
}

}  // namespace millrace::logs
