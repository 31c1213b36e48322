#include "lambda/trigger/redrive.h"

#include <nlohmann/json.hpp>

#include "dynamodb/stream/change_record.h"
#include "lambda/trigger/batch_response.h"

namespace millrace::lambda {
namespace {

// The records' positions, for reading a partial response; their texts are in the payload.
Batch batch_of(const std::string& payload) {
  Batch batch;
  auto event = nlohmann::json::parse(payload, nullptr, false);
  if (!event.is_object() || !event.contains("Records")) return batch;
  for (const auto& record : event["Records"]) {
    auto number = record.value("/dynamodb/SequenceNumber"_json_pointer, std::string());
    auto position = dynamodb::stream::parse_sequence_number(number);
    batch.begin_record() += "{}";
    batch.keep_record(position.value_or(0), Timestamp());
  }
  return batch;
}

Attempt describe(const FailureStore::Whole& failure, const Batch& batch,
                 const InvokeOutcome& outcome, Timestamp begun, Duration took) {
  Attempt attempt;
  attempt.kind = Attempt::Kind::kRedriven;
  attempt.failure = failure.failure.number;
  for (size_t i = 0; i < batch.size(); i++) attempt.records.add(batch[i].position);
  attempt.time = begun;
  attempt.duration = took;
  attempt.outcome = outcome.kind;
  if (outcome.kind == InvokeOutcome::Kind::kFailedFrom) {
    attempt.failed_from = batch[outcome.failed_from].position;
  }
  attempt.request_id = outcome.request_id;
  attempt.function_error = outcome.function_error;
  attempt.error = outcome.error;
  return attempt;
}

}  // namespace

void redrive(Redrive redrive, Invoker& invoker, const Clock& clock,
             std::shared_ptr<FailureStore> failures, std::shared_ptr<AttemptLog> attempts,
             UniqueFunction<void(engine::Result<InvokeOutcome>)> done) {
  Invocation invocation;
  invocation.function = redrive.function;
  invocation.payload = redrive.failure.payload;
  auto ended = [redrive = std::move(redrive), failures = std::move(failures),
                attempts = std::move(attempts), begun = clock.now(), stopwatch = stopwatch_now(),
                done = std::move(done)](InvocationResult result) mutable {
    auto took = std::chrono::duration_cast<Duration>(stopwatch_now() - stopwatch);
    Batch batch = batch_of(redrive.failure.payload);
    InvokeOutcome outcome = judge_result(result, batch, 0, batch.size(),
                                         redrive.mapping->settings.report_batch_item_failures);
    const KeptFailure& failure = redrive.failure.failure;
    attempts->add(failure.shard_id, describe(redrive.failure, batch, outcome, begun, took));
    attempts->flush(true);
    if (outcome.kind != InvokeOutcome::Kind::kSucceeded) return done(std::move(outcome));
    failures->erase(redrive.mapping->number, failure.number,
                    [outcome = std::move(outcome),
                     done = std::move(done)](engine::Result<bool> erased) mutable {
                      if (!erased) return done(Unexpected(erased.error()));
                      done(std::move(outcome));
                    });
  };
  invoker.invoke(std::move(invocation), std::move(ended));
}

}  // namespace millrace::lambda
