#include "lambda/function/worker_pool.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/log.h"
#include "lambda/function/function_name.h"

namespace millrace::lambda {
namespace {

using std::chrono::seconds;

// How often deadlines and memory are looked at while something runs. A timeout is late by at most
// this.
constexpr long kTickNanoseconds = 50'000'000;
// How long an invocation may wait for a worker, beyond the function's own timeout.
constexpr seconds kWaitMax{10};
constexpr std::chrono::minutes kSweepPeriod{1};

std::string make_log_stream(Timestamp now, Random& random) {
  std::string day = to_iso8601(now).substr(0, 10);
  std::replace(day.begin(), day.end(), '-', '/');
  return day + "/[" + std::string(kLatestVersion) + ']' + random.hex(32);
}

bool is_ending(const std::shared_ptr<Worker>& worker) {
  return worker->state() == Worker::State::kEnded;
}

}  // namespace

WorkerPool::WorkerPool(WorkerSettings settings, CodeStore& code, Interpreters& interpreters,
                       Timers& timers, Random& random, logs::LogSink& sink,
                       MetricsRegistry& metrics)
    : settings_(std::move(settings)),
      code_(code),
      interpreters_(interpreters),
      timers_(timers),
      random_(random),
      sink_(sink),
      metrics_(metrics),
      tick_timer_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
  tick_watch_ = loop_.watch(tick_timer_.get(), EPOLLIN, [this](uint32_t) {
    uint64_t expirations = 0;
    if (read(tick_timer_.get(), &expirations, sizeof expirations) < 0) return;
    Monitor::Section section(monitor_);
    tick();
  });
}

WorkerPool::~WorkerPool() {
  stop();
}

WorkerPool::Group& WorkerPool::group_of(const FunctionPtr& function) {
  Group& group = groups_[function->arn()];
  if (group.invocations == nullptr) {
    const FunctionReference& reference = function->reference;
    MetricLabels labels = {
        {"function", reference.name}, {"account", reference.account}, {"region", reference.region}};
    group.invocations = &metrics_.counter("millrace_function_invocations_total",
                                          "Invocations that ran, whatever their end.", labels);
    group.errors = &metrics_.counter("millrace_function_errors_total",
                                     "Invocations that failed or timed out.", labels);
    group.throttles = &metrics_.counter("millrace_function_throttles_total",
                                        "Invocations refused for lack of a worker.", labels);
    group.cold_starts = &metrics_.counter("millrace_function_cold_starts_total",
                                          "Workers that were started.", labels);
    group.duration = &metrics_.duration_seconds("millrace_function_duration_seconds",
                                                "Time in the handler.", labels);
  }
  if (!group.function) group.function = function;
  return group;
}

WorkerPool::Group& WorkerPool::group_of(const Worker& worker) {
  return groups_.at(worker.function()->arn());
}

void WorkerPool::answer(PendingInvocation pending, InvocationResult::Outcome outcome) {
  InvocationResult result;
  result.outcome = outcome;
  result.request_id = pending.request_id;
  monitor_.defer([done = std::move(pending.done), result = std::move(result)]() mutable {
    done(std::move(result));
  });
}

void WorkerPool::submit(const FunctionPtr& function, PendingInvocation pending) {
  Monitor::Section section(monitor_);
  if (stopping_) return answer(std::move(pending), InvocationResult::Outcome::kUnavailable);
  Group& group = group_of(function);
  if (is_throttled(group)) {
    group.throttles->add();
    return answer(std::move(pending), InvocationResult::Outcome::kThrottled);
  }
  arm_ticks();
  if (std::shared_ptr<Worker> worker = free_worker(group)) return worker->run(std::move(pending));
  group.waiting.push_back(std::move(pending));
  start_workers(group);
}

bool WorkerPool::is_throttled(const Group& group) const {
  if (group.waiting.size() >= limits::kQueuedInvocationsPerFunctionMax) return true;
  if (!group.function->reserved_concurrency) return false;
  auto running = std::count_if(group.workers.begin(), group.workers.end(), [](const auto& worker) {
    return worker->state() == Worker::State::kBusy;
  });
  return running + static_cast<int64_t>(group.waiting.size()) >=
         *group.function->reserved_concurrency;
}

