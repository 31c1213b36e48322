// Asynchronous invocations (InvocationType=Event): a queue for each function, from which events are
// started in the order in which they were accepted, and tried again when the function fails.
//
// - A function error is tried again a minute later, then two minutes later, as on AWS; then the
// event
//   is given up.
// - What could not start (no free concurrency, no process) goes back to the front of its queue,
// which
//   then rests: a second at first, up to five minutes.
// - An event that is older than the function allows (default: six hours) is given up.
//
// The queues are bounded (limits::kAsyncInvocationsMax and kAsyncInvocationsBytesMax in all) and
// live in memory: they are lost when the server ends.
//
// Thread-safe.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "base/executor.h"
#include "base/limits.h"
#include "base/metrics.h"
#include "base/pending_calls.h"
#include "lambda/function/function_catalog.h"
#include "lambda/function/invoker.h"

namespace millrace::lambda {

class AsynchronousInvoker {
 public:
  // The references must outlive it, except that the invoker must have answered everything that it
  // was given before the destructor can return.
  AsynchronousInvoker(const FunctionCatalog& catalog, Invoker& invoker, Timers& timers,
                      MetricsRegistry& metrics, size_t events_max = limits::kAsyncInvocationsMax);
  // Calls stop(); waits for what runs.
  ~AsynchronousInvoker();

  // Takes the event on; it keeps its request id through all tries. False if the queues are full or
  // it is stopped.
  bool submit(Invocation invocation);

  // Starts nothing more; what waits is dropped, with a line in the log.
  void stop();

 private:
  struct Event {
    Invocation invocation;
    Timestamp accepted;
    int tries = 0;
  };
  struct Queue {
    std::deque<Event> events;
    int running = 0;
    bool resting = false;
    Duration next_rest{0};
  };

  // Takes the lock.
  void start_events(const std::string& function);
  void on_done(const std::string& function, Event event, const InvocationResult& result);

  // REQUIRES for all that follow: the lock is held.
  void after_result(const std::string& function, Event event, const InvocationResult& result);
  void try_again_later(const std::string& function, Event event);
  void rest(const std::string& function, Queue& queue);
  void give_up(const Event& event, const char* reason);
  void end_event(const Event& event);
  void drop_queue(Queue& queue, const char* reason);
  void schedule(Duration delay, UniqueFunction<void()> work);
  bool is_too_old(const Event& event) const;
  void forget_if_idle(const std::string& function);

  const FunctionCatalog& catalog_;
  Invoker& invoker_;
  Timers& timers_;
  const size_t events_max_;
  Gauge& waiting_;
  Counter& dropped_;

  std::mutex mutex_;
  std::map<std::string, Queue> queues_;  // by the function's ARN without qualifier
  std::set<TimerId> pending_timers_;
  size_t events_ = 0;  // accepted and not ended
  size_t bytes_ = 0;   // of their payloads
  bool stopped_ = false;
  PendingCalls calls_;  // last: its destructor waits for callbacks that use the members above
};

}  // namespace millrace::lambda
