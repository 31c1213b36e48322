// What becomes of the machine's state when something has come: records, outcomes, commits.
#include <algorithm>

#include "base/limits.h"
#include "lambda/trigger/shard_machine.h"

namespace millrace::lambda {
namespace {

constexpr Duration kRetryStorageMax = std::chrono::seconds(5);

Duration storage_backoff(int failures) {
  return std::min(retry_backoff(failures), kRetryStorageMax);
}

}  // namespace

void ShardMachine::on_page(const SourcePage& page, Timestamp now) {
  reading_ = false;
  read_failures_ = 0;
  read_at_ = {};
  if (stopping_) return;
  for (size_t i = 0; i < page.records.size(); i++) {
    if (page.records[i].position <= cursor_) continue;
    if (!place(page, i, now)) return;
    cursor_ = page.records[i].position;
    counts_.polled++;
    scanned_++;
  }
  cursor_ = std::max(cursor_, page.next_after);
  at_end_ = page.at_end;
  shard_finished_ = page.shard_finished;
  if (window_ && at_end_ && window_->is_over(read_began_)) window_->is_read_out = true;
}

// Whether a record of that time may join the lane's batch, which begin_record() has put into it.
bool ShardMachine::can_place(const Lane& lane, Timestamp time) const {
  if (lane.forming.empty()) return true;
  size_t bytes = lane.forming.payload_bytes();
  if (settings_.tumbling_window.count() > 0) {
    bytes += kWindowEventBytes;
    if (window_at(time, settings_.tumbling_window) !=
        window_at(lane.forming[0].time, settings_.tumbling_window)) {
      return false;
    }
  }
  return bytes <= limits::kInvokePayloadBytesMax;
}

// False if the record's lane has no room for it.
bool ShardMachine::place(const SourcePage& page, size_t index, Timestamp now) {
  size_t number = lanes_.size() == 1 ? 0 : page.key_hash(index) % lanes_.size();
  Lane& lane = lanes_[number];
  if (lane.forming.size() >= settings_.batch_size) {
    lane.full = true;
    return false;
  }
  std::string& text = lane.forming.begin_record();
  page.append_json(index, text);
  if (!filters_->empty()) {
    // The parser reads a little beyond the end.
    text.reserve(text.size() + FilterSet::kPadding);
    if (!filters_->matches(lane.forming.record_text())) {
      lane.forming.drop_record();
      counts_.filtered++;
      return true;
    }
  }
  if (!can_place(lane, page.records[index].time)) {
    lane.forming.drop_record();
    lane.full = true;
    return false;
  }
  if (lane.forming.empty()) {
    lane.window_end = now + settings_.window;
    if (settings_.tumbling_window.count() > 0) {
      TumblingWindow bounds = window_at(page.records[index].time, settings_.tumbling_window);
      lane.window_end = std::min(lane.window_end, bounds.end + kWindowGrace);
    }
  }
  lane.forming.keep_record(page.records[index].position, page.records[index].time);
  return true;
}

void ShardMachine::on_trimmed(engine::Position horizon) {
  reading_ = false;
  if (stopping_) return;
  expire(horizon);
  if (horizon <= cursor_) return;
  counts_.expired += horizon - cursor_;
  cursor_ = horizon;
  commit_soon_ = true;
}

void ShardMachine::expire(engine::Position horizon) {
  trimmed_ = std::max(trimmed_, horizon);
}

void ShardMachine::on_read_failed(Timestamp now) {
  reading_ = false;
  read_at_ = now + storage_backoff(++read_failures_);
}

void ShardMachine::on_timer() {
  timer_set_.reset();
}

void ShardMachine::on_woken() {
  waiting_ = false;
  at_end_ = false;
}

void ShardMachine::on_outcome(size_t index, const InvokeOutcome& outcome, Timestamp now) {
  Lane& lane = lanes_[index];
  lane.activity = Lane::Activity::kNone;
  size_t count = lane.step.last - lane.step.first;
  size_t done = 0;
  bool started = outcome.kind != InvokeOutcome::Kind::kNotStarted;
  if (outcome.kind == InvokeOutcome::Kind::kSucceeded) done = count;
  if (outcome.kind == InvokeOutcome::Kind::kFailedFrom)
    done = outcome.failed_from - lane.step.first;
  if (started) counts_.invoked += count;
  counts_.failed_invoke += count - done;
  counts_.succeeded += done;
  if (done > 0) commit_soon_ = true;
  if (window_ && done > 0) window_->take_state(outcome.state);
  current(lane)->on_outcome(policy(), outcome, now);
}

void ShardMachine::on_sent(size_t index, bool delivered) {
  Lane& lane = lanes_[index];
  lane.activity = Lane::Activity::kNone;
  if (!delivered && settings_.sends_failures) counts_.send_failures++;
  count_given_up(lane, delivered);
  lane.delivery->on_given_up(lane.step);
  commit_soon_ = true;
}

void ShardMachine::on_committed(bool durable, Timestamp now) {
  if (durable) {
    committed_ = *committing_;
    finish_committed_ = commit_finishes_;
    commit_failures_ = 0;
    commit_at_ = {};  // the clock may be set back
  } else {
    commit_at_ = now + storage_backoff(++commit_failures_);
    commit_soon_ = true;
  }
  committing_.reset();
}

void ShardMachine::stop() {
  stopping_ = true;
  for (Lane& lane : lanes_) {
    // What was read and not handed over is read again by the next consumer.
    if (lane.forming.empty()) continue;
    cursor_ = std::min(cursor_, lane.forming[0].position - 1);
    lane.forming = Batch();
    shard_finished_ = false;
  }
}

void ShardMachine::hurry(Timestamp now) {
  for (Lane& lane : lanes_) {
    if (Delivery* delivery = current(lane)) delivery->hurry(now);
  }
}

bool ShardMachine::is_failing() const {
  return std::any_of(lanes_.begin(), lanes_.end(), [this](const Lane& lane) {
    const Delivery* delivery = current(lane);
    return delivery != nullptr && delivery->failing_since();
  });
}

ConsumerProgress ShardMachine::progress() const {
  ConsumerProgress progress;
  progress.handled = frontier();
  progress.committed = committed_;
  progress.read = cursor_;
  progress.at_end = at_end_;
  progress.shard_finished = shard_finished_;
  progress.counts = counts_;
  progress.iterator_age = iterator_age_;
  for (const Lane& lane : lanes_) {
    if (lane.activity == Lane::Activity::kInvoking) {
      progress.in_flight += std::max<size_t>(lane.step.last - lane.step.first, 1);
    }
    const Delivery* delivery = current(lane);
    if (delivery == nullptr || !delivery->failing_since()) continue;
    const InvokeOutcome* failure = delivery->last_failure();
    progress.blocked.push_back(
        {is_final() ? window_->last : delivery->batch()[delivery->handled()].position,
         *delivery->failing_since(), failure != nullptr ? failure->error : std::string(),
         delivery->attempts()});
  }
  std::sort(progress.blocked.begin(), progress.blocked.end(),
            [](const auto& a, const auto& b) { return a.since < b.since; });
  return progress;
}

}  // namespace millrace::lambda
