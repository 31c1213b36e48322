#include "lambda/trigger/mapping_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lambda/trigger/testing.h"

namespace millrace::lambda {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using testing::FakeInvoker;
using ::testing::IsEmpty;
using testing::json;
using testing::Pipeline;
using Names = std::vector<std::string>;

class MappingManagerTest : public ::testing::Test {
 protected:
  MappingState state(const std::string& uuid) { return pipeline.manager->find(uuid)->state; }
  Pipeline pipeline;
};

TEST_F(MappingManagerTest, DeliversWhatIsThereAndWhatComes) {
  pipeline.write({"a", "b"});
  std::string uuid = pipeline.create();
  EXPECT_EQ(state(uuid), MappingState::kEnabled);
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"a", "b"}));
  pipeline.write({"c"});
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"c"}));
  EXPECT_EQ(pipeline.manager->find(uuid)->last_processing_result, "OK");
  MappingStatus status = pipeline.status(uuid);
  EXPECT_EQ(status.counts.succeeded, 3u);
  ASSERT_EQ(status.shards.size(), 1u);
  EXPECT_TRUE(status.shards[0].is_caught_up());
  EXPECT_THAT(pipeline.metrics->text(),
              ::testing::HasSubstr("millrace_mapping_succeeded_events_total"));
}

TEST_F(MappingManagerTest, EventsAreAsOnAws) {
  pipeline.create();
  pipeline.write({"a"});
  const json& record = pipeline.invoker.events[0]["Records"][0];
  EXPECT_EQ(record["eventSourceARN"], pipeline.stream->arn);
  EXPECT_EQ(record["eventName"], "INSERT");
  EXPECT_EQ(record["dynamodb"]["SequenceNumber"], "100000000000000000001");
  EXPECT_THAT(pipeline.invoker.payloads[0],
              ::testing::HasSubstr("\"ApproximateCreationDateTime\":1700000000.0"));
}

TEST_F(MappingManagerTest, AnIdleMappingHasNoTimers) {
  for (int i = 0; i < 10; i++) {
    std::string function = "f" + std::to_string(i);
    pipeline.create([&](MappingSettings& settings) { settings.function.name = function; });
  }
  pipeline.write({"a"});
  EXPECT_EQ(pipeline.seen().size(), 10u);
  EXPECT_EQ(pipeline.world.timers.pending(), 0u);
}

TEST_F(MappingManagerTest, LatestBeginsAtTheCreation) {
  pipeline.write({"before"});
  Mapping mapping = pipeline.mapping();
  mapping.starting_position = StartingPosition::kLatest;
  pipeline.manager->create(mapping, [](auto) {});
  // Nothing has been started yet.
  pipeline.world.append("meanwhile");
  pipeline.world.rotate();
  pipeline.world.append("child");
  pipeline.settle();
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"meanwhile"}, Names{"child"}));
}

TEST_F(MappingManagerTest, CheckpointsSurviveARestart) {
  std::string uuid = pipeline.create();
  pipeline.write({"a"});
  pipeline.invoker.hold = true;
  pipeline.write({"b"});
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"a"}, Names{"b"}));
  pipeline.invoker.hold = false;
  pipeline.restart();
  EXPECT_EQ(state(uuid), MappingState::kEnabled);
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"b"}));
  pipeline.restart();
  EXPECT_THAT(pipeline.seen(), IsEmpty());
}

TEST_F(MappingManagerTest, ChildrenFollowTheirParent) {
  pipeline.create();
  pipeline.invoker.hold = true;
  pipeline.write({"a"});
  pipeline.world.rotate();
  pipeline.write({"b"});
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"a"}));
  pipeline.invoker.hold = false;
  pipeline.invoker.answer_held(FakeInvoker::success());
  pipeline.settle();
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"b"}));
  pipeline.restart();
  pipeline.world.rotate();
  pipeline.write({"c"});
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"c"}));
}

