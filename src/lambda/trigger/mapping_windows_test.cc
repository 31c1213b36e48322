// Tumbling windows and lanes of a mapping as its function sees them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "lambda/trigger/batch_response.h"
#include "lambda/trigger/testing.h"

namespace millrace::lambda {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using testing::FakeInvoker;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::json;
using testing::Pipeline;
using Names = std::vector<std::string>;

// The clock stands at 2023-11-14T22:13:20Z, so a window of a minute ends in 40 seconds.
class MappingWindowsTest : public ::testing::Test {
 protected:
  MappingWindowsTest() { pipeline.invoker.answer = counting; }

  std::string create(const std::function<void(MappingSettings&)>& change = {}) {
    return pipeline.create([&](MappingSettings& settings) {
      settings.tumbling_window_in_seconds = 60;
      if (change) change(settings);
    });
  }
  // Counts records in the state.
  static InvocationResult counting(const json& event) {
    json state = event.at("state");
    state["count"] = state.value("count", size_t{0}) + event.at("Records").size();
    return FakeInvoker::success(json{{"state", state}}.dump());
  }
  // Each invocation since the last call: its records, what it was told to have counted, and
  // whether it is the window's last.
  std::vector<std::string> seen() {
    std::vector<std::string> lines;
    for (; reported < pipeline.invoker.events.size(); reported++) {
      const json& event = pipeline.invoker.events[reported];
      std::string line;
      for (const std::string& name : testing::names_in(event)) line += name;
      line += ' ' + std::to_string(event["state"].value("count", 0));
      if (event["isFinalInvokeForWindow"] == true) line += " final";
      if (event["isWindowTerminatedEarly"] == true) line += " early";
      lines.push_back(line);
    }
    return lines;
  }

