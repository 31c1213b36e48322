// Partitions as clients and operators see them: the tags of a table, and the routes of the server.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "dynamodb/operation/operation_fixture.h"
#include "dynamodb/operation/partition_routes.h"

namespace millrace::dynamodb::operation {
namespace {

using nlohmann::json;

class PartitionTest : public OperationFixture {
 protected:
  PartitionTest() : OperationFixture(1) {
    add_partition_routes(routes_, *catalog_, *streams_, random_, context_);
  }

  std::string with_tags(const std::string& name, const json& tags) {
    json input = {{"TableName", name},
                  {"BillingMode", "PAY_PER_REQUEST"},
                  {"KeySchema", {{{"AttributeName", "pk"}, {"KeyType", "HASH"}}}},
                  {"AttributeDefinitions", {{{"AttributeName", "pk"}, {"AttributeType", "S"}}}},
                  {"StreamSpecification",
                   {{"StreamEnabled", true}, {"StreamViewType", "NEW_AND_OLD_IMAGES"}}},
                  {"Tags", json::array()}};
    for (const auto& [key, value] : tags.items()) {
      input["Tags"].push_back({{"Key", key}, {"Value", value}});
    }
    return input.dump();
  }
  std::string tag(const std::string& name, const std::string& key, const std::string& value) {
    return json({{"ResourceArn", find(name)->arn}, {"Tags", {{{"Key", key}, {"Value", value}}}}})
        .dump();
  }
  stream::StreamPtr live(const std::string& name) {
    return streams_->live_stream(find(name)->number);
  }

  // The answer of POST to this path below /_millrace/tables/, with its status as a member.
  json post(const std::string& path, const std::string& body = {}) {
    aws::HttpRequest request;
    request.method = "POST";
    request.target = "/_millrace/tables/" + path;
    request.body = body;
    const auto* route = routes_.find("POST", request.path());
    EXPECT_NE(nullptr, route);
    auto response = await<aws::HttpResponse>(
        [&](aws::HttpRespond respond) { route->handler(request, std::move(respond)); });
    json answer = json::parse(response.body);
    answer["status"] = response.status;
    return answer;
  }