TEST_F(MappingManagerTest, ReadsADisabledStreamToItsEnd) {
  std::string uuid = pipeline.create();
  pipeline.invoker.hold = true;
  pipeline.write({"a"});
  pipeline.write({"b"});
  pipeline.world.disable();
  pipeline.invoker.hold = false;
  pipeline.invoker.answer_held(FakeInvoker::success());
  pipeline.settle();
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"a"}, Names{"b"}));
  EXPECT_EQ(state(uuid), MappingState::kEnabled);
  EXPECT_EQ(pipeline.status(uuid).shards[0].phase, ShardStatus::Phase::kFinished);
  pipeline.restart();
  EXPECT_THAT(pipeline.seen(), IsEmpty());
}

TEST_F(MappingManagerTest, DisablingWaitsForTheInvocationAndResumesBehindIt) {
  std::string uuid = pipeline.create();
  pipeline.invoker.hold = true;
  pipeline.write({"a"});
  auto disabled = [](MappingSettings& settings) { settings.enabled = false; };
  EXPECT_EQ(pipeline.update(uuid, disabled).state, MappingState::kDisabling);
  pipeline.write({"b"});
  EXPECT_EQ(state(uuid), MappingState::kDisabling);
  pipeline.invoker.hold = false;
  pipeline.invoker.answer_held(FakeInvoker::success());
  pipeline.settle();
  EXPECT_EQ(state(uuid), MappingState::kDisabled);
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"a"}));
  pipeline.restart();
  EXPECT_EQ(state(uuid), MappingState::kDisabled);
  EXPECT_THAT(pipeline.seen(), IsEmpty());
  auto enabled = [](MappingSettings& settings) { settings.enabled = true; };
  EXPECT_EQ(pipeline.update(uuid, enabled).state, MappingState::kEnabling);
  pipeline.settle();
  EXPECT_EQ(state(uuid), MappingState::kEnabled);
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"b"}));
}

TEST_F(MappingManagerTest, UpdatesAnswerWithTheOldSettings) {
  std::string uuid = pipeline.create();
  MappingView view =
      pipeline.update(uuid, [](MappingSettings& settings) { settings.batch_size = 1; });
  EXPECT_EQ(view.state, MappingState::kUpdating);
  EXPECT_EQ(view.mapping->settings.batch_size, 100);
  pipeline.settle();
  EXPECT_EQ(pipeline.manager->find(uuid)->mapping->settings.batch_size, 1);
  pipeline.world.append("a");
  pipeline.write({"b"});
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"a"}, Names{"b"}));
}

TEST_F(MappingManagerTest, TagsChangeWithoutAPause) {
  std::string uuid = pipeline.create();
  pipeline.invoker.hold = true;
  pipeline.write({"a"});
  pipeline.world.clock.advance(seconds(1));
  Timestamp before = pipeline.manager->find(uuid)->last_modified;
  pipeline.manager->set_tags(
      uuid, [](auto& tags) { tags["team"] = "red"; },
      [](CatalogResult<MappingView> result) { EXPECT_TRUE(result); });
  pipeline.settle();
  EXPECT_EQ(state(uuid), MappingState::kEnabled);
  EXPECT_EQ(pipeline.manager->find(uuid)->mapping->tags.at("team"), "red");
  EXPECT_EQ(pipeline.manager->find(uuid)->last_modified, before);
  pipeline.invoker.answer_held(FakeInvoker::success());
  pipeline.write({"b"});
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"a"}, Names{"b"}));
  pipeline.restart();
  EXPECT_EQ(pipeline.manager->find(uuid)->mapping->tags.at("team"), "red");
}