// The one used last: its caches are warm, and the others may become idle for long enough to end.
std::shared_ptr<Worker> WorkerPool::free_worker(Group& group) {
  std::shared_ptr<Worker> best;
  for (const auto& worker : group.workers) {
    if (worker->can_run() && (!best || worker->ready_since() > best->ready_since())) best = worker;
  }
  return best;
}

void WorkerPool::start_workers(Group& group) {
  if (stopping_) return;
  auto starting = static_cast<size_t>(
      std::count_if(group.workers.begin(), group.workers.end(), [](const auto& worker) {
        return worker->state() == Worker::State::kStarting && !worker->retired;
      }));
  while (starting < group.waiting.size() && make_room(group)) {
    start_worker(group);
    ++starting;
  }
}

// Whether one more worker may be started; ends a free one of another function if it must.
bool WorkerPool::make_room(const Group& group) {
  auto own = group.workers.size() - static_cast<size_t>(std::count_if(
                                        group.workers.begin(), group.workers.end(), is_ending));
  if (own >= static_cast<size_t>(settings_.workers_per_function_max)) return false;
  size_t all = 0;
  std::shared_ptr<Worker> longest_free;
  for (const auto& [arn, other] : groups_) {
    for (const auto& worker : other.workers) {
      if (is_ending(worker)) continue;
      ++all;
      if (worker->state() == Worker::State::kReady &&
          (!longest_free || worker->ready_since() < longest_free->ready_since())) {
        longest_free = worker;
      }
    }
  }
  if (all < static_cast<size_t>(settings_.workers_max)) return true;
  if (!longest_free) return false;
  longest_free->stop(false);
  return true;
}

void WorkerPool::start_worker(Group& group) {
  std::string id = random_.hex(16);
  WorkerParts parts{group.function, make_log_stream(timers_.clock().now(), random_),
                    settings_.work_directory + "/tmp/" + id};
  auto server = RuntimeServer::open(loop_, monitor_);
  if (!server) {
    log_error("function worker not started",
              {{"function", group.function->reference.name}, {"reason", server.error()}});
    for (auto& pending : group.waiting) {
      answer(std::move(pending), InvocationResult::Outcome::kUnavailable);
    }
    group.waiting.clear();
    return;
  }
  LaunchRequest request{parts.function, parts.log_stream, parts.temporary_directory,
                        (*server)->port()};
  auto worker = std::make_shared<Worker>(*this, loop_, monitor_, timers_.clock(), sink_,
                                         std::move(parts), *std::move(server));
  group.workers.push_back(worker);
  ++workers_;
  group.cold_starts->add();
  arm_ticks();
  schedule_sweep();
  launchers_.post([this, worker, request = std::move(request)]() mutable {
    launch(worker, std::move(request));
  });
}

void WorkerPool::launch(const std::shared_ptr<Worker>& worker, LaunchRequest request) {
  auto planned = plan_launch(request, settings_, code_, interpreters_);
  if (!planned) {
    Monitor::Section section(monitor_);
    return worker->fail_start(planned.error().error_type, planned.error().reason);
  }
  auto process = start_process(planned->process);
  Monitor::Section section(monitor_);
  if (process) {
    worker->attach(*std::move(process), planned->interpreter);
  } else {
    log_warning("function worker not started", {{"function", request.function->reference.name},
                                                {"program", planned->interpreter},
                                                {"reason", process.error()}});
    worker->fail_start("Runtime.InvalidEntrypoint",
                       "fork/exec " + planned->interpreter + ": " + process.error());
  }
}

void WorkerPool::on_ready(Worker& worker) {
  if (worker.retired || stopping_) return worker.stop(false);
  Group& group = group_of(worker);
  if (group.waiting.empty()) return;
  PendingInvocation pending = std::move(group.waiting.front());
  group.waiting.pop_front();
  worker.run(std::move(pending));
}

std::optional<PendingInvocation> WorkerPool::take_for_failed_start(Worker& worker) {
  Group& group = group_of(worker);
  // What waits is for the function as it is now.
  if (worker.retired || group.waiting.empty()) return std::nullopt;
  PendingInvocation pending = std::move(group.waiting.front());
  group.waiting.pop_front();
  return pending;
}

void WorkerPool::on_finished(Worker& worker, const InvocationResult& result) {
  Group& group = group_of(worker);
  group.invocations->add();
  if (result.outcome != InvocationResult::Outcome::kSuccess) group.errors->add();
  group.duration->observe(static_cast<double>(result.duration.count()) / 1e6);
}

