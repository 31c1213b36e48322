#include "lambda/trigger/shard_consumer.h"

#include "base/log.h"
#include "lambda/trigger/batch_response.h"
#include "lambda/trigger/failure_message.h"

namespace millrace::lambda {
namespace {

// Events handled in one turn before others get the thread.
constexpr int kEventsPerTurn = 16;
constexpr Duration kKeepAgainAfter = std::chrono::seconds(1);

ConsumerCounts difference(const ConsumerCounts& now, const ConsumerCounts& before) {
  ConsumerCounts added;
  added.polled = now.polled - before.polled;
  added.filtered = now.filtered - before.filtered;
  added.invoked = now.invoked - before.invoked;
  added.failed_invoke = now.failed_invoke - before.failed_invoke;
  added.succeeded = now.succeeded - before.succeeded;
  added.sent = now.sent - before.sent;
  added.dropped = now.dropped - before.dropped;
  added.expired = now.expired - before.expired;
  added.send_failures = now.send_failures - before.send_failures;
  return added;
}

}  // namespace

std::shared_ptr<ShardConsumer> ShardConsumer::start(const ConsumerServices& services,
                                                    ConsumerDescription description,
                                                    std::unique_ptr<Source> source,
                                                    std::shared_ptr<ConsumerObserver> observer,
                                                    UniqueFunction<void(End)> on_end) {
  auto consumer =
      std::make_shared<ShardConsumer>(Private(), services, std::move(description),
                                      std::move(source), std::move(observer), std::move(on_end));
  consumer->post([](ShardMachine&) {});
  return consumer;
}

ShardConsumer::ShardConsumer(Private, const ConsumerServices& services,
                             ConsumerDescription description, std::unique_ptr<Source> source,
                             std::shared_ptr<ConsumerObserver> observer,
                             UniqueFunction<void(End)> on_end)
    : services_(services),
      description_(std::move(description)),
      source_(std::move(source)),
      observer_(std::move(observer)),
      machine_(description_.settings, description_.filters.get(), description_.start),
      recorder_(services.attempts, description_.shard_id, description_.start,
                !description_.filters->empty()),
      on_end_(std::move(on_end)),
      progress_(machine_.progress()) {}

void ShardConsumer::stop() {
  post([](ShardMachine& machine) { machine.stop(); });
}

void ShardConsumer::hurry() {
  post([this](ShardMachine& machine) { machine.hurry(now()); });
}

void ShardConsumer::abandon() {
  {
    std::lock_guard lock(mutex_);
    abandoned_ = true;
    events_.clear();
  }
  cancel_wait();
  cancel_timer();
}

ConsumerProgress ShardConsumer::progress() const {
  std::lock_guard lock(mutex_);
  return progress_;
}

void ShardConsumer::post(Event event) {
  // The executor may be gone once abandon() has returned, so it is used under the lock.
  std::lock_guard lock(mutex_);
  if (abandoned_) return;
  events_.push_back(std::move(event));
  if (running_) return;
  running_ = true;
  services_.executor.post([self = shared_from_this()] { self->drain(); });
}

void ShardConsumer::drain() {
  for (int i = 0; i < kEventsPerTurn; i++) {
    Event event;
    {
      std::lock_guard lock(mutex_);
      if (events_.empty() || abandoned_) {
        running_ = false;
        return;
      }
      event = std::move(events_.front());
      events_.pop_front();
    }
    handle(std::move(event));
  }
  services_.executor.post([self = shared_from_this()] { self->drain(); });
}

void ShardConsumer::handle(Event event) {
  if (ended_) return;
  event(machine_);
  std::vector<ConsumerAction> actions = machine_.actions(now());
  report();
  for (const ConsumerAction& action : actions) perform(action);
}

// Before the actions are performed: whoever sees their effects sees them in the progress too.
void ShardConsumer::report() {
  ConsumerProgress progress = machine_.progress();
  ConsumerCounts added = difference(progress.counts, reported_);
  reported_ = progress.counts;
  bool moved;
  {
    std::lock_guard lock(mutex_);
    moved = progress.handled != progress_.handled || progress.committed != progress_.committed ||
            progress.at_end != progress_.at_end ||
            progress.blocked.size() != progress_.blocked.size();
    progress_ = std::move(progress);
  }
  observer_->on_counts(added);
  if (moved) observer_->on_progress();
}

void ShardConsumer::perform(const ConsumerAction& action) {
  switch (action.kind) {
    case ConsumerAction::Kind::kRead:
      return read(action);
    case ConsumerAction::Kind::kWait:
      return wait(action);
    case ConsumerAction::Kind::kInvoke:
      return invoke(action);
    case ConsumerAction::Kind::kSend:
      return keep(action);
    case ConsumerAction::Kind::kCommit:
      return commit(action);
    case ConsumerAction::Kind::kTimer:
      return set_timer(action.due);
    case ConsumerAction::Kind::kFinished:
      return end(End::kFinished);
    case ConsumerAction::Kind::kStopped:
      return end(End::kStopped);
  }
}

void ShardConsumer::read(const ConsumerAction& action) {
  auto result = source_->read(action.after, action.records_max);
  if (result) {
    read_failed_ = false;
    post([page = std::move(result).value(), this](ShardMachine& machine) {
      machine.on_page(*page, now());
    });
    return;
  }
  if (result.error().code == engine::ErrorCode::kTooOld) {
    auto horizon = source_->trim_horizon();
    if (horizon && *horizon > action.after) {
      log_warning("records expired before they were handled",
                  {{"mapping", description_.mapping_uuid},
                   {"shard", description_.shard_id},
                   {"records", *horizon - action.after}});
      recorder_.expired(action.after + 1, *horizon, now());
      post([position = *horizon](ShardMachine& machine) { machine.on_trimmed(position); });
      return;
    }
  }
  if (!read_failed_) {
    read_failed_ = true;
    log_warning("shard cannot be read", {{"mapping", description_.mapping_uuid},
                                         {"shard", description_.shard_id},
                                         {"reason", to_string(result.error().code)},
                                         {"detail", result.error().message}});
  }
  post([this](ShardMachine& machine) { machine.on_read_failed(now()); });
}

void ShardConsumer::wait(const ConsumerAction& action) {
  Source::WaitId id = source_->wait(action.after, [weak = weak_from_this()] {
    auto self = weak.lock();
    if (self) self->post([](ShardMachine& machine) { machine.on_woken(); });
  });
  {
    std::lock_guard lock(mutex_);
    wait_ = id;
    if (!abandoned_) return;
  }
  cancel_wait();
}

void ShardConsumer::invoke(const ConsumerAction& action) {
  const Batch& batch = machine_.batch(action.lane);
  if (action.last > action.first) {
    observer_->on_iterator_age(std::max(Duration(0), now() - batch[action.last - 1].time));
  }
  Invocation invocation;
  invocation.function = description_.function;
  std::string members;
  if (action.window) {
    members = window_members(*action.window, description_.shard_id, description_.stream_arn);
  }
  invocation.payload = batch.payload(action.first, action.last, members);
  invocation.mapping = description_.mapping_uuid;
  auto stopwatch = stopwatch_now();
  services_.invoker.invoke(
      std::move(invocation),
      [weak = weak_from_this(), lane = action.lane, first = action.first, last = action.last,
       begun = now(), stopwatch](InvocationResult result) {
        auto self = weak.lock();
        if (!self) return;
        auto took = std::chrono::duration_cast<Duration>(stopwatch_now() - stopwatch);
        self->post([consumer = self.get(), lane, first, last, begun, took,
                    result = std::move(result)](ShardMachine& machine) {
          bool partial = machine.settings().retry.partial_responses;
          InvokeOutcome outcome = judge_result(result, machine.batch(lane), first, last, partial);
          if (machine.settings().tumbling_window.count() > 0) judge_state(outcome, result.payload);
          consumer->observer_->on_outcome(outcome);
          // A window's final call is about no record.
          if (first < last) {
            consumer->recorder_.invoked(machine.batch(lane), first, last, outcome, begun, took);
          }
          machine.on_outcome(lane, outcome, consumer->now());
        });
      });
}

// Before anybody is told, and again until it is stored: nothing that was given up is lost.
void ShardConsumer::keep(const ConsumerAction& action) {
  if (!services_.failures) return send(action, 0);
  KeptFailure failure;
  failure.shard_id = description_.shard_id;
  failure.stream_arn = description_.stream_arn;
  failure.first = action.failed.first;
  failure.last = action.failed.last;
  failure.records = action.failed.count;
  failure.reason = action.failed.reason;
  if (action.failed.outcome) {
    failure.invoke_count = action.failed.invoke_count;
    failure.request_id = action.failed.outcome->request_id;
    failure.error = action.failed.outcome->error;
  }
  failure.time = now();
  failure.function_arn = description_.function.arn();
  failure.destination = description_.destination_arn;
  services_.failures->keep(
      description_.mapping, std::move(failure),
      machine_.batch(action.lane).payload(action.first, action.last),
      [weak = weak_from_this(), action](engine::Result<uint64_t> number) {
        auto self = weak.lock();
        if (!self) return;
        if (number) {
          self->post([consumer = self.get(), action, number = *number](ShardMachine&) {
            consumer->send(action, number);
          });
          return;
        }
        log_warning("failed records not stored", {{"mapping", self->description_.mapping_uuid},
                                                  {"reason", to_string(number.error().code)},
                                                  {"detail", number.error().message}});
        self->services_.timers.after(kKeepAgainAfter, [weak, action] {
          auto again = weak.lock();
          if (!again) return;
          again->post([consumer = again.get(), action](ShardMachine&) { consumer->keep(action); });
        });
      });
}

void ShardConsumer::send(const ConsumerAction& action, uint64_t failure) {
  if (description_.destination_arn.empty()) return sent(action, failure, false);
  FailureContext context{description_.function.arn(), description_.stream_arn,
                         description_.shard_id, services_.random.uuid(), now()};
  DestinationMessage message{description_.destination_arn, failure_message(context, action.failed),
                             machine_.batch(action.lane).payload(action.first, action.last)};
  services_.destination.send(std::move(message),
                             [weak = weak_from_this(), action, failure](bool delivered) {
                               auto self = weak.lock();
                               if (!self) return;
                               if (!delivered) {
                                 log_warning("failure message not delivered",
                                             {{"mapping", self->description_.mapping_uuid},
                                              {"destination", self->description_.destination_arn}});
                               }
                               self->sent(action, failure, delivered);
                             });
}

void ShardConsumer::sent(const ConsumerAction& action, uint64_t failure, bool delivered) {
  post([this, action, failure, delivered](ShardMachine& machine) {
    Attempt attempt;
    attempt.time = now();
    attempt.reason = action.failed.reason;
    attempt.failure = failure;
    attempt.fate = delivered                              ? Attempt::Fate::kSent
                   : description_.destination_arn.empty() ? Attempt::Fate::kDropped
                                                          : Attempt::Fate::kNotSent;
    recorder_.given_up(machine.batch(action.lane), action.first, action.last, std::move(attempt));
    machine.on_sent(action.lane, delivered);
  });
}

void ShardConsumer::commit(const ConsumerAction& action) {
  AttemptLog::Taken attempts = recorder_.take(action.position, now());
  services_.checkpoints->commit(
      description_.mapping, description_.shard_id, {action.position, action.shard_finished},
      attempts.page,
      [weak = weak_from_this(), settled = recorder_.settled(attempts)](bool durable) mutable {
        settled(durable);
        auto self = weak.lock();
        if (!self) return;
        self->post([consumer = self.get(), durable](ShardMachine& machine) {
          machine.on_committed(durable, consumer->now());
        });
      });
}

void ShardConsumer::set_timer(Timestamp due) {
  cancel_timer();
  TimerId id = services_.timers.schedule(due, [weak = weak_from_this()] {
    auto self = weak.lock();
    if (!self) return;
    self->post([consumer = self.get()](ShardMachine& machine) {
      machine.on_timer();
      if (!machine.is_failing()) return;
      auto horizon = consumer->source_->trim_horizon();
      if (horizon) machine.expire(*horizon);
    });
  });
  {
    std::lock_guard lock(mutex_);
    timer_ = id;
    if (!abandoned_) return;
  }
  cancel_timer();
}

void ShardConsumer::cancel_timer() {
  std::optional<TimerId> timer;
  {
    std::lock_guard lock(mutex_);
    std::swap(timer, timer_);
  }
  if (timer) services_.timers.cancel(*timer);
}

void ShardConsumer::cancel_wait() {
  std::optional<Source::WaitId> wait;
  {
    std::lock_guard lock(mutex_);
    std::swap(wait, wait_);
  }
  if (wait) source_->cancel_wait(*wait);
}

void ShardConsumer::end(End how) {
  ended_ = true;
  recorder_.flush();
  cancel_wait();
  cancel_timer();
  on_end_(how);
}

}  // namespace millrace::lambda