TEST_F(MappingManagerTest, ChangesBackToBackEndInTheLastOne) {
  std::string uuid = pipeline.create();
  pipeline.invoker.hold = true;
  pipeline.write({"a"});
  pipeline.update(uuid, [](MappingSettings& settings) { settings.enabled = false; });
  pipeline.settle();
  pipeline.update(uuid, [](MappingSettings& settings) { settings.enabled = true; });
  pipeline.settle();
  pipeline.invoker.hold = false;
  pipeline.invoker.answer_held(FakeInvoker::success());
  pipeline.write({"b"});
  EXPECT_EQ(state(uuid), MappingState::kEnabled);
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"a"}, Names{"b"}));
}

TEST_F(MappingManagerTest, UnknownMappingsAreNotFound) {
  auto expect_missing = [](CatalogResult<MappingView> result) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, CatalogFailure::Kind::kNotFound);
  };
  pipeline.manager->erase("x", expect_missing);
  pipeline.manager->update(
      "x", [](MappingSettings&) {}, expect_missing);
  Mapping mapping = pipeline.mapping();
  mapping.event_source_arn += "x";
  pipeline.manager->create(mapping, expect_missing);
}

TEST_F(MappingManagerTest, DeletingEndsWithTheInvocationAndFreesTheName) {
  std::string uuid = pipeline.create();
  pipeline.invoker.hold = true;
  pipeline.write({"a"});
  pipeline.manager->erase(uuid, [](CatalogResult<MappingView> result) {
    EXPECT_EQ(result->state, MappingState::kDeleting);
  });
  pipeline.settle();
  EXPECT_EQ(state(uuid), MappingState::kDeleting);
  std::string again = pipeline.create();
  EXPECT_NE(again, "");
  pipeline.invoker.answer_held(FakeInvoker::success());
  pipeline.settle();
  EXPECT_FALSE(pipeline.manager->find(uuid));
  pipeline.restart();
  EXPECT_FALSE(pipeline.manager->find(uuid));
  EXPECT_TRUE(pipeline.manager->find(again));
}

TEST_F(MappingManagerTest, DeletingGoesOnAfterACrash) {
  std::string uuid = pipeline.create();
  pipeline.invoker.hold = true;
  pipeline.write({"a"});
  pipeline.manager->erase(uuid, [](auto) {});
  pipeline.restart();
  EXPECT_FALSE(pipeline.manager->find(uuid));
}

TEST_F(MappingManagerTest, RefusesDuplicates) {
  std::string uuid = pipeline.create();
  pipeline.manager->create(pipeline.mapping(), [&](CatalogResult<MappingView> result) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, CatalogFailure::Kind::kDuplicate);
    EXPECT_EQ(result.error().uuid, uuid);
  });
  std::string other =
      pipeline.create([](MappingSettings& settings) { settings.function.name = "other"; });
  pipeline.manager->update(
      other, [](MappingSettings& settings) { settings.function.name = "handler"; },
      [&](CatalogResult<MappingView> result) { EXPECT_EQ(result.error().uuid, uuid); });
}

TEST_F(MappingManagerTest, GivesUpIntoTheDestination) {
  pipeline.invoker.answer = [](const json&) { return FakeInvoker::error(); };
  std::string uuid = pipeline.create([](MappingSettings& settings) {
    settings.maximum_retry_attempts = 1;
    settings.function.qualifier = "prod";
    settings.on_failure_destination = "arn:aws:sqs:us-east-1:000000000000:dead";
  });
  pipeline.write({"a"});
  EXPECT_EQ(pipeline.status(uuid).shards[0].progress.blocked.size(), 1u);
  EXPECT_EQ(pipeline.manager->find(uuid)->last_processing_result, "PROBLEM: Function call failed");
  pipeline.pass(milliseconds(300));
  EXPECT_EQ(pipeline.seen().size(), 2u);
  ASSERT_EQ(pipeline.destination.messages.size(), 1u);
  json expected = json::parse(R"({
    "requestContext": {"requestId": "request-1",
      "functionArn": "arn:aws:lambda:us-east-1:000000000000:function:handler:prod",
      "condition": "RetryAttemptsExhausted", "approximateInvokeCount": 2},
    "responseContext": {"statusCode": 200, "executedVersion": "$LATEST",
                        "functionError": "Unhandled"},
    "version": "1.0", "timestamp": "2023-11-14T22:13:20.250Z",
    "DDBStreamBatchInfo": {"startSequenceNumber": "100000000000000000001",
      "endSequenceNumber": "100000000000000000001",
      "approximateArrivalOfFirstRecord": "2023-11-14T22:13:20Z",
      "approximateArrivalOfLastRecord": "2023-11-14T22:13:20Z", "batchSize": 1}})");
  expected["DDBStreamBatchInfo"]["shardId"] = pipeline.stream->shards[0].id;
  expected["DDBStreamBatchInfo"]["streamArn"] = pipeline.stream->arn;
  EXPECT_EQ(pipeline.destination.messages[0], expected);
  EXPECT_EQ(pipeline.status(uuid).counts.sent, 1u);
  EXPECT_TRUE(pipeline.status(uuid).shards[0].is_caught_up());
}

