// One worker: a process that speaks the Runtime API, its output, and the invocation it is running.
//
//     kStarting ── next ──> kReady ── run() ──> kBusy ── response, error ──> kFinishing ── next ──>
//     kReady
//        any ── exit, deadline, failed start, stop() ──> kEnded
//
// Lives in a shared_ptr. All methods are called, and call the owner, inside a Section of the
// monitor. Deadlines count real time: a process cannot be moved by a test's clock. What the
// function is told (deadline, log times) is the injected clock's.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "lambda/function/event_loop.h"
#include "lambda/function/function.h"
#include "lambda/function/monitor.h"
#include "lambda/function/platform_log.h"
#include "lambda/function/runtime_server.h"
#include "lambda/function/worker_output.h"
#include "lambda/function/worker_process.h"

namespace millrace::lambda {

using RealTime = std::chrono::steady_clock::time_point;

// An invocation on its way through the pool.
struct PendingInvocation {
  Invocation invocation;
  std::string request_id;
  UniqueFunction<void(InvocationResult)> done;
  RealTime queued;
};

class Worker;

class WorkerOwner {
 public:
  virtual ~WorkerOwner() = default;
  // The worker waits for an invocation.
  virtual void on_ready(Worker& worker) = 0;
  // The worker could not start: it takes the invocation that it was started for, to fail it.
  virtual std::optional<PendingInvocation> take_for_failed_start(Worker& worker) = 0;
  virtual void on_finished(Worker& worker, const InvocationResult& result) = 0;
  // The process is gone. The owner may let go of the worker.
  virtual void on_ended(Worker& worker) = 0;
};

struct WorkerParts {
  FunctionPtr function;
  std::string log_stream;
  std::string temporary_directory;  // removed by the owner
};

class Worker final : public RuntimeServer::Handler, public std::enable_shared_from_this<Worker> {
 public:
  enum class State { kStarting, kReady, kBusy, kFinishing, kEnded };

  Worker(WorkerOwner& owner, EventLoop& loop, Monitor& monitor, const Clock& clock,
         logs::LogSink& sink, WorkerParts parts, std::shared_ptr<RuntimeServer> server);

  const FunctionPtr& function() const { return parts_.function; }
  const std::string& temporary_directory() const { return parts_.temporary_directory; }
  State state() const { return state_; }
  RealTime ready_since() const { return since_; }
  // When it became ready, by the injected clock.
  Timestamp idle_since() const { return idle_since_; }
  // The function has changed: the worker ends as soon as it is not busy.
  bool retired = false;

  // Takes over the process that was started for this worker.
  void attach(Process process, const std::string& interpreter);
  // No process could be started, because of `reason`.
  void fail_start(const std::string& error_type, const std::string& reason);
  // REQUIRES: state() is kReady and the client waits (can_run).
  void run(PendingInvocation pending);
  bool can_run() const { return state_ == State::kReady && server_->is_waited_on(); }
  // Looks at deadlines and memory; to be called often enough.
  void tick(RealTime now);
  // Ends the process: politely, or at once. What was running gets `kUnavailable`.
  void stop(bool at_once);

 private:
  bool on_next() override;
  RuntimeServer::Verdict on_response(std::string_view request_id, RuntimeRequest& request) override;
  RuntimeServer::Verdict on_error(std::string_view request_id, RuntimeRequest& request) override;
  RuntimeServer::Verdict on_init_error(RuntimeRequest& request) override;

  void watch_pipe(WorkerOutput::Channel channel, Descriptor& pipe, EventLoop::Watch& watch);
  void drain(WorkerOutput::Channel channel, Descriptor& pipe, EventLoop::Watch& watch);
  void drain_all();
  void on_exit();
  bool is_running(std::string_view request_id) const;
  void sample_memory(RealTime now);
  // Fails the invocation that waits for a worker which could not start. `document` empty: the
  // process ended without a word, `how`.
  void fail_initialization(std::string document, const std::string& error_type,
                           const std::string& how);
  void finish(InvocationResult result, InvocationReport report);
  void finish_with_error(std::string document, InvocationReport report);
  void begin_end(bool at_once);

  WorkerOwner& owner_;
  EventLoop& loop_;
  Monitor& monitor_;
  const Clock& clock_;
  const WorkerParts parts_;
  std::shared_ptr<RuntimeServer> server_;
  WorkerOutput output_;
  Process process_;
  EventLoop::Watch exit_watch_ = 0;
  EventLoop::Watch output_watch_ = 0;
  EventLoop::Watch errors_watch_ = 0;

  State state_ = State::kStarting;
  RealTime since_;  // when the state was entered
  Timestamp idle_since_;
  std::optional<PendingInvocation> running_;
  std::optional<Duration> init_duration_;  // until it has been reported
  bool out_of_memory_ = false;
  bool kill_sent_ = false;
  uint64_t memory_bytes_max_ = 0;
  RealTime memory_sampled_{};
};

}  // namespace millrace::lambda
