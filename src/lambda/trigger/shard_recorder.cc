#include "lambda/trigger/shard_recorder.h"

namespace millrace::lambda {
namespace {

PositionRanges positions(const Batch& batch, size_t first, size_t last) {
  PositionRanges positions;
  for (size_t i = first; i < last; i++) positions.add(batch[i].position);
  return positions;
}

}  // namespace

ShardRecorder::ShardRecorder(std::shared_ptr<AttemptLog> log, std::string shard_id,
                             engine::Position start, bool filters)
    : log_(std::move(log)), shard_id_(std::move(shard_id)), filters_(filters), taken_(start) {}

void ShardRecorder::invoked(const Batch& batch, size_t first, size_t last,
                            const InvokeOutcome& outcome, Timestamp begun, Duration took) {
  if (!log_) return;
  Attempt attempt;
  attempt.kind = Attempt::Kind::kInvoked;
  attempt.records = positions(batch, first, last);
  attempt.time = begun;
  attempt.duration = took;
  attempt.outcome = outcome.kind;
  attempt.request_id = outcome.request_id;
  attempt.function_error = outcome.function_error;
  attempt.error = outcome.error.substr(0, kAttemptErrorBytesMax);
  size_t done = first;
  if (outcome.kind == InvokeOutcome::Kind::kSucceeded) done = last;
  if (outcome.kind == InvokeOutcome::Kind::kFailedFrom) {
    done = outcome.failed_from;
    attempt.failed_from = batch[done].position;
  }
  if (filters_) {
    for (size_t i = first; i < done; i++) done_.add(batch[i].position);
  }
  log_->add(shard_id_, std::move(attempt));
  if (done == first) log_->flush(false);
}

void ShardRecorder::given_up(const Batch& batch, size_t first, size_t last, Attempt attempt) {
  if (!log_) return;
  attempt.kind = Attempt::Kind::kGivenUp;
  attempt.records = positions(batch, first, last);
  if (filters_) {
    for (size_t i = first; i < last; i++) done_.add(batch[i].position);
  }
  log_->add(shard_id_, std::move(attempt));
}

void ShardRecorder::expired(engine::Position first, engine::Position last, Timestamp now) {
  if (!log_ || last < first) return;
  Attempt attempt;
  attempt.kind = Attempt::Kind::kExpired;
  attempt.records.add(first, last);
  attempt.time = now;
  if (filters_) done_.add(first, last);
  log_->add(shard_id_, std::move(attempt));
}

AttemptLog::Taken ShardRecorder::take(engine::Position checkpoint, Timestamp now) {
  if (!log_) return {};
  if (filters_ && checkpoint > taken_) {
    Attempt attempt;
    attempt.kind = Attempt::Kind::kFiltered;
    attempt.records = done_.missing(taken_, checkpoint);
    attempt.time = now;
    if (!attempt.records.empty()) log_->add(shard_id_, std::move(attempt));
    done_.remove_up_to(checkpoint);
    taken_ = checkpoint;
  }
  return log_->take(shard_id_, checkpoint);
}

ShardRecorder::Settled ShardRecorder::settled(const AttemptLog::Taken& taken) const {
  if (taken.number == 0) return [](bool) {};
  return [log = log_, number = taken.number](bool durable) { log->settled(number, durable); };
}

void ShardRecorder::flush() {
  if (log_) log_->flush(true);
}

}  // namespace millrace::lambda
