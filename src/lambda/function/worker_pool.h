// The workers of all functions: which one takes an invocation, when one is started, and when it
// ends.
//
// - One invocation at a time for each worker; a worker that is done takes the oldest waiting one.
// - An invocation that finds no free worker waits (bounded) while another one is started.
// - Bounds: workers in all and for each function, waiting invocations for each function, and the
//   function's reserved concurrency. A free worker of another function gives way.
// - A changed function's workers end as soon as they are not busy; one that was idle for long ends.
//
// Thread-safe.
#pragma once

#include <deque>
#include <future>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/executor.h"
#include "base/metrics.h"
#include "base/random.h"
#include "lambda/function/worker.h"
#include "lambda/function/worker_launch.h"

namespace millrace::lambda {

class WorkerPool final : public WorkerOwner {
 public:
  // The references must outlive the pool.
  WorkerPool(WorkerSettings settings, CodeStore& code, Interpreters& interpreters, Timers& timers,
             Random& random, logs::LogSink& sink, MetricsRegistry& metrics);
  ~WorkerPool() override;

  // Answers through pending.done, at the latest when start and timeout are over.
  void submit(const FunctionPtr& function, PendingInvocation pending);
  // `now` is null when the function is gone.
  void function_changed(const FunctionReference& function, const FunctionPtr& now);
  // Ends all workers and waits for that. What runs or waits is answered with kUnavailable, as is
  // what comes later. Idempotent.
  void stop();

 private:
  struct Group {
    FunctionPtr function;  // the newest
    std::vector<std::shared_ptr<Worker>> workers;
    std::deque<PendingInvocation> waiting;
    Counter* invocations = nullptr;
    Counter* errors = nullptr;
    Counter* throttles = nullptr;
    Counter* cold_starts = nullptr;
    Histogram* duration = nullptr;
  };

  void on_ready(Worker& worker) override;
  std::optional<PendingInvocation> take_for_failed_start(Worker& worker) override;
  void on_finished(Worker& worker, const InvocationResult& result) override;
  void on_ended(Worker& worker) override;

  Group& group_of(const FunctionPtr& function);
  Group& group_of(const Worker& worker);
  void answer(PendingInvocation pending, InvocationResult::Outcome outcome);
  bool is_throttled(const Group& group) const;
  std::shared_ptr<Worker> free_worker(Group& group);
  void start_workers(Group& group);
  bool make_room(const Group& group);
  void start_worker(Group& group);
  void launch(const std::shared_ptr<Worker>& worker, LaunchRequest request);
  void arm_ticks();
  void tick();
  void give_up_waiting(Group& group, RealTime now);
  void schedule_sweep();
  void sweep();

  const WorkerSettings settings_;
  CodeStore& code_;
  Interpreters& interpreters_;
  Timers& timers_;
  Random& random_;
  logs::LogSink& sink_;
  MetricsRegistry& metrics_;

  Monitor monitor_;
  // By ARN; groups stay for the life of the server, as their metrics do.
  std::unordered_map<std::string, Group> groups_;
  bool stopping_ = false;
  bool ticking_ = false;
  size_t workers_ = 0;  // in all groups, also those that are ending
  std::optional<TimerId> sweep_timer_;
  // A timer that is already running cannot be cancelled; it finds out here that it comes too late.
  struct Life {
    std::mutex mutex;
    bool over = false;
  };
  std::shared_ptr<Life> life_ = std::make_shared<Life>();
  std::promise<void> all_ended_;

  Descriptor tick_timer_;
  EventLoop::Watch tick_watch_ = 0;
  EventLoop loop_;
  // Its threads start the processes, which live no longer than the thread that started them.
  ThreadPool launchers_{"function-launch", 2};
};

}  // namespace millrace::lambda