void WorkerPool::on_ended(Worker& worker) {
  Group& group = group_of(worker);
  std::string folder = worker.temporary_directory();
  std::erase_if(group.workers, [&](const auto& other) { return other.get() == &worker; });
  --workers_;
  launchers_.post([folder = std::move(folder)] {
    std::error_code error;
    std::filesystem::remove_all(folder, error);
  });
  if (stopping_ && workers_ == 0) all_ended_.set_value();
  start_workers(group);
}

void WorkerPool::function_changed(const FunctionReference& function, const FunctionPtr& now) {
  Monitor::Section section(monitor_);
  auto found = groups_.find(function.arn());
  if (found == groups_.end()) return;
  Group& group = found->second;
  group.function = now;
  // stop() may let the owner take workers out of the list.
  std::vector<std::shared_ptr<Worker>> workers = group.workers;
  for (const auto& worker : workers) {
    if (now && worker->function()->generation == now->generation) continue;
    worker->retired = true;
    if (worker->state() == Worker::State::kReady || worker->state() == Worker::State::kStarting) {
      worker->stop(false);
    }
  }
  if (now) return start_workers(group);
  for (auto& pending : group.waiting) {
    answer(std::move(pending), InvocationResult::Outcome::kNotFound);
  }
  group.waiting.clear();
}

void WorkerPool::arm_ticks() {
  if (ticking_) return;
  ticking_ = true;
  itimerspec period{};
  period.it_interval.tv_nsec = kTickNanoseconds;
  period.it_value.tv_nsec = kTickNanoseconds;
  timerfd_settime(tick_timer_.get(), 0, &period, nullptr);
}

void WorkerPool::tick() {
  RealTime now = stopwatch_now();
  bool anything = false;
  for (auto& [arn, group] : groups_) {
    std::vector<std::shared_ptr<Worker>> workers = group.workers;
    for (const auto& worker : workers) {
      worker->tick(now);
      anything = anything || worker->state() != Worker::State::kReady;
    }
    give_up_waiting(group, now);
    anything = anything || !group.waiting.empty();
  }
  if (anything) return;
  ticking_ = false;
  itimerspec never{};
  timerfd_settime(tick_timer_.get(), 0, &never, nullptr);
}

void WorkerPool::give_up_waiting(Group& group, RealTime now) {
  while (!group.waiting.empty()) {
    PendingInvocation& oldest = group.waiting.front();
    auto limit = kWaitMax + seconds(group.function ? group.function->timeout_seconds : 0);
    if (now - oldest.queued < limit) return;
    group.throttles->add();
    answer(std::move(oldest), InvocationResult::Outcome::kThrottled);
    group.waiting.pop_front();
  }
}

void WorkerPool::schedule_sweep() {
  if (sweep_timer_ || stopping_) return;
  sweep_timer_ = timers_.after(kSweepPeriod, [this, life = life_] {
    std::lock_guard lock(life->mutex);
    if (life->over) return;
    Monitor::Section section(monitor_);
    sweep();
  });
}

void WorkerPool::sweep() {
  sweep_timer_.reset();
  Timestamp now = timers_.clock().now();
  for (auto& [arn, group] : groups_) {
    std::vector<std::shared_ptr<Worker>> workers = group.workers;
    for (const auto& worker : workers) {
      bool idle = worker->state() == Worker::State::kReady;
      if (idle && now - worker->idle_since() >= settings_.idle_timeout) worker->stop(false);
    }
  }
  if (workers_ > 0) {
    arm_ticks();
    schedule_sweep();
  }
}

void WorkerPool::stop() {
  {
    std::lock_guard lock(life_->mutex);
    life_->over = true;
  }
  std::optional<TimerId> timer;
  {
    Monitor::Section section(monitor_);
    if (stopping_) return;
    stopping_ = true;
    timer = sweep_timer_;
    for (auto& [arn, group] : groups_) {
      for (auto& pending : group.waiting) {
        answer(std::move(pending), InvocationResult::Outcome::kUnavailable);
      }
      group.waiting.clear();
      std::vector<std::shared_ptr<Worker>> workers = group.workers;
      for (const auto& worker : workers) worker->stop(false);
    }
    arm_ticks();
    if (workers_ == 0) all_ended_.set_value();
  }
  if (timer) timers_.cancel(*timer);
  all_ended_.get_future().wait();
  launchers_.stop();
}

}  // namespace millrace::lambda
