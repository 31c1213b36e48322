#include "lambda/trigger/delivery.h"

#include <gtest/gtest.h>

#include "dynamodb/stream/change_record.h"
#include "lambda/trigger/batch_response.h"

namespace millrace::lambda {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Step = Delivery::Step;

const Timestamp kStart = from_unix_millis(1'700'000'000'000);

Batch batch_of(size_t count, engine::Position first = 1) {
  Batch batch;
  for (size_t i = 0; i < count; i++) {
    batch.begin_record() += std::to_string(first + i);
    batch.keep_record(first + i, kStart + seconds(i));
  }
  return batch;
}

InvokeOutcome failed() {
  InvokeOutcome outcome;
  outcome.kind = InvokeOutcome::Kind::kFailed;
  outcome.function_error = "Unhandled";
  return outcome;
}
InvokeOutcome failed_from(size_t index) {
  InvokeOutcome outcome;
  outcome.kind = InvokeOutcome::Kind::kFailedFrom;
  outcome.failed_from = index;
  return outcome;
}
InvokeOutcome succeeded() {
  InvokeOutcome outcome;
  outcome.kind = InvokeOutcome::Kind::kSucceeded;
  return outcome;
}

// Attempts until the batch is through, as "0-3 0-1 ...", answered by `answer`.
template <class Answer>
std::string attempts(Delivery& delivery, const RetryPolicy& policy, Answer answer) {
  std::string log;
  Timestamp now = kStart;
  for (int i = 0; i < 1000; i++) {
    Step step = delivery.next(policy, now, 0);
    if (step.kind == Step::Kind::kDone) return log;
    if (step.kind == Step::Kind::kWait) now = step.until;
    std::string range = std::to_string(step.first) + "-" + std::to_string(step.last);
    if (step.kind == Step::Kind::kGiveUp) {
      log += " give up " + range + " after " + std::to_string(step.invoke_count);
      delivery.on_given_up(step);
    }
    if (step.kind == Step::Kind::kInvoke) {
      log += " " + range;
      delivery.on_outcome(policy, answer(step), now);
    }
  }
  return log + " ...";
}

TEST(Batch, GivesRunsOfRecordsAsEvents) {
  Batch batch = batch_of(3, 7);
  batch.begin_record() += "no";
  EXPECT_EQ(batch.record_text(), "no");
  batch.drop_record();
  EXPECT_EQ(batch.payload(0, 3), R"({"Records":[7,8,9]})");
  EXPECT_EQ(batch.payload_bytes(), batch.payload(0, 3).size());
  EXPECT_EQ(batch.payload(1, 2, R"(,"state":{})"), R"({"Records":[8],"state":{}})");
  EXPECT_EQ(batch.payload(0, 0), R"({"Records":[]})");
  EXPECT_EQ(batch.find(8), 1u);
  EXPECT_EQ(batch.find(10), 3u);
}

TEST(Delivery, RetriesGiveOneAttemptMore) {
  for (int retries : {0, 1, 3}) {
    Delivery delivery(batch_of(2));
    RetryPolicy policy;
    policy.retries_max = retries;
    int calls = 0;
    std::string log = attempts(delivery, policy, [&](const Step&) { return calls++, failed(); });
    EXPECT_EQ(calls, retries + 1);
    EXPECT_TRUE(log.ends_with("give up 0-2 after " + std::to_string(retries + 1))) << log;
  }
}

// Recorded on AWS: three retries, the last of three records always fails. It is delivered 5 times,
// and the failure message says 4, because the attempt that got ahead began a new batch.
TEST(Delivery, PartialProgressStartsANewBatch) {
  Delivery delivery(batch_of(3));
  RetryPolicy policy;
  policy.retries_max = 3;
  policy.partial_responses = true;
  EXPECT_EQ(attempts(delivery, policy, [](const Step&) { return failed_from(2); }),
            " 0-3 2-3 2-3 2-3 2-3 give up 2-3 after 4");
}

TEST(Delivery, PartialResponseWithoutProgressCounts) {
  Delivery delivery(batch_of(3));
  RetryPolicy policy;
  policy.retries_max = 1;
  policy.partial_responses = true;
  EXPECT_EQ(attempts(delivery, policy, [](const Step&) { return failed_from(0); }),
            " 0-3 0-3 give up 0-3 after 2");
}

TEST(Delivery, BisectFindsTheRecord) {
  Delivery delivery(batch_of(5));
  RetryPolicy policy;
  policy.retries_max = 1;
  policy.bisect = true;
  auto poison = [](const Step& step) {
    return step.first <= 3 && 3 < step.last ? failed() : succeeded();
  };
  EXPECT_EQ(attempts(delivery, policy, poison),
            " 0-5 0-2 2-5 2-3 3-5 3-4 3-4 give up 3-4 after 2 4-5");
}

TEST(Delivery, BisectAndPartialResponseSplitAtTheReportedRecord) {
  Delivery delivery(batch_of(6));
  RetryPolicy policy;
  policy.retries_max = 0;
  policy.bisect = policy.partial_responses = true;
  auto answer = [](const Step& step) {
    return step.first <= 3 && 3 < step.last ? failed_from(3) : succeeded();
  };
  EXPECT_EQ(attempts(delivery, policy, answer), " 0-6 3-6 3-4 give up 3-4 after 1 4-6");
}

TEST(Delivery, BackoffDoubles) {
  Delivery delivery(batch_of(1));
  RetryPolicy policy;
  delivery.on_outcome(policy, failed(), kStart);
  EXPECT_EQ(delivery.next(policy, kStart, 0).until, kStart + milliseconds(250));
  delivery.on_outcome(policy, failed(), kStart);
  EXPECT_EQ(delivery.next(policy, kStart, 0).until, kStart + milliseconds(500));
  EXPECT_EQ(retry_backoff(100), seconds(60));
  EXPECT_EQ(not_started_backoff(100), seconds(5));
  // Recorded on AWS: 8 attempts in the first minute.
  Duration elapsed{0};
  int attempts = 1;
  while (elapsed + retry_backoff(attempts) <= seconds(60)) elapsed += retry_backoff(attempts++);
  EXPECT_EQ(attempts, 8);
}

TEST(Delivery, AttemptsThatDidNotStartCountNowhere) {
  Delivery delivery(batch_of(1));
  RetryPolicy policy;
  policy.retries_max = 0;
  for (int i = 0; i < 50; i++) delivery.on_outcome(policy, InvokeOutcome(), kStart);
  EXPECT_EQ(delivery.next(policy, kStart, 0).kind, Step::Kind::kWait);
  delivery.hurry(kStart);
  EXPECT_EQ(delivery.next(policy, kStart, 0).kind, Step::Kind::kInvoke);
  EXPECT_EQ(*delivery.failing_since(), kStart);
}

TEST(Delivery, OldRecordsAreGivenUpFromTheFront) {
  Delivery delivery(batch_of(6));
  RetryPolicy policy;
  policy.age_max = seconds(60);
  Step step = delivery.next(policy, kStart + seconds(61), 0);
  EXPECT_EQ(step.kind, Step::Kind::kGiveUp);
  EXPECT_EQ(step.reason, GiveUpReason::kRecordAgeExceeded);
  EXPECT_EQ(step.last, 1u);
  delivery.on_given_up(step);
  step = delivery.next(policy, kStart + seconds(61), 0);
  EXPECT_EQ(step.kind, Step::Kind::kInvoke);
  EXPECT_EQ(step.first, 1u);
  // Expired from the stream.
  step = delivery.next(policy, kStart + seconds(61), 3);
  EXPECT_EQ(step.kind, Step::Kind::kGiveUp);
  EXPECT_EQ(step.last, 3u);
}

InvokeOutcome judge(const std::string& payload) {
  InvocationResult result;
  result.outcome = InvocationResult::Outcome::kSuccess;
  result.payload = payload;
  return judge_result(result, batch_of(4, 10), 1, 4, true);
}

std::string failures(const std::string& entries) {
  return R"({"batchItemFailures":[)" + entries + "]}";
}
std::string failure(engine::Position position) {
  return R"({"itemIdentifier":")" + dynamodb::stream::sequence_number(position) + "\"}";
}

