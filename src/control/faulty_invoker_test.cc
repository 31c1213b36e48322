#include "control/faulty_invoker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::control {
namespace {

using lambda::Invocation;
using lambda::InvocationResult;
using Outcome = InvocationResult::Outcome;
using ::testing::ElementsAre;

class CountingInvoker final : public lambda::Invoker {
 public:
  void invoke(Invocation invocation, UniqueFunction<void(InvocationResult)> done) override {
    payloads.push_back(invocation.payload);
    InvocationResult result;
    result.outcome = outcome;
    result.payload = std::to_string(payloads.size());
    done(std::move(result));
  }
  std::vector<std::string> payloads;
  Outcome outcome = Outcome::kSuccess;
};

class FaultyInvokerTest : public ::testing::Test {
 protected:
  InvocationResult invoke(const std::string& mapping = "") {
    Invocation invocation;
    invocation.function.name = "f";
    invocation.payload = "event";
    invocation.mapping = mapping;
    std::optional<InvocationResult> result;
    faulty.invoke(std::move(invocation), [&](InvocationResult given) {
      EXPECT_FALSE(result) << "answered twice";
      result = std::move(given);
    });
    EXPECT_TRUE(result);
    return result.value_or(InvocationResult());
  }

  CountingInvoker inner;
  FaultPlan plan;
  SeededRandom random{1};
  FaultyInvoker faulty{inner, plan, random};
};

TEST_F(FaultyInvokerTest, PassesCallsOn) {
  InvocationResult result = invoke();
  EXPECT_EQ(result.outcome, Outcome::kSuccess);
  EXPECT_EQ(result.payload, "1");
  plan.add({.kind = FaultKind::kFailFunction, .function_name = "other"});
  EXPECT_EQ(invoke().outcome, Outcome::kSuccess);
  EXPECT_THAT(inner.payloads, ElementsAre("event", "event"));
}

TEST_F(FaultyInvokerTest, FailsWithoutRunning) {
  plan.add({.kind = FaultKind::kFailFunction, .error_type = "Boom", .error_message = "no"});
  InvocationResult result = invoke();
  EXPECT_EQ(result.outcome, Outcome::kFunctionError);
  EXPECT_EQ(result.function_error, "Unhandled");
  EXPECT_EQ(result.payload, R"({"errorMessage":"no","errorType":"Boom"})");
  EXPECT_FALSE(result.request_id.empty());
  EXPECT_TRUE(inner.payloads.empty());
  EXPECT_EQ(invoke().outcome, Outcome::kSuccess);
}

TEST_F(FaultyInvokerTest, LosesTheResultOfASuccess) {
  plan.add({.kind = FaultKind::kLoseResult});
  inner.outcome = Outcome::kFunctionError;
  EXPECT_EQ(invoke().outcome, Outcome::kFunctionError);
  inner.outcome = Outcome::kSuccess;
  InvocationResult lost = invoke();
  EXPECT_EQ(lost.outcome, Outcome::kUnavailable);
  EXPECT_EQ(lost.payload, "");
  EXPECT_EQ(inner.payloads.size(), 2u);
}

TEST_F(FaultyInvokerTest, DeliversTwice) {
  plan.add({.kind = FaultKind::kDeliverTwice});
  EXPECT_EQ(invoke().payload, "2");
  EXPECT_THAT(inner.payloads, ElementsAre("event", "event"));
  EXPECT_EQ(invoke().payload, "3");
}

TEST_F(FaultyInvokerTest, CrashesTheMapping) {
  std::vector<std::string> restarted;
  faulty.restart_with([&](const std::string& mapping) { restarted.push_back(mapping); });
  plan.add({.kind = FaultKind::kCrashBeforeCheckpoint, .function_name = "f", .count = 2});
  EXPECT_EQ(invoke().outcome, Outcome::kSuccess);
  EXPECT_EQ(invoke("uuid").outcome, Outcome::kUnavailable);
  EXPECT_THAT(restarted, ElementsAre("uuid"));
  faulty.restart_with(nullptr);
  EXPECT_EQ(invoke("uuid").outcome, Outcome::kUnavailable);
  EXPECT_EQ(restarted.size(), 1u);
}

}  // namespace
}  // namespace millrace::control
