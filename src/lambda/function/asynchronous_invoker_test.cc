#include "lambda/function/asynchronous_invoker.h"

#include <gmock/gmock.h>

#include "lambda/function/testing.h"

namespace millrace::lambda {
namespace {

using Outcome = InvocationResult::Outcome;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class AsynchronousInvokerTest : public CatalogFixture {
 protected:
  AsynchronousInvokerTest() { create("f"); }

  AsynchronousInvoker& queue() {
    if (!queue_) {
      queue_ = std::make_unique<AsynchronousInvoker>(*catalog_, invoker_, timers_, metrics_, max_);
    }
    return *queue_;
  }
  bool submit(const std::string& payload, const std::string& name = "f") {
    Invocation invocation;
    invocation.function = reference(name);
    invocation.payload = payload;
    invocation.request_id = "id-" + payload;
    return queue().submit(std::move(invocation));
  }
  double dropped() {
    return metrics_.counter("millrace_async_invocations_dropped_total", "").value();
  }
  double waiting() { return metrics_.gauge("millrace_async_invocations", "").value(); }

  MetricsRegistry metrics_;
  size_t max_ = limits::kAsyncInvocationsMax;
  std::unique_ptr<AsynchronousInvoker> queue_;
  FakeInvoker invoker_;  // ends first: answers what the queue waits for
};

TEST_F(AsynchronousInvokerTest, StartsEventsInTheirOrderAndAFewAtOneTime) {
  for (int i = 0; i < limits::kAsyncInvocationsRunningMax + 2; ++i) {
    EXPECT_TRUE(submit(std::to_string(i)));
  }
  ASSERT_EQ(invoker_.calls.size(), size_t{limits::kAsyncInvocationsRunningMax});
  EXPECT_EQ(invoker_.payloads().front(), "0");
  invoker_.answer(Outcome::kSuccess);
  EXPECT_EQ(invoker_.payloads().back(), "10");
  invoker_.answer(Outcome::kSuccess);
  EXPECT_EQ(invoker_.payloads().back(), "11");
  while (!invoker_.calls.empty()) invoker_.answer(Outcome::kSuccess);
  EXPECT_EQ(waiting(), 0);
  EXPECT_EQ(timers_.pending(), 0u);
}

TEST_F(AsynchronousInvokerTest, TriesAFailedEventAgainAfterOneAndAfterTwoMinutes) {
  submit("1");
  invoker_.answer(Outcome::kFunctionError);
  timers_.advance(minutes(1) - seconds(1));
  EXPECT_THAT(invoker_.payloads(), IsEmpty());
  timers_.advance(seconds(1));
  ASSERT_THAT(invoker_.payloads(), ElementsAre("1"));
  EXPECT_EQ(invoker_.calls.front().invocation.request_id, "id-1");
  invoker_.answer(Outcome::kFunctionError);
  timers_.advance(minutes(2) - seconds(1));
  EXPECT_THAT(invoker_.payloads(), IsEmpty());
  timers_.advance(seconds(1));
  ASSERT_THAT(invoker_.payloads(), ElementsAre("1"));
  EXPECT_EQ(dropped(), 0);
  invoker_.answer(Outcome::kFunctionError);
  EXPECT_EQ(dropped(), 1);
  EXPECT_EQ(timers_.pending(), 0u);
}

TEST_F(AsynchronousInvokerTest, LetsLaterEventsPassOneThatFailed) {
  submit("1");
  invoker_.answer(Outcome::kFunctionError);
  submit("2");
  EXPECT_THAT(invoker_.payloads(), ElementsAre("2"));
}

TEST_F(AsynchronousInvokerTest, TriesAsOftenAsTheFunctionSays) {
  create("once", [](Function& function) { function.async_retries_max = 0; });
  submit("1", "once");
  invoker_.answer(Outcome::kFunctionError);
  EXPECT_EQ(timers_.pending(), 0u);
  EXPECT_EQ(dropped(), 1);
}

TEST_F(AsynchronousInvokerTest, RestsWhileTheFunctionIsThrottledAndKeepsTheOrder) {
  submit("1");
  submit("2");
  invoker_.answer(Outcome::kThrottled);
  submit("3");
  EXPECT_THAT(invoker_.payloads(), ElementsAre("2"));
  invoker_.answer(Outcome::kSuccess);
  EXPECT_THAT(invoker_.payloads(), IsEmpty());
  timers_.advance(seconds(1));
  EXPECT_THAT(invoker_.payloads(), ElementsAre("1", "3"));
  EXPECT_EQ(dropped(), 0);
}

TEST_F(AsynchronousInvokerTest, RestsLongerEachTimeUpToFiveMinutes) {
  invoker_.at_once = Outcome::kThrottled;
  submit("1");
  Timestamp before = clock_.now();
  std::vector<int64_t> rests;
  for (int i = 0; i < 11; ++i) {
    ASSERT_TRUE(timers_.advance_to_next());
    rests.push_back(to_unix_seconds(clock_.now()) - to_unix_seconds(before));
    before = clock_.now();
  }
  EXPECT_THAT(rests, ElementsAre(1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300));
}

TEST_F(AsynchronousInvokerTest, GivesUpWhatIsTooOld) {
  create("brief", [](Function& function) { function.async_age_max_seconds = 60; });
  submit("1", "brief");
  invoker_.answer(Outcome::kThrottled);
  clock_.advance(minutes(2));
  timers_.advance(seconds(0));
  EXPECT_THAT(invoker_.payloads(), IsEmpty());
  EXPECT_EQ(dropped(), 1);
  EXPECT_EQ(waiting(), 0);
}

TEST_F(AsynchronousInvokerTest, DropsTheEventsOfAFunctionThatIsGone) {
  for (int i = 0; i < 12; ++i) submit(std::to_string(i));
  invoker_.at_once = Outcome::kNotFound;
  while (!invoker_.calls.empty()) invoker_.answer(Outcome::kNotFound);
  EXPECT_EQ(dropped(), 12);
  EXPECT_EQ(waiting(), 0);
}

TEST_F(AsynchronousInvokerTest, RefusesMoreThanItsBound) {
  max_ = 2;
  EXPECT_TRUE(submit("1"));
  EXPECT_TRUE(submit("2"));
  EXPECT_FALSE(submit("3"));
  invoker_.answer(Outcome::kSuccess);
  EXPECT_TRUE(submit("4"));
}

TEST_F(AsynchronousInvokerTest, StartsNothingOnceItIsStopped) {
  submit("1");
  submit("2");
  invoker_.answer(Outcome::kFunctionError);
  queue().stop();
  EXPECT_EQ(timers_.pending(), 0u);
  invoker_.answer(Outcome::kUnavailable);
  EXPECT_FALSE(submit("3"));
  EXPECT_THAT(invoker_.payloads(), IsEmpty());
  EXPECT_EQ(dropped(), 2);
}

}  // namespace
}  // namespace millrace::lambda
