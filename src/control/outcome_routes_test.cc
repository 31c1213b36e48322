// Changes, failures, replays and blocked shards as the routes tell them, without a network.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/change_routes.h"
#include "control/failure_routes.h"
#include "control/mapping_gauges.h"
#include "control/mapping_report.h"
#include "control/replay_routes.h"
#include "dynamodb/stream/change_record.h"
#include "lambda/trigger/testing.h"

namespace millrace::control {
namespace {

using dynamodb::stream::sequence_number;
using lambda::MappingSettings;
using lambda::testing::FakeInvoker;
using lambda::testing::Pipeline;
using nlohmann::json;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kOnlyA[] = R"({"dynamodb":{"Keys":{"id":{"S":[{"prefix":"a"}]}}}})";

class OutcomeRoutesTest : public ::testing::Test {
 protected:
  OutcomeRoutesTest() {
    // Owned by the pipeline; shared in name only.
    std::shared_ptr<Executor> executor(std::shared_ptr<void>(), &pipeline.world.executor);
    add_change_routes(routes, *pipeline.world.store, *pipeline.manager, executor,
                      pipeline.world.clock);
    add_failure_routes(routes, *pipeline.world.store, *pipeline.manager, executor);
    add_replay_routes(routes, *pipeline.world.store, *pipeline.manager, executor);
  }

  json call(const std::string& method, const std::string& target, const json& body = nullptr) {
    aws::HttpRequest request;
    request.method = method;
    request.target = "/_millrace/" + target;
    if (!body.is_null()) request.body = body.dump();
    const auto* route = routes.find(method, request.path());
    if (route == nullptr) throw std::invalid_argument(target);
    std::optional<aws::HttpResponse> answer;
    route->handler(request, [&](aws::HttpResponse response) { answer = std::move(response); });
    pipeline.settle();
    status = answer.value().status;
    return json::parse(answer->body);
  }
  json changes(const std::string& key) {
    return call("GET", "changes/users?key=id%3D" + key)["changes"];
  }
  // What the only mapping did with the only change of the item.
  json outcome(const std::string& key) { return changes(key).at(0)["mappings"].at(0); }
  json described(const std::string& uuid) {
    return describe_mapping(pipeline.status(uuid), *pipeline.world.store,
                            pipeline.world.clock.now());
  }
  void fail_on(const std::string& name) {
    pipeline.invoker.answer = [name](const json& event) {
      auto names = lambda::testing::names_in(event);
      bool fails = std::find(names.begin(), names.end(), name) != names.end();
      return fails ? FakeInvoker::error("Boom") : FakeInvoker::success();
    };
  }