TEST(BatchResponse, Success) {
  for (const char* payload : {"", "[]", "null", "{}", "\"\"", R"({"batchItemFailures":[]})",
                              R"({"batchItemFailures":null})", R"({"statusCode":200})"}) {
    EXPECT_EQ(judge(payload).kind, InvokeOutcome::Kind::kSucceeded) << payload;
  }
}

TEST(BatchResponse, WholeBatchFailed) {
  for (const std::string& payload :
       {failures(R"({"itemIdentifier":""})"), failures(R"({"itemIdentifier":null})"),
        failures(R"({"itemIdentifier":123})"), failures(R"({"foo":"x"})"),
        failures(R"({"foo":null})"), failures(failure(99)), failures(failure(10)),
        failures(failure(12) + ",{}"), failures("1"), std::string(R"({"batchItemFailures":"x"})"),
        std::string("\"ok\""), std::string("[1]"), std::string("not json")}) {
    EXPECT_EQ(judge(payload).kind, InvokeOutcome::Kind::kFailed) << payload;
  }
}

TEST(BatchResponse, LowestNumberIsWhereToGoOn) {
  InvokeOutcome outcome = judge(failures(failure(13) + "," + failure(12)));
  EXPECT_EQ(outcome.kind, InvokeOutcome::Kind::kFailedFrom);
  EXPECT_EQ(outcome.failed_from, 2u);
}

TEST(BatchResponse, IsIgnoredUnlessAskedFor) {
  InvocationResult result;
  result.outcome = InvocationResult::Outcome::kSuccess;
  result.payload = failures("1");
  EXPECT_EQ(judge_result(result, batch_of(1), 0, 1, false).kind, InvokeOutcome::Kind::kSucceeded);
}

TEST(BatchResponse, ErrorsAndAttemptsThatDidNotStart) {
  InvocationResult result;
  result.outcome = InvocationResult::Outcome::kFunctionError;
  result.function_error = "Unhandled";
  result.payload = R"({"errorType":"Sandbox.Timedout","errorMessage":"timed out"})";
  InvokeOutcome outcome = judge_result(result, batch_of(1), 0, 1, true);
  EXPECT_EQ(outcome.kind, InvokeOutcome::Kind::kFailed);
  EXPECT_EQ(outcome.error, "Sandbox.Timedout: timed out");
  for (auto not_started :
       {InvocationResult::Outcome::kThrottled, InvocationResult::Outcome::kNotFound,
        InvocationResult::Outcome::kUnavailable}) {
    result.outcome = not_started;
    EXPECT_EQ(judge_result(result, batch_of(1), 0, 1, true).kind, InvokeOutcome::Kind::kNotStarted);
  }
}

}  // namespace
}  // namespace millrace::lambda
