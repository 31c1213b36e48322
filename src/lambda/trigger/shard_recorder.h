// Writes down in the mapping's attempt log what happens to the records of one shard. Which records
// were filtered out is not told record by record: it is what is left of a checkpoint's progress
// once everything else is subtracted.
//
// Used on the consumer's turn only.
#pragma once

#include <memory>
#include <string>

#include "lambda/trigger/attempt_log.h"
#include "lambda/trigger/batch.h"

namespace millrace::lambda {

class ShardRecorder {
 public:
  // `log` may be null: nothing is recorded. Records after `start` are consumed. `filters`: whether
  // the mapping has any.
  ShardRecorder(std::shared_ptr<AttemptLog> log, std::string shard_id, engine::Position start,
                bool filters);

  // Of records [first, last) of the batch.
  void invoked(const Batch& batch, size_t first, size_t last, const InvokeOutcome& outcome,
               Timestamp begun, Duration took);
  void given_up(const Batch& batch, size_t first, size_t last, Attempt attempt);
  void expired(engine::Position first, engine::Position last, Timestamp now);

  // What to write in the commit of a checkpoint, perhaps nothing, and what to call with the
  // commit's outcome, on any thread.
  AttemptLog::Taken take(engine::Position checkpoint, Timestamp now);
  using Settled = UniqueFunction<void(bool durable)>;
  Settled settled(const AttemptLog::Taken& taken) const;
  // Writes what no commit has taken along.
  void flush();

 private:
  const std::shared_ptr<AttemptLog> log_;
  const std::string shard_id_;
  const bool filters_;
  engine::Position taken_;  // of the last take()
  PositionRanges done_;     // beyond it, and not because of a filter
};

}  // namespace millrace::lambda