  Pipeline pipeline;
  aws::AdminRoutes routes;
  int status = 0;
};

TEST_F(OutcomeRoutesTest, AChangeThatNobodyReads) {
  pipeline.write({"a"});
  json change = changes("a").at(0);
  EXPECT_EQ(change["sequenceNumber"], sequence_number(1));
  EXPECT_EQ(change["mappings"], json::array());
}

TEST_F(OutcomeRoutesTest, AChangeOlderThanTheMapping) {
  pipeline.write({"a"});
  lambda::Mapping mapping = pipeline.mapping();
  mapping.starting_position = lambda::StartingPosition::kLatest;
  pipeline.create(mapping);
  pipeline.write({"b"});
  EXPECT_EQ(outcome("a")["outcome"], "notRead");
  EXPECT_EQ(outcome("b")["outcome"], "succeeded");
}

TEST_F(OutcomeRoutesTest, WhatWaitsSaysForWhat) {
  std::string uuid = pipeline.create();
  pipeline.invoker.hold = true;
  pipeline.write({"a"});
  pipeline.write({"b"});
  pipeline.write({"c"});
  EXPECT_EQ(outcome("c")["outcome"], "pending");
  EXPECT_EQ(outcome("c")["behind"], 2);
  EXPECT_THAT(outcome("c")["detail"], HasSubstr("running with 1 record"));
  pipeline.update(uuid, [](MappingSettings& settings) { settings.enabled = false; });
  pipeline.invoker.answer_held(FakeInvoker::success());
  pipeline.settle();
  EXPECT_EQ(outcome("a")["outcome"], "succeeded");
  EXPECT_EQ(outcome("b")["detail"], "the mapping is disabled");
}

TEST_F(OutcomeRoutesTest, AFilterThatWasChangedSince) {
  std::string uuid =
      pipeline.create([](MappingSettings& settings) { settings.filters = {kOnlyA}; });
  pipeline.write({"b"});
  pipeline.pass(seconds(10));
  EXPECT_EQ(outcome("b")["outcome"], "filtered");
  EXPECT_THAT(outcome("b")["failedClause"], HasSubstr("dynamodb.Keys.id.S is \"b\""));
  pipeline.update(uuid, [](MappingSettings& settings) { settings.filters.clear(); });
  pipeline.settle();
  EXPECT_EQ(outcome("b")["outcome"], "filtered");
  EXPECT_FALSE(outcome("b").contains("failedClause"));
  EXPECT_THAT(outcome("b")["detail"], HasSubstr("had other filters"));
}

TEST_F(OutcomeRoutesTest, EachMappingHasItsOwnStory) {
  fail_on("b");
  pipeline.create();
  pipeline.create([](MappingSettings& settings) {
    settings.function.name = "other";
    settings.filters = {kOnlyA};
  });
  pipeline.write({"a"});
  pipeline.write({"b"});
  pipeline.pass(seconds(6));
  std::map<std::string, std::string> outcomes;
  json change = changes("b").at(0);
  for (const json& mapping : change["mappings"]) {
    std::string arn = mapping["functionArn"];
    outcomes[arn.substr(arn.rfind(':') + 1)] = mapping["outcome"];
  }
  EXPECT_EQ(outcomes,
            (std::map<std::string, std::string>{{"handler", "failing"}, {"other", "filtered"}}));
}

TEST_F(OutcomeRoutesTest, ManyChangesOfAnItem) {
  pipeline.create();
  for (int i = 0; i < 130; i++) pipeline.world.append("a");
  pipeline.settle();
  json answer = call("GET", "changes/users?key=id%3Da");
  EXPECT_EQ(answer["changes"].size(), 100u);
  EXPECT_FALSE(answer["complete"]);
  EXPECT_EQ(answer["changes"].back()["sequenceNumber"], sequence_number(130));
}

TEST_F(OutcomeRoutesTest, ABlockedShardSaysWhatWaitsAndUntilWhen) {
  fail_on("a");
  std::string uuid = pipeline.create([](MappingSettings& settings) { settings.batch_size = 1; });
  pipeline.write({"a", "b", "c"});
  json report = described(uuid);
  EXPECT_EQ(report["blockedShards"], 1);
  EXPECT_EQ(report["behind"], 3);
  json blocked = report["shards"][0]["blocked"][0];
  EXPECT_EQ(blocked["keys"], json::parse(R"({"id":{"S":"a"}})"));
  EXPECT_EQ(blocked["waitingBehind"], 2);
  EXPECT_EQ(blocked["attempts"], 1);
  EXPECT_EQ(blocked["secondsUntilLost"], 86400.0);
  pipeline.pass(seconds(60));
  report = described(uuid);
  EXPECT_EQ(report["oldestUnhandledAgeSeconds"], 60.0);
  EXPECT_EQ(report["shards"][0]["blocked"][0]["secondsUntilExpiry"], 86340.0);
  EXPECT_FALSE(report["shards"][0]["blocked"][0].contains("secondsUntilGivenUp"));

  MappingGauges gauges(
      *pipeline.metrics, [this] { return pipeline.manager->status(); }, *pipeline.world.store,
      pipeline.world.clock);
  std::string labels = R"({function="handler",mapping=")" + uuid + "\"}";
  EXPECT_THAT(pipeline.metrics->text(),
              HasSubstr("millrace_mapping_blocked_shards" + labels + " 1"));
  EXPECT_THAT(pipeline.metrics->text(),
              HasSubstr("millrace_mapping_oldest_unhandled_seconds" + labels + " 60"));
  pipeline.manager->erase(uuid, [](auto) {});
  pipeline.settle();
  EXPECT_THAT(pipeline.metrics->text(),
              HasSubstr("millrace_mapping_blocked_shards" + labels + " 0"));
}

TEST_F(OutcomeRoutesTest, ThePolicySaysWhenTheRecordIsGivenUp) {
  fail_on("a");
  std::string uuid = pipeline.create([](MappingSettings& settings) {
    settings.maximum_retry_attempts = 3;
    settings.maximum_record_age_in_seconds = 600;
  });
  pipeline.write({"a"});
  json blocked = described(uuid)["shards"][0]["blocked"][0];
  EXPECT_EQ(blocked["attemptsMax"], 4);
  // 0.25 s, 0.5 s and 1 s until the second, third and fourth attempt.
  EXPECT_EQ(blocked["secondsUntilGivenUp"], 1.75);
  EXPECT_EQ(blocked["secondsUntilLost"], 1.75);
  pipeline.update(uuid, [](MappingSettings& settings) { settings.maximum_retry_attempts = 1000; });
  pipeline.settle();
  blocked = described(uuid)["shards"][0]["blocked"][0];
  EXPECT_EQ(blocked["secondsUntilLost"], 600.0);
}

TEST_F(OutcomeRoutesTest, SupersededRecordsAreFoundInChildShards) {
  fail_on("a");
  pipeline.create([](MappingSettings& settings) { settings.maximum_retry_attempts = 0; });
  pipeline.world.append("a");
  pipeline.world.append("b");
  pipeline.settle();
  pipeline.world.rotate();
  fail_on("nothing");
  pipeline.write({"a"});
  pipeline.write({"c"});
  json failures = call("GET", "failures");
  ASSERT_EQ(failures["count"], 1);
  std::string id = failures["failures"][0]["id"];
  json records = call("GET", "failures/" + id)["records"];
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0]["newerChanges"], 1);
  EXPECT_EQ(records[0]["supersededBy"], sequence_number(3));
  EXPECT_EQ(records[1]["newerChanges"], 0);
  EXPECT_FALSE(records[1].contains("supersededBy"));

  json other = call("POST", "failures/" + id + "/redrive", {{"functionName", "repair"}});
  EXPECT_TRUE(other["succeeded"]);
  EXPECT_EQ(pipeline.invoker.functions.back().name, "repair");
  EXPECT_EQ(call("GET", "failures")["count"], 0);
  call("GET", "failures/" + id);
  EXPECT_EQ(status, 404);
}