  Pipeline pipeline;
  size_t reported = 0;
};

TEST_F(MappingWindowsTest, EventsAreAsOnAws) {
  create();
  pipeline.write({"a"});
  json event = pipeline.invoker.events.at(0);
  event.erase("Records");
  std::string shard_id = event["shardId"];
  EXPECT_THAT(shard_id, ::testing::StartsWith("shardId-"));
  EXPECT_EQ(event,
            json({{"window", {{"start", "2023-11-14T22:13:00Z"}, {"end", "2023-11-14T22:14:00Z"}}},
                  {"state", json::object()},
                  {"shardId", shard_id},
                  {"eventSourceARN", pipeline.stream->arn},
                  {"isFinalInvokeForWindow", false},
                  {"isWindowTerminatedEarly", false}}));
}

TEST_F(MappingWindowsTest, StateIsHandedOnUntilTheFinalCall) {
  std::string uuid = create([](MappingSettings& settings) { settings.batch_size = 2; });
  pipeline.write({"a", "b", "c"});
  pipeline.write({"d"});
  EXPECT_THAT(seen(), ElementsAre("ab 0", "c 2", "d 3"));
  EXPECT_FALSE(pipeline.status(uuid).shards[0].is_caught_up());
  pipeline.pass(seconds(40));
  EXPECT_THAT(seen(), IsEmpty());
  pipeline.pass(seconds(1));
  EXPECT_THAT(seen(), ElementsAre(" 4 final"));
  EXPECT_TRUE(pipeline.status(uuid).shards[0].is_caught_up());
  EXPECT_EQ(pipeline.status(uuid).counts.succeeded, 4u);
  pipeline.write({"e"});
  EXPECT_THAT(seen(), ElementsAre("e 0"));
  // An empty window has no calls, and no timer.
  pipeline.pass(seconds(61));
  EXPECT_THAT(seen(), ElementsAre(" 1 final"));
  EXPECT_EQ(pipeline.world.timers.pending(), 0u);
}

TEST_F(MappingWindowsTest, RecordsBelongToTheWindowOfTheirTime) {
  pipeline.write({"a"});
  pipeline.pass(seconds(120));
  pipeline.write({"b"});
  create();
  EXPECT_THAT(seen(), ElementsAre("a 0", " 1 final", "b 0"));
}

TEST_F(MappingWindowsTest, ARestartBeginsTheWindowAgain) {
  create();
  pipeline.write({"a"});
  pipeline.write({"b"});
  pipeline.restart();
  pipeline.pass(seconds(41));
  EXPECT_THAT(seen(), ElementsAre("a 0", "b 1", "ab 0", " 2 final"));
  pipeline.restart();
  EXPECT_THAT(seen(), IsEmpty());
}

TEST_F(MappingWindowsTest, TheEndOfAShardEndsItsWindow) {
  create();
  pipeline.write({"a"});
  pipeline.world.rotate();
  pipeline.write({"b"});
  EXPECT_THAT(seen(), ElementsAre("a 0", " 1 final", "b 0"));
}

TEST_F(MappingWindowsTest, WithoutStateAnInvocationHasFailed) {
  std::string uuid = create([](MappingSettings& settings) {
    settings.maximum_retry_attempts = 1;
    settings.on_failure_destination = "arn:aws:sqs:us-east-1:000000000000:dead";
  });
  pipeline.invoker.answer = [](const json&) { return FakeInvoker::success(); };
  pipeline.write({"a"});
  pipeline.pass(seconds(1));
  EXPECT_THAT(seen(), ElementsAre("a 0", "a 0"));
  ASSERT_EQ(pipeline.destination.messages.size(), 1u);
  EXPECT_EQ(pipeline.destination.messages[0]["requestContext"]["condition"],
            "RetryAttemptsExhausted");
  // The final call has no such bound: the shard waits for it.
  pipeline.pass(seconds(41));
  pipeline.write({"b"});
  pipeline.pass(seconds(100));
  EXPECT_GT(seen().size(), 3u);
  EXPECT_EQ(pipeline.status(uuid).shards[0].progress.blocked.size(), 1u);
  pipeline.invoker.answer = counting;
  pipeline.pass(seconds(61));
  EXPECT_THAT(seen(), ElementsAre(" 0 final", "b 0", " 1 final"));
}

TEST_F(MappingWindowsTest, FailuresAreReportedBesideTheState) {
  create([](MappingSettings& settings) { settings.report_batch_item_failures = true; });
  pipeline.invoker.answer = [](const json& event) {
    json state = {{"count", event["Records"].size() - 1}};
    json failed = {{{"itemIdentifier", event["Records"].back()["dynamodb"]["SequenceNumber"]}}};
    return FakeInvoker::success(json{{"state", state}, {"batchItemFailures", failed}}.dump());
  };
  pipeline.world.append("a");
  pipeline.write({"b"});
  pipeline.invoker.answer = counting;
  pipeline.pass(seconds(41));
  EXPECT_THAT(seen(), ElementsAre("ab 0", "b 1", "b 1", " 2 final"));
}

TEST_F(MappingWindowsTest, AStateThatIsTooLargeEndsTheWindowEarly) {
  create([](MappingSettings& settings) { settings.batch_size = 1; });
  pipeline.invoker.answer = [](const json& event) {
    InvocationResult result = counting(event);
    if (event["Records"].empty()) return result;
    json state = json::parse(result.payload)["state"];
    state["ballast"] = std::string(1'100'000, 'x');
    return FakeInvoker::success(json{{"state", state}}.dump());
  };
  pipeline.write({"a", "b"});
  EXPECT_THAT(seen(), ElementsAre("a 0", " 1 final early", "b 0", " 1 final early"));
  pipeline.pass(seconds(100));
  EXPECT_THAT(seen(), IsEmpty());
}

TEST_F(MappingWindowsTest, LanesDoNotSplitTheState) {
  create([](MappingSettings& settings) {
    settings.parallelization_factor = 10;
    settings.batch_size = 1;
  });
  pipeline.write({"a", "b", "c"});
  EXPECT_THAT(seen(), ElementsAre("a 0", "b 1", "c 2"));
}

TEST_F(MappingWindowsTest, AnUpdateTakesWindowsAway) {
  std::string uuid = create();
  pipeline.write({"a"});
  pipeline.invoker.answer = [](const json&) { return FakeInvoker::success(); };
  pipeline.update(uuid, [](MappingSettings& settings) { settings.tumbling_window_in_seconds = 0; });
  pipeline.settle();
  // It was not over, so its records come again.
  ASSERT_EQ(pipeline.invoker.events.size(), 2u);
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"a"}, Names{"a"}));
  EXPECT_FALSE(pipeline.invoker.events[1].contains("window"));
}

