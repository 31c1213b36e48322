#include "lambda/function/worker.h"

#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/limits.h"
#include "base/log.h"
#include "lambda/function/function_name.h"

namespace millrace::lambda {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// AWS allows 10 s and then starts over within the function's timeout.
constexpr seconds kInitializationMax{10};
// Between an answer and the client's next request: far more than any client needs.
constexpr seconds kFinishingMax{10};
constexpr milliseconds kGraceBeforeKill{200};
constexpr milliseconds kMemorySamplePeriod{50};

std::string error_document(const std::string& type, const std::string& message) {
  nlohmann::ordered_json document = {{"errorType", type}, {"errorMessage", message}};
  return document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string exit_document(const std::string& request_id, const std::string& how) {
  std::string reason = how.empty() ? "Runtime exited without providing a reason"
                                   : "Runtime exited with error: " + how;
  return error_document("Runtime.ExitError", "RequestId: " + request_id + " Error: " + reason);
}

// The Runtime API carries the client context as JSON text, the Invoke API as base64 of it.
std::string client_context_header(const std::string& base64) {
  auto text = from_base64(base64);
  if (!text) return "";
  auto document = nlohmann::json::parse(*text, nullptr, false);
  if (!document.is_object()) return "";
  return "Lambda-Runtime-Client-Context: " +
         document.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + "\r\n";
}

Duration elapsed(RealTime from, RealTime to) {
  return std::chrono::duration_cast<Duration>(to - from);
}

}  // namespace

Worker::Worker(WorkerOwner& owner, EventLoop& loop, Monitor& monitor, const Clock& clock,
               logs::LogSink& sink, WorkerParts parts, std::shared_ptr<RuntimeServer> server)
    : owner_(owner),
      loop_(loop),
      monitor_(monitor),
      clock_(clock),
      parts_(std::move(parts)),
      server_(std::move(server)),
      output_(sink, clock, {parts_.function->reference.account, parts_.function->reference.region},
              parts_.function->log_group, parts_.log_stream),
      since_(stopwatch_now()) {}

void Worker::attach(Process process, const std::string& interpreter) {
  process_ = std::move(process);
  output_.add_line(init_start_line(*parts_.function, interpreter, clock_.now()));
  server_->serve(*this);
  watch_pipe(WorkerOutput::kStandardOutput, process_.output, output_watch_);
  watch_pipe(WorkerOutput::kStandardError, process_.errors, errors_watch_);
  exit_watch_ = loop_.watch(process_.handle.get(), EPOLLIN,
                            [weak = weak_from_this(), &monitor = monitor_](uint32_t) {
                              auto self = weak.lock();
                              if (!self) return;
                              Monitor::Section section(monitor);
                              self->on_exit();
                            });
  // It was stopped while its process was being started.
  if (state_ == State::kEnded) signal_process_group(process_.id, SIGKILL);
}

void Worker::fail_start(const std::string& error_type, const std::string& reason) {
  auto keep = shared_from_this();
  auto pending = state_ == State::kStarting ? owner_.take_for_failed_start(*this) : std::nullopt;
  if (pending) {
    running_ = std::move(pending);
    output_.add_line(start_line(*parts_.function, running_->request_id, clock_.now()));
    output_.add_line("RequestId: " + running_->request_id + " Error: " + reason);
    std::string message = "RequestId: " + running_->request_id + " Error: " + reason;
    finish_with_error(error_document(error_type, message),
                      {.status = "error", .error_type = error_type});
  }
  server_->close();
  state_ = State::kEnded;
  owner_.on_ended(*this);
}

void Worker::run(PendingInvocation pending) {
  running_ = std::move(pending);
  const Invocation& invocation = running_->invocation;
  output_.start_tail(invocation.tail_log);
  Timestamp now = clock_.now();
  output_.add_line(start_line(*parts_.function, running_->request_id, now));
  seconds timeout(parts_.function->timeout_seconds);
  std::string headers =
      "Lambda-Runtime-Aws-Request-Id: " + running_->request_id +
      "\r\nLambda-Runtime-Deadline-Ms: " + std::to_string(to_unix_millis(now + timeout)) +
      "\r\nLambda-Runtime-Invoked-Function-Arn: " + invocation.function.arn() +
      "\r\nLambda-Runtime-Trace-Id: " + invocation.trace_id +
      "\r\nMillrace-Remaining-Ms: " + std::to_string(milliseconds(timeout).count()) + "\r\n";
  if (!invocation.client_context.empty()) {
    headers += client_context_header(invocation.client_context);
  }
  state_ = State::kBusy;
  since_ = stopwatch_now();
  server_->deliver(headers, invocation.payload);
}

bool Worker::on_next() {
  if (state_ != State::kStarting && state_ != State::kFinishing && state_ != State::kReady) {
    return false;
  }
  RealTime now = stopwatch_now();
  if (state_ == State::kStarting) init_duration_ = elapsed(since_, now);
  // Asking again while ready, on a new connection, is no new beginning.
  state_ = State::kReady;
  since_ = now;
  idle_since_ = clock_.now();
  owner_.on_ready(*this);
  return true;
}

bool Worker::is_running(std::string_view request_id) const {
  return state_ == State::kBusy && running_ && running_->request_id == request_id;
}

RuntimeServer::Verdict Worker::on_response(std::string_view request_id, RuntimeRequest& request) {
  if (!is_running(request_id)) return RuntimeServer::Verdict::kUnknownRequest;
  if (request.body_too_large) {
    std::string type = "Function.ResponseSizeTooLarge";
    finish_with_error(
        error_document(type, "Response payload size exceeded maximum allowed payload size (" +
                                 std::to_string(limits::kFunctionResponseBytesMax) + " bytes)."),
        {.status = "error", .error_type = type});
    return RuntimeServer::Verdict::kTooLarge;
  }
  // A streamed response that broke off says so in its trailer.
  if (!request.function_error_type.empty()) {
    finish_with_error(std::move(request.body),
                      {.status = "error", .error_type = request.function_error_type});
    return RuntimeServer::Verdict::kAccepted;
  }
  InvocationResult result;
  result.outcome = InvocationResult::Outcome::kSuccess;
  result.payload = std::move(request.body);
  finish(std::move(result), {});
  return RuntimeServer::Verdict::kAccepted;
}

RuntimeServer::Verdict Worker::on_error(std::string_view request_id, RuntimeRequest& request) {
  if (!is_running(request_id)) return RuntimeServer::Verdict::kUnknownRequest;
  finish_with_error(std::move(request.body), {});
  return RuntimeServer::Verdict::kAccepted;
}

RuntimeServer::Verdict Worker::on_init_error(RuntimeRequest& request) {
  if (state_ != State::kStarting) return RuntimeServer::Verdict::kWrongState;
  drain_all();
  std::string type =
      request.function_error_type.empty() ? "Unhandled" : request.function_error_type;
  fail_initialization(std::move(request.body), type, "");
  begin_end(false);
  return RuntimeServer::Verdict::kAccepted;
}

void Worker::fail_initialization(std::string document, const std::string& error_type,
                                 const std::string& how) {
  Timestamp now = clock_.now();
  Duration duration = elapsed(since_, stopwatch_now());
  output_.add_line(init_report_line(*parts_.function, duration, error_type, now));
  auto pending = owner_.take_for_failed_start(*this);
  if (!pending) return output_.flush();
  running_ = std::move(pending);
  output_.start_tail(running_->invocation.tail_log);
  output_.add_line(start_line(*parts_.function, running_->request_id, now));
  if (document.empty()) document = exit_document(running_->request_id, how);
  init_duration_ = duration;
  since_ = stopwatch_now();
  finish_with_error(std::move(document), {.status = "error", .error_type = error_type});
}

void Worker::finish_with_error(std::string document, InvocationReport report) {
  InvocationResult result;
  result.outcome = InvocationResult::Outcome::kFunctionError;
  result.function_error = "Unhandled";
  result.payload = std::move(document);
  finish(std::move(result), std::move(report));
}

void Worker::finish(InvocationResult result, InvocationReport report) {
  RealTime now = stopwatch_now();
  // What the handler printed is in the pipes before its answer is on the socket.
  drain_all();
  output_.end_lines();
  result.request_id = running_->request_id;
  result.executed_version = kLatestVersion;
  result.duration = elapsed(since_, now);
  report.request_id = running_->request_id;
  report.duration = result.duration;
  report.init_duration = std::exchange(init_duration_, std::nullopt);
  if (running_->invocation.tail_log || now - memory_sampled_ > kMemorySamplePeriod) {
    sample_memory(now);
  }
  report.memory_bytes_max = memory_bytes_max_;
  output_.add_line(end_line(*parts_.function, running_->request_id));
  output_.add_line(report_line(*parts_.function, report, clock_.now()));
  if (running_->invocation.tail_log) result.log_tail = output_.take_tail();
  output_.flush();
  state_ = State::kFinishing;
  since_ = now;
  owner_.on_finished(*this, result);
  monitor_.defer([done = std::move(running_->done), result = std::move(result)]() mutable {
    done(std::move(result));
  });
  running_.reset();
}

void Worker::sample_memory(RealTime now) {
  memory_sampled_ = now;
  memory_bytes_max_ = std::max(memory_bytes_max_, own_memory_bytes(process_.id));
}

void Worker::tick(RealTime now) {
  if (process_.id == 0) return;
  output_.flush();
  switch (state_) {
    case State::kStarting:
      if (now - since_ > kInitializationMax + seconds(parts_.function->timeout_seconds)) {
        drain_all();
        // AWS repeats the initialization inside of the first invocation, which then times out.
        auto pending = owner_.take_for_failed_start(*this);
        if (pending) {
          running_ = std::move(pending);
          output_.start_tail(running_->invocation.tail_log);
          output_.add_line(start_line(*parts_.function, running_->request_id, clock_.now()));
          state_ = State::kBusy;
          return tick(now);
        }
        begin_end(false);
      }
      break;
    case State::kBusy:
      sample_memory(now);
      if (now - since_ >= seconds(parts_.function->timeout_seconds)) {
        std::string request_id = running_->request_id;
        drain_all();
        output_.end_lines();
        output_.add_line(timeout_line(*parts_.function, request_id, clock_.now()));
        finish_with_error(
            error_document("Sandbox.Timedout", "RequestId: " + request_id +
                                                   " Error: " + timeout_text(*parts_.function)),
            {.status = "timeout"});
        begin_end(false);
      } else if (memory_bytes_max_ > static_cast<uint64_t>(parts_.function->memory_megabytes)
                                         << 20) {
        out_of_memory_ = true;
        signal_process_group(process_.id, SIGKILL);
      }
      break;
    case State::kFinishing:
      if (now - since_ > kFinishingMax) begin_end(false);
      break;
    case State::kEnded:
      if (!kill_sent_ && now - since_ > kGraceBeforeKill) {
        kill_sent_ = true;
        signal_process_group(process_.id, SIGKILL);
      }
      break;
    case State::kReady:
      break;
  }
}

void Worker::stop(bool at_once) {
  if (running_) {
    InvocationResult result;
    result.outcome = InvocationResult::Outcome::kUnavailable;
    finish(std::move(result), {.status = "error", .error_type = "Runtime.Stopped"});
  }
  begin_end(at_once);
}

// on_ended() follows when the process is gone.
void Worker::begin_end(bool at_once) {
  if (process_.id != 0) signal_process_group(process_.id, at_once ? SIGKILL : SIGTERM);
  if (state_ == State::kEnded) return;
  kill_sent_ = at_once;
  state_ = State::kEnded;
  since_ = stopwatch_now();
}

void Worker::on_exit() {
  if (process_.id == 0) return;
  auto how = reap_process(process_.id);
  if (!how) return;
  auto keep = shared_from_this();
  // Its helpers end with it.
  signal_process_group(process_.id, SIGKILL);
  drain_all();
  output_.end_lines();
  log_debug(
      "function worker exited",
      {{"function", parts_.function->reference.name}, {"process", process_.id}, {"how", *how}});
  if (state_ == State::kStarting) {
    fail_initialization("", "Runtime.ExitError", *how);
  } else if (running_) {
    std::string document = exit_document(running_->request_id, *how);
    std::string reason = how->empty() ? "Runtime exited without providing a reason"
                                      : "Runtime exited with error: " + *how;
    output_.add_line("RequestId: " + running_->request_id + " Error: " + reason +
                     "\nRuntime.ExitError");
    finish_with_error(std::move(document),
                      {.status = "error",
                       .error_type = out_of_memory_ ? "Runtime.OutOfMemory" : "Runtime.ExitError"});
  }
  output_.flush();
  loop_.unwatch(exit_watch_, process_.handle.get());
  if (output_watch_ != 0) loop_.unwatch(output_watch_, process_.output.get());
  if (errors_watch_ != 0) loop_.unwatch(errors_watch_, process_.errors.get());
  process_ = Process();
  server_->close();
  state_ = State::kEnded;
  owner_.on_ended(*this);
}

void Worker::watch_pipe(WorkerOutput::Channel channel, Descriptor& pipe, EventLoop::Watch& watch) {
  watch = loop_.watch(pipe.get(), EPOLLIN,
                      [weak = weak_from_this(), channel, &monitor = monitor_](uint32_t) {
                        auto self = weak.lock();
                        if (!self) return;
                        Monitor::Section section(monitor);
                        if (self->process_.id == 0) return;
                        if (channel == WorkerOutput::kStandardOutput) {
                          self->drain(channel, self->process_.output, self->output_watch_);
                        } else {
                          self->drain(channel, self->process_.errors, self->errors_watch_);
                        }
                      });
}

void Worker::drain_all() {
  if (process_.id == 0) return;
  drain(WorkerOutput::kStandardOutput, process_.output, output_watch_);
  drain(WorkerOutput::kStandardError, process_.errors, errors_watch_);
}

// Reads what is there, but not for ever: a process that prints without end is read again in its
// turn.
void Worker::drain(WorkerOutput::Channel channel, Descriptor& pipe, EventLoop::Watch& watch) {
  if (!pipe) return;
  std::array<char, 64 * 1024> buffer;
  for (int rounds = 0; rounds < 16; ++rounds) {
    ssize_t count = read(pipe.get(), buffer.data(), buffer.size());
    if (count > 0) {
      output_.feed(channel, {buffer.data(), static_cast<size_t>(count)});
      if (static_cast<size_t>(count) < buffer.size()) return;
      continue;
    }
    if (count == 0) {
      loop_.unwatch(watch, pipe.get());
      watch = 0;
      pipe.reset();
    }
    return;
  }
}

}  // namespace millrace::lambda
