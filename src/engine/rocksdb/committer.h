// Makes commits durable in the order of their tickets, and then tells everybody who waits.
//
// A commit takes its ticket with begin() before it is written, because its rows carry it, and calls
// written() after that. One engine thread repeats: take the longest run of written commits, sync
// the write-ahead log once, move the durable ticket, let the logs' readers see the new records,
// complete, wake. In memory there is nothing to sync, so the calling thread does all of it but for
// completions and wakes of others. Thread-safe. No callback runs while a lock of the engine is
// held.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/executor.h"
#include "engine/rocksdb/cell_log.h"
#include "engine/rocksdb/store.h"
#include "engine/rocksdb/wait_list.h"

namespace millrace::engine::rocks {

struct LogAdvance {
  Cell* cell;
  Position position;
};

// Owned by a shared_ptr: the timer of interval syncs holds on to it weakly.
class Committer : public std::enable_shared_from_this<Committer> {
 public:
  // Told whether the ticket in question has become durable; false: the engine has failed first.
  using Callback = UniqueFunction<void(bool durable)>;
  enum class Outcome {
    kPending,  // the callback was taken, and runs later
    kDurable,  // the caller runs it now
    kFailed,   // likewise, with false
  };

  Committer(const RocksdbOptions& options, Store& store, CellLog& logs,
            std::shared_ptr<WaitList> waits, Timers& timers);
  // REQUIRES: stop() has returned.
  ~Committer();

  // Completes what has begun, then ends the thread. Nothing can begin any more.
  void stop();

  // The engine answers nothing any more: it has failed or is stopping.
  bool stopped() const { return stopped_.load(std::memory_order_acquire); }

  // Nothing if the engine is stopped, or too much is pending. Each ticket must be followed by
  // written().
  std::optional<Ticket> begin();
  Outcome written(Ticket ticket, std::vector<LogAdvance> logs, Callback& callback);

  // For a reader who has seen rows up to `ticket`.
  Outcome when_durable(Ticket ticket, Callback& callback);

  // Runs a wake where completions run.
  void deliver_wake(Wake wake);
  // Runs work on the engine's thread.
  void run_on_thread(UniqueFunction<void()> work);

  // A write or a sync is failing, and fail() will follow: logs it and lets nothing begin. Never
  // blocks.
  void turn_away(const std::string& reason);
  // A write or a sync has failed: logs it, ends everything. Only the first call does anything.
  void fail(const std::string& reason);

 private:
  struct Commit {
    bool written = false;
    std::vector<LogAdvance> logs;
    Callback callback;
  };
  // What has to be told to whom.
  struct Notices {
    std::vector<Callback> callbacks;
    std::vector<Wake> wakes;
    bool durable = true;
    bool empty() const { return callbacks.empty() && wakes.empty(); }
    void run();
  };

  using Advances = std::vector<std::pair<CellId, Position>>;

  // These require mutex_.
  bool has_work() const;
  bool finished() const;
  std::vector<Commit> take_written();
  Advances publish(std::vector<Commit> commits, Notices& notices);
  void fail_locked(const std::string& reason);

  void run();
  void make_durable(std::vector<Commit> commits, bool interval_is_over);
  ::rocksdb::Status sync(bool interval_is_over);
  void schedule_interval_sync();
  void deliver(Notices notices);

  const bool in_memory_;
  const bool sync_always_;
  const Duration sync_interval_;
  const size_t pending_max_;
  Executor* const executor_;
  const std::function<void(const std::string&)> on_fatal_;
  Store& store_;
  CellLog& logs_;
  const std::shared_ptr<WaitList> waits_;
  Timers& timers_;

  std::atomic<bool> stopped_{false};
  std::atomic<bool> failure_logged_{false};
  std::atomic<Ticket> durable_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool sleeping_ = false;  // the thread needs a notification
  bool stopping_ = false;
  bool failed_ = false;
  Ticket next_ticket_;
  Ticket first_queued_;         // of commits_.front()
  std::deque<Commit> commits_;  // begun and not yet taken for a sync, in order of ticket
  std::multimap<Ticket, Callback> readers_;
  std::vector<Notices> notices_;  // to be told by the thread
  std::vector<UniqueFunction<void()>> work_;
  bool interval_is_over_ = false;
  bool interval_scheduled_ = false;  // the thread's own
  std::thread thread_;
};

}  // namespace millrace::engine::rocks
