// Where work runs, and when. Components take these as parameters, so tests run them by hand.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/unique_function.h"

namespace millrace {

// Runs posted work later, never inside post(). Thread-safe. Work must not block for long.
class Executor {
 public:
  virtual ~Executor() = default;
  virtual void post(UniqueFunction<void()> work) = 0;
};

// A fixed set of threads taking work in the order posted. Destruction runs what is queued, then joins.
class ThreadPool final : public Executor {
 public:
  ThreadPool(std::string name, int threads);
  ~ThreadPool() override;
  void post(UniqueFunction<void()> work) override;
  // Refuses further work, runs what is queued, joins the threads. Idempotent.
  void stop();

 private:
  void run();
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<UniqueFunction<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

// Queues work until run_all() is called: a whole component on the test's own thread.
class ManualExecutor final : public Executor {
 public:
  void post(UniqueFunction<void()> work) override;
  // Runs until nothing is queued, including work posted meanwhile. Returns how many ran.
  int run_all();
  // Runs the oldest one; false if there is none.
  bool run_one();

 private:
  std::mutex mutex_;
  std::deque<UniqueFunction<void()>> queue_;
};

using TimerId = uint64_t;

// Runs work at a time of the injected clock. Thread-safe.
class Timers {
 public:
  virtual ~Timers() = default;
  virtual const Clock& clock() const = 0;
  // Runs `work` once, on the timer thread, when the clock has reached `due`; must not block.
  virtual TimerId schedule(Timestamp due, UniqueFunction<void()> work) = 0;
  // True if the work will not run. False if it has run, is running, or the id is unknown.
  virtual bool cancel(TimerId id) = 0;

  TimerId after(Duration delay, UniqueFunction<void()> work) {
    return schedule(clock().now() + delay, std::move(work));
  }
};

// One thread that sleeps until the next due time and looks again when the clock jumps.
class ThreadTimers final : public Timers {
 public:
  explicit ThreadTimers(Clock& clock);
  ~ThreadTimers() override;
  const Clock& clock() const override { return clock_; }
  TimerId schedule(Timestamp due, UniqueFunction<void()> work) override;
  bool cancel(TimerId id) override;
  // Drops what is pending and joins the thread. Idempotent.
  void stop();

 private:
  void run();
  Clock& clock_;
  Clock::ListenerId listener_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::pair<Timestamp, TimerId>, UniqueFunction<void()>> pending_;
  std::map<TimerId, Timestamp> due_;
  TimerId next_id_ = 1;
  bool stopping_ = false;
  bool jumped_ = false;
  std::thread thread_;
};

// Timers of a ManualClock: advance() moves the clock to each due time in turn and runs its work on
// the caller's thread, then to the end of the step.
class ManualTimers final : public Timers {
 public:
  explicit ManualTimers(ManualClock& clock) : clock_(clock) {}
  const Clock& clock() const override { return clock_; }
  TimerId schedule(Timestamp due, UniqueFunction<void()> work) override;
  bool cancel(TimerId id) override;
  void advance(Duration by);
  // Moves the clock to the next due time and runs what is due then; false if nothing is pending.
  bool advance_to_next();
  size_t pending() const;

 private:
  void run_due();
  ManualClock& clock_;
  mutable std::mutex mutex_;
  std::map<std::pair<Timestamp, TimerId>, UniqueFunction<void()>> pending_;
  std::map<TimerId, Timestamp> due_;
  TimerId next_id_ = 1;
};

}  // namespace millrace