TEST_F(MappingManagerTest, OldRecordsAreGivenUpFromTheFront) {
  pipeline.invoker.answer = [](const json&) {
    return FakeInvoker::not_started(InvocationResult::Outcome::kThrottled);
  };
  pipeline.create([](MappingSettings& settings) {
    settings.maximum_record_age_in_seconds = 60;
    settings.maximum_batching_window_in_seconds = 50;
    settings.on_failure_destination = "arn:aws:sqs:us-east-1:000000000000:dead";
  });
  pipeline.write({"old"});
  pipeline.pass(seconds(40));
  pipeline.write({"new"});
  pipeline.pass(seconds(15));
  pipeline.seen();
  pipeline.invoker.answer = [](const json&) { return FakeInvoker::success(); };
  pipeline.world.timers.advance(seconds(7));
  pipeline.settle();
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"new"}));
  ASSERT_EQ(pipeline.destination.messages.size(), 1u);
  const json& message = pipeline.destination.messages[0];
  EXPECT_EQ(message["requestContext"]["condition"], "RecordAgeExceeded");
  EXPECT_EQ(message["requestContext"]["approximateInvokeCount"], 1);
  EXPECT_EQ(message["DDBStreamBatchInfo"]["batchSize"], 1);
  EXPECT_FALSE(message.contains("responseContext"));
}

TEST_F(MappingManagerTest, PartialResponsesLeaveTheErrorOut) {
  pipeline.invoker.answer = [](const json& event) {
    json failures;
    failures["batchItemFailures"].push_back(
        {{"itemIdentifier", event["Records"].back()["dynamodb"]["SequenceNumber"]}});
    return FakeInvoker::success(failures.dump());
  };
  pipeline.create([](MappingSettings& settings) {
    settings.maximum_retry_attempts = 0;
    settings.report_batch_item_failures = true;
    settings.maximum_batching_window_in_seconds = 1;
    settings.on_failure_destination = "arn:aws:sqs:us-east-1:000000000000:dead";
  });
  pipeline.write({"a", "b", "c"});
  pipeline.pass(seconds(2));
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"a", "b", "c"}, Names{"c"}));
  ASSERT_EQ(pipeline.destination.messages.size(), 1u);
  EXPECT_TRUE(pipeline.destination.messages[0]["responseContext"]["functionError"].is_null());
}

TEST_F(MappingManagerTest, FiltersLetSomeThrough) {
  std::string uuid = pipeline.create([](MappingSettings& settings) {
    settings.filters = {R"({"dynamodb":{"Keys":{"id":{"S":[{"prefix":"x"}]}}}})"};
  });
  pipeline.write({"a", "x1", "b", "x2"});
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"x1", "x2"}));
  EXPECT_EQ(pipeline.status(uuid).counts.filtered, 2u);
}

