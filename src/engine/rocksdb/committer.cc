#include "engine/rocksdb/committer.h"

#include <pthread.h>

#include <utility>

#include "base/crash_point.h"
#include "base/log.h"
#include "engine/rocksdb/failure.h"

namespace millrace::engine::rocks {

void Committer::Notices::run() {
  for (auto& callback : callbacks) callback(durable);
  for (auto& wake : wakes) wake();
}

Committer::Committer(const RocksdbOptions& options, Store& store, CellLog& logs,
                     std::shared_ptr<WaitList> waits, Timers& timers)
    : in_memory_(options.in_memory),
      sync_always_(options.sync_mode == SyncMode::kAlways),
      sync_interval_(options.sync_interval),
      pending_max_(options.pending_max),
      executor_(options.executor),
      on_fatal_(options.on_fatal),
      store_(store),
      logs_(logs),
      waits_(std::move(waits)),
      timers_(timers),
      durable_(store.boot_ticket()),
      next_ticket_(store.boot_ticket() + 1),
      first_queued_(store.boot_ticket() + 1) {
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "committer");
}

Committer::~Committer() = default;

void Committer::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    stopped_.store(true, std::memory_order_release);
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  // What was acknowledged to survive the process may as well survive the machine from here on.
  if (!failed_ && !sync_always_) {
    auto status = store_.flush_log(true);
    if (!status.ok()) log_error("last sync failed", {{"reason", status.ToString()}});
  }
}

std::optional<Ticket> Committer::begin() {
  std::lock_guard lock(mutex_);
  if (stopped() || commits_.size() >= pending_max_) return std::nullopt;
  commits_.emplace_back();
  return next_ticket_++;
}

Committer::Outcome Committer::written(Ticket ticket, std::vector<LogAdvance> logs,
                                      Callback& callback) {
  Outcome outcome = Outcome::kPending;
  bool notify = false;
  Notices notices;
  Advances advances;
  {
    std::lock_guard lock(mutex_);
    if (failed_) return Outcome::kFailed;
    Commit& commit = commits_[ticket - first_queued_];
    commit.written = true;
    commit.logs = std::move(logs);
    bool first = ticket == first_queued_;
    if (in_memory_ && first) {
      // What is written is durable: this commit, and those that were only waiting for it.
      advances = publish(take_written(), notices);
      outcome = Outcome::kDurable;
    } else {
      commit.callback = std::move(callback);
      notify = first && sleeping_;
    }
  }
  if (notify) wake_.notify_one();
  if (outcome == Outcome::kPending) return outcome;
  waits_->collect(advances, notices.wakes);
  deliver(std::move(notices));
  return outcome;
}

Committer::Outcome Committer::when_durable(Ticket ticket, Callback& callback) {
  if (ticket <= durable_.load(std::memory_order_acquire)) return Outcome::kDurable;
  std::lock_guard lock(mutex_);
  if (failed_ || readers_.size() >= pending_max_) return Outcome::kFailed;
  if (ticket <= durable_.load(std::memory_order_relaxed)) return Outcome::kDurable;
  readers_.emplace(ticket, std::move(callback));
  return Outcome::kPending;
}

void Committer::deliver_wake(Wake wake) {
  Notices notices;
  notices.wakes.push_back(std::move(wake));
  deliver(std::move(notices));
}

void Committer::deliver(Notices notices) {
  if (notices.empty()) return;
  if (executor_ != nullptr) {
    executor_->post([notices = std::move(notices)]() mutable { notices.run(); });
    return;
  }
  {
    std::lock_guard lock(mutex_);
    notices_.push_back(std::move(notices));
  }
  wake_.notify_one();
}

void Committer::run_on_thread(UniqueFunction<void()> work) {
  {
    std::lock_guard lock(mutex_);
    work_.push_back(std::move(work));
  }
  wake_.notify_one();
}

void Committer::turn_away(const std::string& reason) {
  stopped_.store(true, std::memory_order_release);
  if (failure_logged_.exchange(true)) return;
  log_error("storage has failed and is stopped", {{"reason", reason}});
}

void Committer::fail(const std::string& reason) {
  {
    std::lock_guard lock(mutex_);
    fail_locked(reason);
  }
  wake_.notify_one();
}

