#include "lambda/function/asynchronous_invoker.h"

#include <algorithm>
#include <memory>

#include "base/log.h"

namespace millrace::lambda {
namespace {

using Outcome = InvocationResult::Outcome;
using std::chrono::minutes;
using std::chrono::seconds;

// "Asynchronous invocation" in the Lambda developer guide: two more tries, one and two minutes
// after the last one; events are kept for six hours; throttled ones return after 1 second to 5
// minutes.
constexpr int kRetries = 2;
constexpr minutes kFirstRetryDelay{1};
constexpr minutes kSecondRetryDelay{2};
constexpr std::chrono::hours kAgeMax{6};
constexpr seconds kFirstRest{1};
constexpr minutes kLongestRest{5};

std::string queue_name(const Invocation& invocation) {
  FunctionReference function = invocation.function;
  function.qualifier.clear();
  return function.arn();
}

}  // namespace

AsynchronousInvoker::AsynchronousInvoker(const FunctionCatalog& catalog, Invoker& invoker,
                                         Timers& timers, MetricsRegistry& metrics,
                                         size_t events_max)
    : catalog_(catalog),
      invoker_(invoker),
      timers_(timers),
      events_max_(events_max),
      waiting_(metrics.gauge("millrace_async_invocations",
                             "Asynchronous invocations that have not ended.")),
      dropped_(metrics.counter("millrace_async_invocations_dropped_total",
                               "Asynchronous invocations that were given up.")) {}

AsynchronousInvoker::~AsynchronousInvoker() {
  stop();
}

bool AsynchronousInvoker::submit(Invocation invocation) {
  std::string function = queue_name(invocation);
  {
    std::lock_guard lock(mutex_);
    size_t bytes = invocation.payload.size();
    if (stopped_ || events_ >= events_max_ || bytes_ + bytes > limits::kAsyncInvocationsBytesMax) {
      return false;
    }
    ++events_;
    bytes_ += bytes;
    waiting_.set(static_cast<double>(events_));
    Event event{std::move(invocation), timers_.clock().now(), 0};
    queues_[function].events.push_back(std::move(event));
  }
  start_events(function);
  return true;
}

void AsynchronousInvoker::start_events(const std::string& function) {
  std::unique_lock lock(mutex_);
  for (;;) {
    auto found = queues_.find(function);
    if (found == queues_.end()) return;
    Queue& queue = found->second;
    if (stopped_ || queue.resting || queue.events.empty() ||
        queue.running >= limits::kAsyncInvocationsRunningMax) {
      return;
    }
    Event event = std::move(queue.events.front());
    queue.events.pop_front();
    if (is_too_old(event)) {
      give_up(event, "it is too old");
      continue;
    }
    ++queue.running;
    lock.unlock();
    Invocation invocation = event.invocation;
    auto token = calls_.begin();
    invoker_.invoke(std::move(invocation), [this, token, function, event = std::move(event)](
                                               InvocationResult result) mutable {
      on_done(function, std::move(event), result);
    });
    lock.lock();
  }
}

void AsynchronousInvoker::on_done(const std::string& function, Event event,
                                  const InvocationResult& result) {
  {
    std::lock_guard lock(mutex_);
    --queues_[function].running;
    after_result(function, std::move(event), result);
    forget_if_idle(function);
  }
  // When the invoker answers inside its call, start_events() is what called it, and goes on itself.
  if (result.outcome == Outcome::kSuccess || result.outcome == Outcome::kFunctionError) {
    start_events(function);
  }
}

void AsynchronousInvoker::after_result(const std::string& function, Event event,
                                       const InvocationResult& result) {
  Queue& queue = queues_[function];
  switch (result.outcome) {
    case Outcome::kSuccess:
      queue.next_rest = Duration(0);
      end_event(event);
      return;
    case Outcome::kFunctionError:
      queue.next_rest = Duration(0);
      ++event.tries;
      try_again_later(function, std::move(event));
      return;
    case Outcome::kNotFound:
      give_up(event, "the function is gone");
      drop_queue(queue, "the function is gone");
      return;
    case Outcome::kThrottled:
    case Outcome::kUnavailable:
      if (stopped_) return give_up(event, "the server stops");
      queue.events.push_front(std::move(event));
      rest(function, queue);
      return;
  }
}

void AsynchronousInvoker::try_again_later(const std::string& function, Event event) {
  FunctionPtr configured = catalog_.get(event.invocation.function);
  int retries = configured ? configured->async_retries_max.value_or(kRetries) : 0;
  if (event.tries > retries) return give_up(event, "its tries are used up");
  if (stopped_) return give_up(event, "the server stops");
  Duration delay = event.tries == 1 ? kFirstRetryDelay : kSecondRetryDelay;
  schedule(delay, [this, function, event = std::move(event)]() mutable {
    {
      std::lock_guard lock(mutex_);
      if (stopped_) return give_up(event, "the server stops");
      queues_[function].events.push_back(std::move(event));
    }
    start_events(function);
  });
}

void AsynchronousInvoker::rest(const std::string& function, Queue& queue) {
  if (queue.resting) return;
  queue.resting = true;
  Duration pause = std::max<Duration>(queue.next_rest, kFirstRest);
  queue.next_rest = std::min<Duration>(2 * pause, kLongestRest);
  schedule(pause, [this, function] {
    {
      std::lock_guard lock(mutex_);
      auto found = queues_.find(function);
      if (found != queues_.end()) found->second.resting = false;
    }
    start_events(function);
  });
}

void AsynchronousInvoker::give_up(const Event& event, const char* reason) {
  log_warning("asynchronous invocation given up", {{"function", event.invocation.function.arn()},
                                                   {"request", event.invocation.request_id},
                                                   {"tries", event.tries},
                                                   {"reason", reason}});
  dropped_.add();
  end_event(event);
}

void AsynchronousInvoker::end_event(const Event& event) {
  --events_;
  bytes_ -= event.invocation.payload.size();
  waiting_.set(static_cast<double>(events_));
}

void AsynchronousInvoker::drop_queue(Queue& queue, const char* reason) {
  for (const Event& event : queue.events) give_up(event, reason);
  queue.events.clear();
}

void AsynchronousInvoker::schedule(Duration delay, UniqueFunction<void()> work) {
  auto id = std::make_shared<TimerId>();
  auto token = calls_.begin();
  *id = timers_.after(delay, [this, id, token, work = std::move(work)]() mutable {
    {
      std::lock_guard lock(mutex_);
      pending_timers_.erase(*id);
    }
    work();
  });
  pending_timers_.insert(*id);
}

bool AsynchronousInvoker::is_too_old(const Event& event) const {
  FunctionPtr configured = catalog_.get(event.invocation.function);
  Duration age_max = kAgeMax;
  if (configured && configured->async_age_max_seconds) {
    age_max = seconds(*configured->async_age_max_seconds);
  }
  return timers_.clock().now() - event.accepted > age_max;
}

void AsynchronousInvoker::forget_if_idle(const std::string& function) {
  auto found = queues_.find(function);
  const Queue& queue = found->second;
  if (queue.events.empty() && queue.running == 0 && !queue.resting) queues_.erase(found);
}

void AsynchronousInvoker::stop() {
  std::lock_guard lock(mutex_);
  stopped_ = true;
  for (auto& [function, queue] : queues_) drop_queue(queue, "the server stops");
  size_t later = 0;
  for (TimerId id : pending_timers_) later += timers_.cancel(id) ? 1 : 0;
  pending_timers_.clear();
  dropped_.add(static_cast<double>(later));
  if (later > 0) {
    log_warning("asynchronous retries given up",
                {{"timers", later}, {"reason", "the server stops"}});
  }
}

}  // namespace millrace::lambda