TEST_F(OutcomeRoutesTest, FailuresAreListedByFunction) {
  fail_on("a");
  auto giving_up = [](const std::string& name) {
    return [name](MappingSettings& settings) {
      settings.function.name = name;
      settings.maximum_retry_attempts = 0;
    };
  };
  pipeline.create(giving_up("one"));
  pipeline.create(giving_up("two"));
  pipeline.write({"a"});
  EXPECT_EQ(call("GET", "failures")["failures"].size(), 2u);
  json one = call("GET", "failures?functionName=one")["failures"];
  ASSERT_EQ(one.size(), 1u);
  EXPECT_THAT(one[0]["functionArn"], HasSubstr(":function:one"));
  EXPECT_EQ(call("GET", "failures?functionName=none")["failures"].size(), 0u);
}

TEST_F(OutcomeRoutesTest, AReplayByTime) {
  std::string uuid = pipeline.create();
  pipeline.write({"a"});
  pipeline.pass(seconds(10));
  std::string middle = to_iso8601(pipeline.world.clock.now());
  pipeline.write({"b"});
  pipeline.seen();
  json replay =
      call("POST", "replay", {{"tableName", "users"}, {"uuid", uuid}, {"toTime", middle}});
  EXPECT_EQ(status, 202);
  EXPECT_EQ(replay["records"], 1);
  EXPECT_THAT(pipeline.seen(), ElementsAre(std::vector<std::string>{"a"}));
  call("POST", "replay",
       {{"streamArn", pipeline.stream->arn}, {"functionName", "repair"}, {"fromTime", middle}});
  EXPECT_THAT(pipeline.seen(), ElementsAre(std::vector<std::string>{"b"}));
  EXPECT_EQ(pipeline.invoker.functions.back().name, "repair");
  EXPECT_EQ(call("GET", "replay")["replays"].size(), 2u);
  std::string id = replay["id"];
  EXPECT_EQ(call("GET", "replay/" + id)["state"], "Finished");
}

TEST_F(OutcomeRoutesTest, AReplayOfOneLineage) {
  pipeline.write({"a"});
  pipeline.world.rotate();
  pipeline.write({"b"});
  auto stream = pipeline.world.store->find(pipeline.stream->arn);
  call("POST", "replay",
       {{"tableName", "users"}, {"functionName", "repair"}, {"shardId", stream->shards[1].id}});
  EXPECT_THAT(pipeline.seen(), ElementsAre(std::vector<std::string>{"b"}));
  json refused = call("POST", "replay",
                      {{"tableName", "users"}, {"functionName", "f"}, {"shardId", "shardId-none"}});
  EXPECT_EQ(status, 400);
  EXPECT_EQ(refused["message"], "The stream has no shard shardId-none.");
}

}  // namespace
}  // namespace millrace::control