class MappingLanesTest : public ::testing::Test {
 protected:
  Pipeline pipeline;
};

TEST_F(MappingLanesTest, BatchesRunAtOnceButNotOfOneKey) {
  std::string uuid = pipeline.create([](MappingSettings& settings) {
    settings.parallelization_factor = 10;
    settings.batch_size = 1;
  });
  pipeline.invoker.hold = true;
  pipeline.write({"a", "b", "c", "d", "e", "f", "g", "a"});
  EXPECT_GT(pipeline.invoker.held.size(), 1u);
  std::vector<std::string> under_way;
  for (const Names& names : pipeline.seen()) under_way.push_back(names.at(0));
  EXPECT_EQ(std::count(under_way.begin(), under_way.end(), "a"), 1);
  // The checkpoint stays before the first record that is not handled.
  while (pipeline.invoker.held.size() > 1) {
    auto done = std::move(pipeline.invoker.held.back());
    pipeline.invoker.held.pop_back();
    done(FakeInvoker::success());
    pipeline.settle();
  }
  EXPECT_EQ(pipeline.status(uuid).shards[0].progress.committed, 0u);
  pipeline.invoker.hold = false;
  pipeline.invoker.answer_held(FakeInvoker::success());
  pipeline.settle();
  EXPECT_TRUE(pipeline.status(uuid).shards[0].is_caught_up());
  EXPECT_EQ(pipeline.status(uuid).counts.succeeded, 8u);
}

TEST_F(MappingLanesTest, AnotherFactorTakesEffectWithoutLosses) {
  std::string uuid = pipeline.create([](MappingSettings& settings) { settings.batch_size = 1; });
  pipeline.invoker.hold = true;
  pipeline.write({"a", "b", "c", "d", "e", "f"});
  pipeline.update(uuid, [](MappingSettings& settings) { settings.parallelization_factor = 4; });
  pipeline.settle();
  EXPECT_EQ(pipeline.manager->find(uuid)->state, MappingState::kUpdating);
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"a"}));
  pipeline.invoker.answer_held(FakeInvoker::success());
  pipeline.settle();
  EXPECT_EQ(pipeline.manager->find(uuid)->state, MappingState::kEnabled);
  EXPECT_GT(pipeline.invoker.held.size(), 1u);
  pipeline.invoker.hold = false;
  while (!pipeline.invoker.held.empty()) {
    pipeline.invoker.answer_held(FakeInvoker::success());
    pipeline.settle();
  }
  EXPECT_EQ(pipeline.seen().size(), 5u);
  EXPECT_TRUE(pipeline.status(uuid).shards[0].is_caught_up());
}

TEST(TumblingWindow, BeginsAtMultiplesOfItsLength) {
  TumblingWindow window = window_at(from_unix_millis(1'700'000'000'500), seconds(900));
  EXPECT_EQ(to_iso8601(window.start, 0), "2023-11-14T22:00:00Z");
  EXPECT_EQ(window.end - window.start, seconds(900));
  EXPECT_EQ(window_at(window.start, seconds(900)), window);
  EXPECT_NE(window_at(window.end, seconds(900)), window);
}

TEST(TumblingWindow, TheResponseMustHaveAState) {
  for (const char* response :
       {"", "null", "[]", "{}", R"({"state":null})", R"({"state":1})", "{"}) {
    InvokeOutcome outcome;
    outcome.kind = InvokeOutcome::Kind::kSucceeded;
    judge_state(outcome, response);
    EXPECT_EQ(outcome.kind, InvokeOutcome::Kind::kFailed) << response;
    EXPECT_THAT(outcome.error, HasSubstr("state"));
  }
  InvokeOutcome outcome;
  outcome.kind = InvokeOutcome::Kind::kFailedFrom;
  judge_state(outcome, R"({"state":{"n":1},"batchItemFailures":[]})");
  EXPECT_EQ(outcome.kind, InvokeOutcome::Kind::kFailedFrom);
  EXPECT_EQ(outcome.state, R"({"n":1})");
}

}  // namespace
}  // namespace millrace::lambda
