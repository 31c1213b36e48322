// How one batch gets through a function: attempts, backoff, partial responses, bisecting, giving
// up. A pure state machine, so that tests can walk through everything that may happen to it: next()
// says what to do now, and the caller reports how that went.
//
// A batch is worked on in pieces, front to back. A piece is retried until it succeeds, is split, or
// is given up by the mapping's policy; the counts of attempts belong to the piece:
//   - a function error counts; with bisecting and more than one record it splits the piece instead,
//     and both halves begin to count anew;
//   - a partial response that gets ahead makes the rest a new piece, tried at once with a count of
//   0;
//   - an attempt at which the function did not start (throttled, missing) counts nowhere.
//
// Not thread-safe; a value.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "lambda/trigger/batch.h"

namespace millrace::lambda {

struct RetryPolicy {
  int retries_max = -1;             // MaximumRetryAttempts; -1: no bound
  std::optional<Duration> age_max;  // MaximumRecordAgeInSeconds
  bool bisect = false;              // BisectBatchOnFunctionError
  bool partial_responses = false;   // FunctionResponseTypes has ReportBatchItemFailures
};

// How an invocation ended, in terms of the records it was given.
struct InvokeOutcome {
  enum class Kind {
    kSucceeded,
    kFailedFrom,  // a partial response: the records before `failed_from` are done
    kFailed,
    kNotStarted,
  };
  Kind kind = Kind::kNotStarted;
  size_t failed_from = 0;  // index into the batch
  std::string request_id;
  std::string executed_version;
  std::string function_error;  // empty if the function itself did not fail
  std::string error;           // short text for people
  std::string state;           // of the tumbling window, as JSON, if the records got ahead
};

enum class GiveUpReason { kRetryAttemptsExhausted, kRecordAgeExceeded };

class Delivery {
 public:
  struct Step {
    enum class Kind { kInvoke, kWait, kGiveUp, kDone };
    Kind kind;
    // kInvoke, kGiveUp: records [first, last) of the batch.
    size_t first = 0, last = 0;
    Timestamp until;  // kWait
    GiveUpReason reason = GiveUpReason::kRetryAttemptsExhausted;
    int invoke_count = 0;  // attempts counted so far
  };

  explicit Delivery(Batch batch);

  const Batch& batch() const { return batch_; }
  // Records from the front that are through.
  size_t handled() const { return pieces_.empty() ? batch_.size() : pieces_.front().first; }

  // Records at or below `trimmed` have expired from the stream: they are given up as too old.
  Step next(const RetryPolicy& policy, Timestamp now, engine::Position trimmed) const;
  // After kInvoke.
  void on_outcome(const RetryPolicy& policy, const InvokeOutcome& outcome, Timestamp now);
  // After kGiveUp, once those records have been recorded elsewhere.
  void on_given_up(const Step& step);
  // Try at once if the function did not start at the last attempt.
  void hurry(Timestamp now);

  // Of the front piece: when it failed first, and how it failed last; nothing if it did not.
  std::optional<Timestamp> failing_since() const;
  int attempts() const { return pieces_.empty() ? 0 : pieces_.front().attempts; }
  const InvokeOutcome* last_failure() const;

 private:
  struct Piece {
    size_t first, last;
    int attempts = 0;     // that count
    int not_started = 0;  // in a row
    Timestamp retry_at{};
    std::optional<Timestamp> failing_since;
    std::optional<InvokeOutcome> failure;
  };
  void on_failure(const RetryPolicy& policy, const InvokeOutcome& outcome, Timestamp now);
  Batch batch_;
  std::deque<Piece> pieces_;
};

// The pause before attempt n + 1 after n failures in a row: 0.25 s, doubled each time, at most a
// minute. AWS does not document its own; recorded there: 8 attempts within 60 s, as here.
Duration retry_backoff(int failures);
// The same where the function did not start, at most 5 seconds: nothing was spent on the attempt.
Duration not_started_backoff(int failures);

}  // namespace millrace::lambda