void Committer::fail_locked(const std::string& reason) {
  if (failed_) return;
  failed_ = true;
  turn_away(reason);
  Notices notices;
  notices.durable = false;
  for (auto& commit : commits_) {
    // One that is not written yet hears of it from written().
    if (commit.written) notices.callbacks.push_back(std::move(commit.callback));
  }
  commits_.clear();
  for (auto& [ticket, callback] : readers_) notices.callbacks.push_back(std::move(callback));
  readers_.clear();
  notices_.push_back(std::move(notices));
  if (on_fatal_) work_.push_back([on_fatal = on_fatal_, reason] { on_fatal(reason); });
}

bool Committer::has_work() const {
  return (!commits_.empty() && commits_.front().written) || !notices_.empty() || !work_.empty() ||
         interval_is_over_;
}

bool Committer::finished() const {
  return stopping_ && commits_.empty() && readers_.empty();
}

std::vector<Committer::Commit> Committer::take_written() {
  std::vector<Commit> taken;
  while (!commits_.empty() && commits_.front().written) {
    taken.push_back(std::move(commits_.front()));
    commits_.pop_front();
  }
  first_queued_ += taken.size();
  return taken;
}

Committer::Advances Committer::publish(std::vector<Commit> commits, Notices& notices) {
  Advances advances;
  for (auto& commit : commits) {
    for (const auto& advance : commit.logs) {
      logs_.durable(*advance.cell, advance.position);
      advances.emplace_back(advance.cell->id, advance.position);
    }
    if (commit.callback) notices.callbacks.push_back(std::move(commit.callback));
  }
  // After the logs, so that who sees a row also sees its log record.
  Ticket durable = durable_.load(std::memory_order_relaxed) + commits.size();
  durable_.store(durable, std::memory_order_release);
  auto seen = readers_.upper_bound(durable);
  for (auto reader = readers_.begin(); reader != seen; ++reader) {
    notices.callbacks.push_back(std::move(reader->second));
  }
  readers_.erase(readers_.begin(), seen);
  return advances;
}

void Committer::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    sleeping_ = true;
    wake_.wait(lock, [this] { return has_work() || finished(); });
    sleeping_ = false;
    if (!has_work()) return;
    auto notices = std::move(notices_);
    notices_.clear();
    auto work = std::move(work_);
    work_.clear();
    auto commits = take_written();
    bool interval_is_over = std::exchange(interval_is_over_, false);
    lock.unlock();
    if (!commits.empty() || interval_is_over) make_durable(std::move(commits), interval_is_over);
    for (auto& notice : notices) notice.run();
    for (auto& task : work) task();
    notices.clear();
    work.clear();
    lock.lock();
  }
}

void Committer::make_durable(std::vector<Commit> commits, bool interval_is_over) {
  MILLRACE_CRASH_POINT("commit.before-sync");
  auto status = sync(interval_is_over);
  MILLRACE_CRASH_POINT("commit.after-sync");
  Notices notices;
  Advances advances;
  {
    std::lock_guard lock(mutex_);
    if (status.ok() && !failed_) {
      advances = publish(std::move(commits), notices);
    } else {
      notices.durable = false;
      for (auto& commit : commits) notices.callbacks.push_back(std::move(commit.callback));
      fail_locked("sync: " + describe_failure(status));
    }
  }
  waits_->collect(advances, notices.wakes);
  if (executor_ != nullptr) {
    deliver(std::move(notices));
  } else {
    notices.run();
  }
}

::rocksdb::Status Committer::sync(bool interval_is_over) {
  if (sync_always_) return store_.flush_log(true);
  if (interval_is_over) {
    interval_scheduled_ = false;
  } else {
    schedule_interval_sync();
  }
  return store_.flush_log(interval_is_over);
}

void Committer::schedule_interval_sync() {
  if (std::exchange(interval_scheduled_, true)) return;
  timers_.after(sync_interval_, [weak = weak_from_this()] {
    auto committer = weak.lock();
    if (!committer) return;
    {
      std::lock_guard lock(committer->mutex_);
      committer->interval_is_over_ = true;
    }
    committer->wake_.notify_one();
  });
}

}  // namespace millrace::engine::rocks