TEST_F(MappingManagerTest, WindowsGather) {
  pipeline.create(
      [](MappingSettings& settings) { settings.maximum_batching_window_in_seconds = 5; });
  pipeline.write({"a"});
  pipeline.pass(seconds(4));
  pipeline.write({"b"});
  EXPECT_THAT(pipeline.seen(), IsEmpty());
  pipeline.pass(seconds(2));
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"a", "b"}));
}

TEST_F(MappingManagerTest, AMissingFunctionIsTriedAtOnceWhenItComes) {
  pipeline.invoker.answer = [](const json&) {
    return FakeInvoker::not_started(InvocationResult::Outcome::kNotFound);
  };
  std::string uuid =
      pipeline.create([](MappingSettings& settings) { settings.maximum_retry_attempts = 0; });
  pipeline.write({"a"});
  pipeline.pass(seconds(60));
  EXPECT_EQ(pipeline.status(uuid).shards[0].progress.blocked[0].error,
            "The function does not exist");
  pipeline.invoker.answer = [](const json&) { return FakeInvoker::success(); };
  pipeline.seen();
  pipeline.manager->function_changed(pipeline.mapping().settings.function);
  pipeline.settle();
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"a"}));
}

TEST_F(MappingManagerTest, SlowFunctionsDelayNobodyElse) {
  pipeline.create();
  pipeline.create([](MappingSettings& settings) { settings.function.name = "other"; });
  pipeline.invoker.hold = true;
  pipeline.write({"a"});
  EXPECT_EQ(pipeline.seen().size(), 2u);
  pipeline.invoker.hold = false;
  pipeline.invoker.answer_held(FakeInvoker::success());
  pipeline.write({"b"});
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"b"}));
}

TEST_F(MappingManagerTest, StoppingWaitsForInvocations) {
  pipeline.create();
  pipeline.invoker.hold = true;
  pipeline.write({"a"});
  bool stopped = false;
  pipeline.manager->stop([&] { stopped = true; });
  pipeline.settle();
  EXPECT_FALSE(stopped);
  pipeline.invoker.answer_held(FakeInvoker::success());
  pipeline.settle();
  EXPECT_TRUE(stopped);
  pipeline.invoker.hold = false;
  pipeline.restart();
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"a"}));
}

TEST_F(MappingManagerTest, ExpiredRecordsAreCountedAsLost) {
  std::string uuid = pipeline.create();
  pipeline.update(uuid, [](MappingSettings& settings) { settings.enabled = false; });
  pipeline.settle();
  pipeline.write({"a", "b", "c"});
  ASSERT_TRUE(pipeline.world.engine->log_trim(dynamodb::stream::testing::kCell, 2));
  pipeline.update(uuid, [](MappingSettings& settings) { settings.enabled = true; });
  pipeline.settle();
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"c"}));
  EXPECT_EQ(pipeline.status(uuid).counts.expired, 2u);
}

TEST(MappingFormat, SurvivesItsOwnEncoding) {
  Mapping mapping;
  mapping.uuid = "u";
  mapping.number = 2000;
  mapping.event_source_arn = "arn:s";
  mapping.starting_position = StartingPosition::kLatest;
  mapping.start_positions = {{"shard", 7}};
  mapping.created = mapping.last_modified = from_unix_millis(5);
  mapping.tags = {{"k", "v"}};
  mapping.settings.function.name = "f";
  mapping.settings.filters = {"{}"};
  mapping.settings.maximum_retry_attempts = 3;
  auto decoded = decode_mapping(encode_mapping(mapping));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->settings, mapping.settings);
  EXPECT_EQ(decoded->start_positions, mapping.start_positions);
  EXPECT_EQ(decoded->created, mapping.created);
  EXPECT_EQ(decoded->tags, mapping.tags);
  EXPECT_FALSE(decode_mapping("{}"));
  EXPECT_FALSE(decode_mapping("x"));
}

}  // namespace
}  // namespace millrace::lambda
