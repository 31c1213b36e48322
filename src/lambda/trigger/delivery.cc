#include "lambda/trigger/delivery.h"

#include <algorithm>

namespace millrace::lambda {
namespace {

Duration doubled(int failures, Duration most) {
  using std::chrono::milliseconds;
  int doublings = std::clamp(failures - 1, 0, 20);
  return std::min<Duration>(milliseconds(250) * (int64_t{1} << doublings), most);
}

}  // namespace

Duration retry_backoff(int failures) {
  return doubled(failures, std::chrono::seconds(60));
}
Duration not_started_backoff(int failures) {
  return doubled(failures, std::chrono::seconds(5));
}

Delivery::Delivery(Batch batch) : batch_(std::move(batch)) {
  pieces_.push_back(Piece{0, batch_.size(), 0, 0, {}, {}, {}});
}

Delivery::Step Delivery::next(const RetryPolicy& policy, Timestamp now,
                              engine::Position trimmed) const {
  Step step{Step::Kind::kDone, 0, 0, {}, GiveUpReason::kRetryAttemptsExhausted, 0};
  if (pieces_.empty()) return step;
  const Piece& piece = pieces_.front();
  step.first = piece.first;
  step.last = piece.last;
  step.invoke_count = piece.attempts;
  if (policy.retries_max >= 0 && piece.attempts > policy.retries_max) {
    step.kind = Step::Kind::kGiveUp;
    return step;
  }
  if (now < piece.retry_at) {
    step.kind = Step::Kind::kWait;
    step.until = piece.retry_at;
    return step;
  }
  size_t too_old = piece.first;
  while (too_old < piece.last) {
    const BatchRecord& record = batch_[too_old];
    bool aged = policy.age_max && now - record.time > *policy.age_max;
    if (!aged && record.position > trimmed) break;
    too_old++;
  }
  if (too_old > piece.first) {
    step.kind = Step::Kind::kGiveUp;
    step.last = too_old;
    step.reason = GiveUpReason::kRecordAgeExceeded;
    return step;
  }
  step.kind = Step::Kind::kInvoke;
  return step;
}

void Delivery::on_outcome(const RetryPolicy& policy, const InvokeOutcome& outcome, Timestamp now) {
  Piece& piece = pieces_.front();
  switch (outcome.kind) {
    case InvokeOutcome::Kind::kSucceeded:
      pieces_.pop_front();
      return;
    case InvokeOutcome::Kind::kFailedFrom:
      if (outcome.failed_from > piece.first) {
        piece = Piece{outcome.failed_from, piece.last, 0, 0, now, now, outcome};
        return;
      }
      on_failure(policy, outcome, now);
      return;
    case InvokeOutcome::Kind::kFailed:
      on_failure(policy, outcome, now);
      return;
    case InvokeOutcome::Kind::kNotStarted:
      piece.not_started++;
      piece.retry_at = now + not_started_backoff(piece.not_started);
      if (!piece.failing_since) piece.failing_since = now;
      // What the function answered before stays: it is what the failure message tells.
      if (piece.attempts == 0) piece.failure = outcome;
      return;
  }
}

void Delivery::on_failure(const RetryPolicy& policy, const InvokeOutcome& outcome, Timestamp now) {
  Piece& piece = pieces_.front();
  if (!piece.failing_since) piece.failing_since = now;
  piece.failure = outcome;
  piece.not_started = 0;
  size_t count = piece.last - piece.first;
  if (policy.bisect && count > 1) {
    Piece second = piece;
    piece.last = second.first = piece.first + count / 2;
    piece.attempts = second.attempts = 0;
    piece.retry_at = second.retry_at = now;
    second.failing_since.reset();
    pieces_.insert(pieces_.begin() + 1, std::move(second));
    return;
  }
  piece.attempts++;
  piece.retry_at = now + retry_backoff(piece.attempts);
}

void Delivery::on_given_up(const Step& step) {
  Piece& piece = pieces_.front();
  piece.first = step.last;
  if (piece.first == piece.last) pieces_.pop_front();
}

void Delivery::hurry(Timestamp now) {
  if (!pieces_.empty() && pieces_.front().not_started > 0) pieces_.front().retry_at = now;
}

std::optional<Timestamp> Delivery::failing_since() const {
  if (pieces_.empty()) return std::nullopt;
  return pieces_.front().failing_since;
}

const InvokeOutcome* Delivery::last_failure() const {
  if (pieces_.empty() || !pieces_.front().failure) return nullptr;
  return &*pieces_.front().failure;
}

}  // namespace millrace::lambda