  aws::AdminRoutes routes_;
};

TEST_F(PartitionTest, ATagSaysHowManyATableHas) {
  call("CreateTable", with_tags("one", json::object()));
  call("CreateTable", with_tags("five", {{"millrace:partitions", "5"}}));
  EXPECT_EQ(1u, live("one")->shards.size());
  EXPECT_EQ(5u, live("five")->shards.size());
  for (const char* bad : {"0", "65", "-1", "2.5", "two", "", " 2"}) {
    std::string message = error("CreateTable", with_tags("bad", {{"millrace:partitions", bad}}));
    EXPECT_EQ("ValidationException: The Tag Value provided is invalid, Value: " + std::string(bad) +
                  ". Tag millrace:partitions takes a whole number from 1 to 64",
              message);
  }
  EXPECT_EQ(nullptr, find("bad"));
}

TEST_F(PartitionTest, TheirNumberIsNotChangedByATag) {
  call("CreateTable", with_tags("five", {{"millrace:partitions", "5"}}));
  EXPECT_EQ(
      "ValidationException: Tag millrace:partitions can only be given when a table is created: "
      "TableName: five",
      error("TagResource", tag("five", "millrace:partitions", "6")));
  EXPECT_TRUE(try_call("TagResource", tag("five", "millrace:partitions", "5")));
}

TEST_F(PartitionTest, ATagSaysHowLongTheStreamKeepsRecords) {
  call("CreateTable", with_tags("users", {{"millrace:stream-retention-hours", "72"}}));
  EXPECT_EQ(std::optional<Duration>(std::chrono::hours(72)), live("users")->retention);
  ASSERT_TRUE(
      try_call("TagResource", tag("users", "millrace:stream-retention-hours", "unlimited")));
  EXPECT_EQ(std::optional<Duration>(Duration::max()), live("users")->retention);
  EXPECT_EQ(
      "ValidationException: The Tag Value provided is invalid, Value: 1 day. Tag "
      "millrace:stream-retention-hours takes a whole number of hours from 1 to 87600 or unlimited",
      error("TagResource", tag("users", "millrace:stream-retention-hours", "1 day")));
  ASSERT_TRUE(try_call("UntagResource", json({{"ResourceArn", find("users")->arn},
                                              {"TagKeys", {"millrace:stream-retention-hours"}}})
                                            .dump()));
  EXPECT_EQ(std::nullopt, live("users")->retention);
  // A stream that is enabled later has it too.
  ASSERT_TRUE(try_call("TagResource", tag("users", "millrace:stream-retention-hours", "1")));
  call("UpdateTable", R"({"TableName":"users","StreamSpecification":{"StreamEnabled":false}})");
  call(
      "UpdateTable",
      R"({"TableName":"users","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"}})");
  EXPECT_EQ(std::optional<Duration>(std::chrono::hours(1)), live("users")->retention);
}

TEST_F(PartitionTest, AreSplitByTheRoute) {
  call("CreateTable", with_tags("users", json::object()));
  std::string parent = live("users")->shards[0].id;
  json answer = post("users/split");
  EXPECT_EQ(200, answer["status"]) << answer;
  EXPECT_EQ("users", answer["table"]);
  EXPECT_EQ(2, answer["partitions"]);
  ASSERT_EQ(2u, answer["shards"].size());
  for (const json& shard : answer["shards"]) EXPECT_EQ(parent, shard["parentShardId"]);

  std::string child = answer["shards"][1]["shardId"];
  answer = post("users/split", json({{"shardId", child}}).dump());
  EXPECT_EQ(3, answer["partitions"]);
  EXPECT_EQ(2, std::count_if(answer["shards"].begin(), answer["shards"].end(),
                             [&](const json& shard) { return shard["parentShardId"] == child; }));
}

TEST_F(PartitionTest, ShardsAreRotatedByTheRoute) {
  call("CreateTable", with_tags("users", {{"millrace:partitions", "2"}}));
  std::string first = live("users")->shards[0].id;
  json answer = post("users/rotate", json({{"shardId", first}}).dump());
  EXPECT_EQ(200, answer["status"]) << answer;
  EXPECT_EQ(2, answer["partitions"]);
  EXPECT_EQ(3u, live("users")->shards.size());
  answer = post("users/rotate", "{}");
  EXPECT_EQ(2u, answer["shards"].size());
  EXPECT_EQ(5u, live("users")->shards.size());
}

TEST_F(PartitionTest, WrongRequestsToTheRoutes) {
  call("CreateTable", with_tags("users", json::object()));
  std::string closed = live("users")->shards[0].id;
  post("users/rotate");
  auto expect_error = [&](int status, const std::string& type, const json& answer) {
    EXPECT_EQ(status, answer["status"]) << answer;
    EXPECT_EQ(type, answer["error"]) << answer;
  };
  expect_error(400, "ResourceNotFoundException", post("none/split"));
  expect_error(400, "ResourceNotFoundException", post("none/split", R"({"shardId":"x"})"));
  expect_error(400, "ResourceNotFoundException", post("users/split?region=eu-west-1"));
  expect_error(400, "ResourceNotFoundException",
               post("users/rotate", json({{"shardId", closed}}).dump()));
  expect_error(400, "ValidationException", post("users/split", "[]"));
  expect_error(400, "ValidationException", post("users/split", R"({"shardId":1})"));
  expect_error(400, "ValidationException", post("users/split", R"({"shard":"x"})"));
  expect_error(404, "UnknownOperationException", post("users/merge"));
  expect_error(404, "UnknownOperationException", post("users"));
  EXPECT_EQ(2u, live("users")->shards.size());
}

}  // namespace
}  // namespace millrace::dynamodb::operation
