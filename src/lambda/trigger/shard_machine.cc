// What the machine does next. What changes its state is in shard_machine_events.cc.
#include "lambda/trigger/shard_machine.h"

#include <algorithm>

#include "base/limits.h"

namespace millrace::lambda {
namespace {

using Kind = ConsumerAction::Kind;

// Progress by filtered records alone is committed lazily: losing it only means filtering again.
constexpr engine::Position kFilteredLagMax = 1000;
constexpr Duration kFilteredLagTime = std::chrono::seconds(5);
// Without a window a batch takes what is there; this bounds the search for more of it when a filter
// lets little through.
constexpr size_t kScannedMax = 10'000;

ConsumerAction action(Kind kind) {
  ConsumerAction action{};
  action.kind = kind;
  return action;
}

}  // namespace

ConsumerCounts& ConsumerCounts::operator+=(const ConsumerCounts& other) {
  polled += other.polled;
  filtered += other.filtered;
  invoked += other.invoked;
  failed_invoke += other.failed_invoke;
  succeeded += other.succeeded;
  sent += other.sent;
  dropped += other.dropped;
  expired += other.expired;
  send_failures += other.send_failures;
  return *this;
}

ShardMachine::ShardMachine(ConsumerSettings settings, const FilterSet* filters,
                           engine::Position start)
    : settings_(settings),
      filters_(filters),
      lanes_(settings.tumbling_window.count() > 0 ? 1 : std::max<size_t>(settings.lanes, 1)),
      cursor_(start),
      committed_(start) {}

std::vector<ConsumerAction> ShardMachine::actions(Timestamp now) {
  std::vector<ConsumerAction> actions;
  if (ended_) return actions;
  next_timer_.reset();

  for (size_t lane = 0; lane < lanes_.size(); lane++) work_on(lane, now, actions);
  add_commit(now, actions);
  // A new batch is begun while a commit runs, but not a second one: what a crash repeats is
  // bounded.
  bool commits_behind = commit_soon_ && (committing_ || commit_failures_ > 0);
  if (!stopping_ && !commits_behind) {
    for (size_t i = 0; i < lanes_.size(); i++) {
      begin_batch(i, now, actions);
    }
    // Records of those batches may have been given up without an attempt.
    add_commit(now, actions);
  }
  add_read(now, actions);
  add_end(actions);

  for (const Lane& lane : lanes_) {
    bool waits_for_window = !lane.forming.empty() && !lane.delivery && settings_.window.count() > 0;
    if (waits_for_window && now < lane.window_end) wake_at(lane.window_end);
  }
  if (window_ && !is_final() && !stopping_ && !window_->is_over(now)) {
    wake_at(window_->call.bounds.end + kWindowGrace);
  }
  if (next_timer_ && next_timer_ != timer_set_ && !ended_) {
    timer_set_ = next_timer_;
    actions.push_back(action(Kind::kTimer));
    actions.back().due = *next_timer_;
  }
  return actions;
}

bool ShardMachine::should_close(const Lane& lane, Timestamp now) const {
  if (lane.forming.empty()) return false;
  if (lane.full || shard_finished_ || lane.forming.size() >= settings_.batch_size) return true;
  if (settings_.window.count() > 0) return now >= lane.window_end;
  bool reading_stopped =
      std::any_of(lanes_.begin(), lanes_.end(), [](const Lane& other) { return other.full; });
  return at_end_ || reading_stopped || scanned_ >= kScannedMax;
}

// What an idle lane does next: the final call of a window that is over, or a batch.
void ShardMachine::begin_batch(size_t index, Timestamp now, std::vector<ConsumerAction>& actions) {
  Lane& lane = lanes_[index];
  if (lane.delivery || is_final()) return;
  if (should_finish_window(lane, now)) {
    window_->final_call.emplace(Batch());
  } else if (should_close(lane, now)) {
    lane.delivery.emplace(std::move(lane.forming));
    lane.forming = Batch();
    lane.full = false;
    scanned_ = 0;
    open_window(*lane.delivery);
  } else {
    return;
  }
  work_on(index, now, actions);
}

// The window of the records that the delivery goes on with; an open one is the same.
void ShardMachine::open_window(const Delivery& delivery) {
  if (settings_.tumbling_window.count() == 0) return;
  const Batch& batch = delivery.batch();
  if (!window_) {
    const BatchRecord& first = batch[delivery.handled()];
    window_.emplace();
    window_->call.bounds = window_at(first.time, settings_.tumbling_window);
    window_->before = first.position - 1;
  }
  window_->last = batch[batch.size() - 1].position;
}

// REQUIRES: nothing of the window is in delivery.
bool ShardMachine::should_finish_window(const Lane& lane, Timestamp now) const {
  if (!window_) return false;
  if (!lane.forming.empty()) {
    return window_at(lane.forming[0].time, settings_.tumbling_window) != window_->call.bounds;
  }
  return shard_finished_ || (window_->is_over(now) && window_->is_read_out);
}

// Its final call has succeeded. A window that was ended early goes on as a new one.
void ShardMachine::finish_window(Lane& lane) {
  window_.reset();
  commit_soon_ = true;
  if (lane.delivery && lane.delivery->handled() < lane.delivery->batch().size()) {
    open_window(*lane.delivery);
  }
}

const Delivery* ShardMachine::current(const Lane& lane) const {
  if (is_final()) return &*window_->final_call;
  return lane.delivery ? &*lane.delivery : nullptr;
}

Delivery* ShardMachine::current(Lane& lane) {
  if (is_final()) return &*window_->final_call;
  return lane.delivery ? &*lane.delivery : nullptr;
}

// The shard waits for the final call until it succeeds, whatever the policy for records.
RetryPolicy ShardMachine::policy() const {
  return is_final() ? RetryPolicy() : settings_.retry;
}

void ShardMachine::work_on(size_t index, Timestamp now, std::vector<ConsumerAction>& actions) {
  Lane& lane = lanes_[index];
  while (lane.activity == Lane::Activity::kNone) {
    if (window_ && window_->call.is_terminated_early && !is_final() && !stopping_) {
      window_->final_call.emplace(Batch());
    }
    Delivery* delivery = current(lane);
    if (delivery == nullptr) return;
    Delivery::Step step = delivery->next(policy(), now, trimmed_);
    switch (step.kind) {
      case Delivery::Step::Kind::kDone:
        if (is_final()) {
          finish_window(lane);
        } else {
          lane.delivery.reset();
        }
        break;
      case Delivery::Step::Kind::kWait:
        if (!stopping_) wake_at(step.until);
        return;
      case Delivery::Step::Kind::kGiveUp:
        give_up(index, step, actions);
        break;
      case Delivery::Step::Kind::kInvoke:
        if (stopping_) return;
        lane.step = step;
        lane.activity = Lane::Activity::kInvoking;
        if (step.last > step.first) {
          iterator_age_ = std::max(Duration(0), now - delivery->batch()[step.last - 1].time);
        }
        actions.push_back(action(Kind::kInvoke));
        if (window_) actions.back().window = window_->call;
        if (is_final()) actions.back().window->is_final = true;
        actions.back().lane = index;
        actions.back().first = step.first;
        actions.back().last = step.last;
        return;
    }
  }
}

void ShardMachine::give_up(size_t index, const Delivery::Step& step,
                           std::vector<ConsumerAction>& actions) {
  Lane& lane = lanes_[index];
  lane.step = step;
  if (!settings_.sends_failures && !settings_.keeps_failures) {
    count_given_up(lane, false);
    lane.delivery->on_given_up(step);
    commit_soon_ = true;
    return;
  }
  const Batch& batch = lane.delivery->batch();
  FailedRecords failed{};
  failed.reason = step.reason;
  failed.invoke_count = std::max(step.invoke_count, 1);
  failed.first = batch[step.first].position;
  failed.last = batch[step.last - 1].position;
  failed.first_time = batch[step.first].time;
  failed.last_time = batch[step.last - 1].time;
  failed.count = step.last - step.first;
  const InvokeOutcome* outcome = lane.delivery->last_failure();
  if (outcome != nullptr && outcome->kind != InvokeOutcome::Kind::kNotStarted) {
    failed.outcome = *outcome;
  }
  lane.activity = Lane::Activity::kSending;
  actions.push_back(action(Kind::kSend));
  actions.back().lane = index;
  actions.back().first = step.first;
  actions.back().last = step.last;
  actions.back().failed = std::move(failed);
}

void ShardMachine::count_given_up(const Lane& lane, bool sent) {
  for (size_t i = lane.step.first; i < lane.step.last; i++) {
    bool expired = lane.delivery->batch()[i].position <= trimmed_;
    (sent ? counts_.sent : expired ? counts_.expired : counts_.dropped)++;
  }
}

void ShardMachine::add_commit(Timestamp now, std::vector<ConsumerAction>& actions) {
  if (committing_) return;
  engine::Position position = frontier();
  bool finishes = shard_finished_ && is_all_handled() && !finish_committed_;
  if (position == committed_ && !finishes) return;
  bool is_due = commit_soon_ || finishes || stopping_ || position - committed_ >= kFilteredLagMax;
  if (!is_due) {
    if (!filtered_since_) filtered_since_ = now;
    is_due = now - *filtered_since_ >= kFilteredLagTime;
    if (!is_due) wake_at(*filtered_since_ + kFilteredLagTime);
  }
  if (!is_due) return;
  if (now < commit_at_) {
    if (!stopping_) wake_at(commit_at_);
    return;
  }
  committing_ = position;
  commit_finishes_ = finishes;
  commit_soon_ = false;
  filtered_since_.reset();
  actions.push_back(action(Kind::kCommit));
  actions.back().position = position;
  actions.back().shard_finished = finishes;
}

void ShardMachine::add_read(Timestamp now, std::vector<ConsumerAction>& actions) {
  if (stopping_ || reading_ || shard_finished_) return;
  bool stopped = false, wanted = false;
  for (const Lane& lane : lanes_) {
    stopped |= lane.full;
    wanted |= current(lane) == nullptr && lane.forming.size() < settings_.batch_size;
  }
  if (stopped || !wanted) return;
  // Once more when a window is over, before its final call.
  if (at_end_ && window_ && window_->is_over(now) && !window_->is_read_out) at_end_ = false;
  if (at_end_) {
    if (waiting_) return;
    waiting_ = true;
    actions.push_back(action(Kind::kWait));
    actions.back().after = cursor_;
    return;
  }
  if (now < read_at_) {
    wake_at(read_at_);
    return;
  }
  reading_ = true;
  read_began_ = now;
  actions.push_back(action(Kind::kRead));
  actions.back().after = cursor_;
  actions.back().records_max = read_room();
}

size_t ShardMachine::read_room() const {
  size_t room = 0;
  for (const Lane& lane : lanes_) {
    room += settings_.batch_size - std::min(settings_.batch_size, lane.forming.size());
  }
  return std::min(room, limits::kLogReadRecordsMax);
}

void ShardMachine::add_end(std::vector<ConsumerAction>& actions) {
  if (reading_ || committing_ || !is_idle()) return;
  bool nothing_to_commit = frontier() == committed_ || commit_failures_ > 0;
  if (finish_committed_) {
    actions.push_back(action(Kind::kFinished));
  } else if (stopping_ && nothing_to_commit) {
    actions.push_back(action(Kind::kStopped));
  } else {
    return;
  }
  ended_ = true;
}

void ShardMachine::wake_at(Timestamp due) {
  if (!next_timer_ || due < *next_timer_) next_timer_ = due;
}

bool ShardMachine::is_idle() const {
  return std::none_of(lanes_.begin(), lanes_.end(),
                      [](const Lane& lane) { return lane.activity != Lane::Activity::kNone; });
}

bool ShardMachine::is_all_handled() const {
  return std::all_of(lanes_.begin(), lanes_.end(),
                     [](const Lane& lane) { return !lane.delivery && lane.forming.empty(); }) &&
         !window_;
}

engine::Position ShardMachine::frontier() const {
  engine::Position frontier = cursor_;
  if (window_) frontier = std::min(frontier, window_->before);
  for (const Lane& lane : lanes_) {
    if (lane.delivery && lane.delivery->handled() < lane.delivery->batch().size()) {
      const Batch& batch = lane.delivery->batch();
      frontier = std::min(frontier, batch[lane.delivery->handled()].position - 1);
    }
    if (!lane.forming.empty()) frontier = std::min(frontier, lane.forming[0].position - 1);
  }
  return frontier;
}

}  // namespace millrace::lambda
