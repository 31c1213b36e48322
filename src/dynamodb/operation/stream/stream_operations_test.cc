#include "dynamodb/operation/stream/stream_operations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "dynamodb/operation/stream/shard_iterator.h"
#include "dynamodb/stream/stream_maintenance.h"
#include "dynamodb/stream/testing.h"

namespace millrace::dynamodb::operation {
namespace {

using nlohmann::json;
using stream::testing::kCell;
using stream::testing::kOtherCell;
using stream::testing::kTable;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class StreamOperationsTest : public ::testing::Test {
 protected:
  StreamOperationsTest() { open(); }

  void open() {
    registry = {};
    register_stream_operations(registry, {*world.store, world.clock, expiry});
  }

  aws::Result<json> call(const std::string& operation, const json& input) {
    return call_text(operation, input.dump());
  }
  aws::Result<json> call_text(const std::string& operation, const std::string& input) {
    auto context = std::make_shared<aws::RequestContext>();
    context->account = account;
    context->region = region;
    aws::Result<json> answer = json();
    (*registry.find("dynamodbstreams", operation))(context, input,
                                                   [&](aws::Result<aws::Output> output) {
                                                     if (output) {
                                                       answer = json::parse(output->body);
                                                     } else {
                                                       answer = Unexpected(output.error());
                                                     }
                                                   });
    return answer;
  }
  json ok(const std::string& operation, const json& input) {
    auto answer = call(operation, input);
    if (!answer) {
      ADD_FAILURE() << operation << input << ": " << answer.error().message;
      return {};
    }
    return *answer;
  }
  // "Type: message"
  std::string error(const std::string& operation, const json& input) {
    auto answer = call(operation, input);
    if (answer) return "no error";
    EXPECT_EQ(400, answer.error().http_status);
    return answer.error().type + ": " + answer.error().message;
  }

  std::string arn() { return world.store->live_stream(kTable)->arn; }
  std::string shard(size_t index = 0) {
    return world.store->live_stream(kTable)->shards.at(index).id;
  }
  json iterator_input(const std::string& type, size_t index = 0) {
    return {{"StreamArn", arn()}, {"ShardId", shard(index)}, {"ShardIteratorType", type}};
  }
  json with(json input, const std::string& name, const json& value) {
    input[name] = value;
    return input;
  }
  std::string iterator(const json& input) {
    return ok("GetShardIterator", input).value("ShardIterator", "");
  }
  static std::vector<std::string> names(const json& answer) {
    std::vector<std::string> names;
    for (const json& record : answer.at("Records")) {
      names.push_back(record.at("dynamodb").at("Keys").at("id").at("S"));
    }
    return names;
  }
  std::vector<std::string> read(const json& iterator_request) {
    return names(ok("GetRecords", {{"ShardIterator", iterator(iterator_request)}}));
  }
  // A pass of maintenance at the present time, without rotation.
  void maintain() {
    auto maintenance =
        stream::StreamMaintenance::start(*world.engine, *world.store, world.executor, world.timers,
                                         {.rotation_age = std::chrono::hours(1000)});
    world.executor.run_all();
  }

  stream::testing::World world;
  IteratorExpiry expiry;
  aws::OperationRegistry registry;
  std::string account = "000000000000";
  std::string region = "us-east-1";
};

// ---- ListStreams

TEST_F(StreamOperationsTest, ListStreamsInPages) {
  EXPECT_EQ(json({{"Streams", json::array()}}), ok("ListStreams", json::object()));
  std::vector<std::string> arns;
  for (uint64_t i = 0; i < 5; ++i) {
    arns.push_back(world
                       .create({engine::CellId{2000 + i}}, stream::ViewType::kKeysOnly, 100 + i,
                               "table" + std::to_string(i))
                       ->arn);
  }
  json page = ok("ListStreams", {{"Limit", 2}});
  EXPECT_EQ(json({{"StreamArn", arns[0]},
                  {"TableName", "table0"},
                  {"StreamLabel", "2023-11-14T22:13:20.000"}}),
            page["Streams"][0]);
  std::vector<std::string> listed;
  for (;;) {
    for (const json& stream : page["Streams"]) listed.push_back(stream["StreamArn"]);
    if (!page.contains("LastEvaluatedStreamArn")) break;
    EXPECT_EQ(listed.back(), page["LastEvaluatedStreamArn"]);
    page = ok("ListStreams",
              {{"Limit", 2}, {"ExclusiveStartStreamArn", page["LastEvaluatedStreamArn"]}});
  }
  EXPECT_EQ(arns, listed);
}

TEST_F(StreamOperationsTest, ListStreamsOfOneTableWithItsEarlierStreams) {
  world.create();
  world.disable();
  world.create();
  world.create({kOtherCell}, stream::ViewType::kKeysOnly, kTable + 1, "orders");
  EXPECT_EQ(2u, ok("ListStreams", {{"TableName", "users"}})["Streams"].size());
  EXPECT_EQ(1u, ok("ListStreams", {{"TableName", "orders"}})["Streams"].size());
  EXPECT_THAT(ok("ListStreams", {{"TableName", "nobody"}})["Streams"], IsEmpty());
  region = "eu-west-1";
  EXPECT_THAT(ok("ListStreams", json::object())["Streams"], IsEmpty());
}

TEST_F(StreamOperationsTest, ListStreamsGoesOnBehindAStreamThatIsGone) {
  world.create();
  json page = ok("ListStreams", {{"ExclusiveStartStreamArn",
                                  "arn:aws:dynamodb:us-east-1:000000000000:table/aaa/stream/x"}});
  EXPECT_EQ(1u, page["Streams"].size());
}

TEST_F(StreamOperationsTest, ListStreamsErrors) {
  EXPECT_EQ(
      "ValidationException: 3 validation errors detected: Value 'ab' at 'tableName' failed to "
      "satisfy constraint: Member must have length greater than or equal to 3; Value '101' at "
      "'limit' failed to satisfy constraint: Member must have value less than or equal to 100; "
      "Value '" +
          std::string(1025, 'x') +
          "' at 'exclusiveStartStreamArn' failed to satisfy constraint: Member must have length "
          "less than or equal to 1024",
      error("ListStreams", {{"TableName", "ab"},
                            {"Limit", 101},
                            {"ExclusiveStartStreamArn", std::string(1025, 'x')}}));
  EXPECT_EQ("ValidationException: Invalid StreamArn",
            error("ListStreams", {{"ExclusiveStartStreamArn", "fake-stream"}}));
  EXPECT_EQ("SerializationException: NUMBER_VALUE cannot be converted to String",
            error("ListStreams", {{"TableName", 1}}));
  EXPECT_EQ("SerializationException", call_text("ListStreams", "{").error().type);
}

// ---- DescribeStream

TEST_F(StreamOperationsTest, DescribeStream) {
  world.clock.advance(std::chrono::milliseconds(7));
  world.create();
  world.append("a");
  world.rotate();
  EXPECT_EQ(
      json({{"StreamArn", arn()},
            {"StreamLabel", "2023-11-14T22:13:20.007"},
            {"StreamStatus", "ENABLED"},
            {"StreamViewType", "NEW_AND_OLD_IMAGES"},
            {"CreationRequestDateTime", 1700000000.007},
            {"TableName", "users"},
            {"KeySchema", {{{"AttributeName", "id"}, {"KeyType", "HASH"}}}},
            {"Shards",
             {{{"ShardId", shard(0)},
               {"SequenceNumberRange",
                {{"StartingSequenceNumber", "100000000000000000001"},
                 {"EndingSequenceNumber", "100000000000000000001"}}}},
              {{"ShardId", shard(1)},
               {"ParentShardId", shard(0)},
               {"SequenceNumberRange", {{"StartingSequenceNumber", "100000000000000000002"}}}}}}}),
      ok("DescribeStream", {{"StreamArn", arn()}})["StreamDescription"]);
}

TEST_F(StreamOperationsTest, DescribeStreamDisabled) {
  const std::string old = world.create()->arn;
  world.disable();
  json stream = ok("DescribeStream", {{"StreamArn", old}})["StreamDescription"];
  EXPECT_EQ("DISABLED", stream["StreamStatus"]);
  // Closed without a record: the range is one number that no record of the shard has.
  EXPECT_EQ(json({{"StartingSequenceNumber", "100000000000000000000"},
                  {"EndingSequenceNumber", "100000000000000000000"}}),
            stream["Shards"][0]["SequenceNumberRange"]);
}

TEST_F(StreamOperationsTest, DescribeStreamInPages) {
  world.create();
  for (int i = 0; i < 4; ++i) world.rotate();
  std::vector<std::string> listed;
  json input = {{"StreamArn", arn()}, {"Limit", 2}};
  for (;;) {
    json page = ok("DescribeStream", input)["StreamDescription"];
    for (const json& shard : page["Shards"]) listed.push_back(shard["ShardId"]);
    if (!page.contains("LastEvaluatedShardId")) break;
    input["ExclusiveStartShardId"] = page["LastEvaluatedShardId"];
  }
  std::vector<std::string> expected;
  for (size_t i = 0; i < 5; ++i) expected.push_back(shard(i));
  EXPECT_EQ(expected, listed);
  input["ExclusiveStartShardId"] = "shardId-00000000000000000000-00000000";
  EXPECT_THAT(ok("DescribeStream", input)["StreamDescription"]["Shards"], IsEmpty());
}

TEST_F(StreamOperationsTest, DescribeStreamListsTheChildrenOfAShard) {
  world.create();
  auto children = [&](const std::string& parent) {
    std::vector<std::string> ids;
    json input = {{"StreamArn", arn()},
                  {"ShardFilter", {{"Type", "CHILD_SHARDS"}, {"ShardId", parent}}}};
    json answer = ok("DescribeStream", input);
    for (const json& shard : answer["StreamDescription"]["Shards"]) ids.push_back(shard["ShardId"]);
    return ids;
  };
  EXPECT_THAT(children(shard(0)), IsEmpty());
  world.rotate();
  world.rotate();
  EXPECT_THAT(children(shard(0)), ElementsAre(shard(1)));
  EXPECT_THAT(children(shard(1)), ElementsAre(shard(2)));
}

TEST_F(StreamOperationsTest, DescribeStreamErrors) {
  world.create();
  const std::string detected = "ValidationException: 1 validation error detected: ";
  EXPECT_EQ(detected +
                "Value null at 'streamArn' failed to satisfy constraint: Member must not be "
                "null",
            error("DescribeStream", json::object()));
  EXPECT_EQ("ValidationException: Invalid StreamArn",
            error("DescribeStream", {{"StreamArn", "fake-stream"}}));
  EXPECT_EQ("ValidationException: Invalid StreamArn",
            error("DescribeStream",
                  {{"StreamArn", "arn:aws:dynamodb:us-east-1:000000000000:table/users"}}));
  const std::string gone = "arn:aws:dynamodb:us-east-1:000000000000:table/gone/stream/2020";
  EXPECT_EQ(
      "ResourceNotFoundException: Requested resource not found: Stream: " + gone + " not found",
      error("DescribeStream", {{"StreamArn", gone}}));
  EXPECT_EQ(detected +
                "Value '0' at 'limit' failed to satisfy constraint: Member must have value "
                "greater than or equal to 1",
            error("DescribeStream", {{"StreamArn", arn()}, {"Limit", 0}}));
  EXPECT_EQ(
      "ValidationException: 2 validation errors detected: Value 'X' at 'shardFilter.type' "
      "failed to satisfy constraint: Member must satisfy enum value set: [CHILD_SHARDS]; "
      "Value 'short' at 'shardFilter.shardId' failed to satisfy constraint: Member must have "
      "length greater than or equal to 28",
      error("DescribeStream",
            {{"StreamArn", arn()}, {"ShardFilter", {{"Type", "X"}, {"ShardId", "short"}}}}));
  EXPECT_THAT(error("DescribeStream", {{"StreamArn", arn()}, {"ShardFilter", json::object()}}),
              HasSubstr("Value null at 'shardFilter.type'"));
  // Another account's, and another region's.
  account = "111111111111";
  EXPECT_THAT(error("DescribeStream", {{"StreamArn", arn()}}),
              HasSubstr("ResourceNotFoundException"));
  account = "000000000000";
  region = "eu-west-1";
  EXPECT_THAT(error("DescribeStream", {{"StreamArn", arn()}}),
              HasSubstr("ResourceNotFoundException"));
}

// ---- GetShardIterator

TEST_F(StreamOperationsTest, IteratorTypes) {
  world.create();
  const auto number = [](engine::Position position) { return stream::sequence_number(position); };
  for (const char* name : {"a", "b", "c"}) {
    world.append(name);
    world.clock.advance(std::chrono::seconds(10));
  }
  EXPECT_THAT(read(iterator_input("TRIM_HORIZON")), ElementsAre("a", "b", "c"));
  EXPECT_THAT(read(iterator_input("LATEST")), IsEmpty());
  json at = iterator_input("AT_SEQUENCE_NUMBER");
  EXPECT_THAT(read(with(at, "SequenceNumber", number(2))), ElementsAre("b", "c"));
  EXPECT_THAT(read(with(at, "SequenceNumber", number(1))), ElementsAre("a", "b", "c"));
  EXPECT_THAT(read(with(at, "SequenceNumber", number(0))), ElementsAre("a", "b", "c"));
  json after = iterator_input("AFTER_SEQUENCE_NUMBER");
  EXPECT_THAT(read(with(after, "SequenceNumber", number(1))), ElementsAre("b", "c"));
  EXPECT_THAT(read(with(after, "SequenceNumber", number(3))), IsEmpty());
  json time = iterator_input("AT_TIMESTAMP");
  EXPECT_THAT(read(with(time, "Timestamp", 1700000010)), ElementsAre("b", "c"));
  EXPECT_THAT(read(with(time, "Timestamp", 1700000010.5)), ElementsAre("c"));
  EXPECT_THAT(read(with(time, "Timestamp", 0)), ElementsAre("a", "b", "c"));
  EXPECT_THAT(read(with(time, "Timestamp", 1e300)), IsEmpty());

  std::string latest = iterator(iterator_input("LATEST"));
  world.append("d");
  EXPECT_THAT(names(ok("GetRecords", {{"ShardIterator", latest}})), ElementsAre("d"));
}

TEST_F(StreamOperationsTest, AShardsStartingNumberGivesAllOfIt) {
  world.create();
  // The shard is empty as yet, and the number is that of the record to come.
  std::string first = iterator(
      with(iterator_input("AT_SEQUENCE_NUMBER"), "SequenceNumber", stream::sequence_number(1)));
  json after = iterator_input("AFTER_SEQUENCE_NUMBER");
  std::string next = iterator(with(after, "SequenceNumber", stream::sequence_number(1)));
  world.append("a");
  world.rotate();
  world.append("b");
  EXPECT_THAT(names(ok("GetRecords", {{"ShardIterator", first}})), ElementsAre("a"));
  EXPECT_THAT(names(ok("GetRecords", {{"ShardIterator", next}})), ElementsAre("a"));
  EXPECT_THAT(read(with(after, "SequenceNumber", stream::sequence_number(1))), IsEmpty());
  json child = iterator_input("AT_SEQUENCE_NUMBER", 1);
  EXPECT_THAT(read(with(child, "SequenceNumber", stream::sequence_number(2))), ElementsAre("b"));
}

TEST_F(StreamOperationsTest, IteratorsLookLikeAwss) {
  world.create();
  std::string text = iterator(iterator_input("TRIM_HORIZON"));
  EXPECT_EQ(0u, text.rfind(arn() + "|1|", 0)) << text;
}

TEST_F(StreamOperationsTest, IteratorErrors) {
  world.create();
  world.append("a");
  EXPECT_EQ(
      "ValidationException: 3 validation errors detected: Value null at 'streamArn' failed to "
      "satisfy constraint: Member must not be null; Value null at 'shardId' failed to "
      "satisfy constraint: Member must not be null; Value null at 'shardIteratorType' failed "
      "to satisfy constraint: Member must not be null",
      error("GetShardIterator", json::object()));
  EXPECT_THAT(
      error("GetShardIterator", iterator_input("OLDEST")),
      HasSubstr("Value 'OLDEST' at 'shardIteratorType' failed to satisfy constraint: Member "
                "must satisfy enum value set: ["));
  json unknown = with(iterator_input("LATEST"), "ShardId", "shardId-00000000000000000000-00000000");
  EXPECT_EQ("ResourceNotFoundException: Requested resource not found: Shard does not exist",
            error("GetShardIterator", unknown));
  EXPECT_EQ(
      "ValidationException: SequenceNumber must be specified for ShardIteratorType "
      "AT_SEQUENCE_NUMBER",
      error("GetShardIterator", iterator_input("AT_SEQUENCE_NUMBER")));
  EXPECT_EQ(
      "ValidationException: SequenceNumber must not be specified for ShardIteratorType LATEST",
      error("GetShardIterator",
            with(iterator_input("LATEST"), "SequenceNumber", stream::sequence_number(1))));
  EXPECT_EQ("ValidationException: Timestamp must be specified for ShardIteratorType AT_TIMESTAMP",
            error("GetShardIterator", iterator_input("AT_TIMESTAMP")));
  EXPECT_THAT(error("GetShardIterator", with(iterator_input("AT_TIMESTAMP"), "Timestamp", "now")),
              HasSubstr("SerializationException"));
  json after = iterator_input("AFTER_SEQUENCE_NUMBER");
  EXPECT_THAT(error("GetShardIterator", with(after, "SequenceNumber", "1")),
              HasSubstr("'sequenceNumber' failed to satisfy constraint: Member must have length "
                        "greater than or equal to 21"));
  // Not a number; another system's; one that the shard has not reached.
  for (const char* number :
       {"10000000000000000000x", "400000000024465870661", "100000000000000000002"}) {
    EXPECT_EQ("ValidationException: Invalid SequenceNumber: " + std::string(number),
              error("GetShardIterator", with(after, "SequenceNumber", number)));
  }
}

TEST_F(StreamOperationsTest, TrimmedNumbersAndIterators) {
  world.create();
  world.append("a");
  world.append("b");
  std::string old = iterator(iterator_input("TRIM_HORIZON"));
  world.clock.advance(std::chrono::hours(24));
  world.append("c");
  world.clock.advance(std::chrono::minutes(1));
  maintain();
  const std::string trimmed =
      "TrimmedDataAccessException: The data you are trying to access has been trimmed";
  json at = iterator_input("AT_SEQUENCE_NUMBER");
  EXPECT_EQ(trimmed,
            error("GetShardIterator", with(at, "SequenceNumber", stream::sequence_number(2))));
  EXPECT_THAT(read(with(at, "SequenceNumber", stream::sequence_number(3))), ElementsAre("c"));
  json after = iterator_input("AFTER_SEQUENCE_NUMBER");
  EXPECT_EQ(trimmed,
            error("GetShardIterator", with(after, "SequenceNumber", stream::sequence_number(1))));
  EXPECT_THAT(read(with(after, "SequenceNumber", stream::sequence_number(2))), ElementsAre("c"));
  EXPECT_THAT(read(iterator_input("TRIM_HORIZON")), ElementsAre("c"));

  // Within its lifetime, but what it points to has gone.
  auto fresh = decode_shard_iterator(old, world.store->iterator_secret());
  ASSERT_TRUE(fresh);
  fresh->issued = world.clock.now();
  EXPECT_EQ(trimmed,
            error("GetRecords", {{"ShardIterator",
                                  encode_shard_iterator(*fresh, world.store->iterator_secret())}}));
}

// ---- GetRecords

TEST_F(StreamOperationsTest, GetRecordsAnswersRecords) {
  world.create();
  world.append("a");
  json answer = ok("GetRecords", {{"ShardIterator", iterator(iterator_input("TRIM_HORIZON"))}});
  EXPECT_EQ(json({{"eventID", stream::event_id(kCell, 1)},
                  {"eventName", "INSERT"},
                  {"eventVersion", "1.1"},
                  {"eventSource", "aws:dynamodb"},
                  {"awsRegion", "us-east-1"},
                  {"dynamodb",
                   {{"ApproximateCreationDateTime", 1700000000},
                    {"Keys", {{"id", {{"S", "a"}}}}},
                    {"NewImage", {{"id", {{"S", "a"}}}}},
                    {"SequenceNumber", "100000000000000000001"},
                    {"SizeBytes", 6},
                    {"StreamViewType", "NEW_AND_OLD_IMAGES"}}}}),
            answer["Records"][0]);
}

TEST_F(StreamOperationsTest, GetRecordsInPages) {
  world.create();
  std::vector<std::string> written;
  for (int i = 0; i < 7; ++i) {
    written.push_back(std::to_string(i));
    world.append(written.back());
  }
  std::vector<std::string> listed;
  std::string next = iterator(iterator_input("TRIM_HORIZON"));
  for (int page = 0; page < 4; ++page) {
    json answer = ok("GetRecords", {{"ShardIterator", next}, {"Limit", 3}});
    for (std::string& name : names(answer)) listed.push_back(std::move(name));
    next = answer.at("NextShardIterator");  // always there: the shard is open
  }
  EXPECT_EQ(written, listed);
}

TEST_F(StreamOperationsTest, AnIteratorIsAPositionNotACursor) {
  world.create();
  world.append("a");
  std::string first = iterator(iterator_input("TRIM_HORIZON"));
  json input = {{"ShardIterator", first}};
  EXPECT_THAT(names(ok("GetRecords", input)), ElementsAre("a"));
  world.append("b");
  EXPECT_THAT(names(ok("GetRecords", input)), ElementsAre("a", "b"));
  // It stays good through a restart.
  world.reopen();
  open();
  EXPECT_THAT(names(ok("GetRecords", input)), ElementsAre("a", "b"));
}

TEST_F(StreamOperationsTest, IteratorsExpireAfterFifteenMinutes) {
  world.create();
  std::string old = iterator(iterator_input("TRIM_HORIZON"));
  world.clock.advance(std::chrono::minutes(15));
  std::string next = ok("GetRecords", {{"ShardIterator", old}})["NextShardIterator"];
  EXPECT_NE(old, next);
  world.clock.advance(Duration(1));
  EXPECT_EQ("ExpiredIteratorException: The provided iterator exceeds the maximum age allowed.",
            error("GetRecords", {{"ShardIterator", old}}));
  world.append("a");
  EXPECT_THAT(names(ok("GetRecords", {{"ShardIterator", next}})), ElementsAre("a"));
}

TEST_F(StreamOperationsTest, AllIteratorsCanBeExpiredWhileTheClockStands) {
  world.create();
  world.append("a");
  std::string old = iterator(iterator_input("TRIM_HORIZON"));
  expiry.expire_all(world.clock.now());
  EXPECT_THAT(error("GetRecords", {{"ShardIterator", old}}), HasSubstr("ExpiredIterator"));
  std::string fresh = iterator(iterator_input("TRIM_HORIZON"));
  std::string next = ok("GetRecords", {{"ShardIterator", fresh}})["NextShardIterator"];
  EXPECT_THAT(names(ok("GetRecords", {{"ShardIterator", next}})), IsEmpty());
  expiry.expire_all(world.clock.now());
  for (const std::string& each : {old, fresh, next}) {
    EXPECT_THAT(error("GetRecords", {{"ShardIterator", each}}), HasSubstr("ExpiredIterator"));
  }
}

TEST_F(StreamOperationsTest, TheLastRecordsOfAClosedShardComeWithoutAnIterator) {
  world.create();
  world.append("a");
  world.append("b");
  std::string first = iterator(iterator_input("TRIM_HORIZON"));
  std::string end = iterator(iterator_input("LATEST"));
  world.rotate();
  world.append("c");
  json answer = ok("GetRecords", {{"ShardIterator", first}, {"Limit", 1}});
  EXPECT_THAT(names(answer), ElementsAre("a"));
  answer = ok("GetRecords", {{"ShardIterator", answer.at("NextShardIterator")}, {"Limit", 1}});
  EXPECT_THAT(names(answer), ElementsAre("b"));
  EXPECT_FALSE(answer.contains("NextShardIterator"));
  EXPECT_EQ(json({{"Records", json::array()}}), ok("GetRecords", {{"ShardIterator", end}}));
  EXPECT_THAT(read(iterator_input("TRIM_HORIZON", 1)), ElementsAre("c"));
}

TEST_F(StreamOperationsTest, AConsumerThatFollowsChildrenReadsEverythingOnce) {
  world.create();
  std::vector<std::string> written, seen;
  auto write = [&] {
    written.push_back(std::to_string(written.size()));
    world.append(written.back());
  };
  std::string current = shard(0);
  std::string next = iterator(iterator_input("TRIM_HORIZON"));
  for (int step = 0; step < 200; ++step) {
    if (step < 150) {
      if (world.random.below(3) == 0) write();
      if (world.random.below(10) == 0) world.rotate();
    }
    json answer = ok("GetRecords", {{"ShardIterator", next}, {"Limit", 2}});
    for (std::string& name : names(answer)) seen.push_back(std::move(name));
    if (answer.contains("NextShardIterator")) {
      next = answer["NextShardIterator"];
      continue;
    }
    json children = ok(
        "DescribeStream",
        {{"StreamArn", arn()}, {"ShardFilter", {{"Type", "CHILD_SHARDS"}, {"ShardId", current}}}});
    current = children["StreamDescription"]["Shards"].at(0)["ShardId"];
    next = iterator(
        {{"StreamArn", arn()}, {"ShardId", current}, {"ShardIteratorType", "TRIM_HORIZON"}});
  }
  EXPECT_EQ(written, seen);
}

TEST_F(StreamOperationsTest, APageHasAboutAMegabyte) {
  world.create();
  for (int i = 0; i < 5; ++i) world.append(std::string(300 * 1024, 'x'));
  json answer = ok("GetRecords", {{"ShardIterator", iterator(iterator_input("TRIM_HORIZON"))}});
  EXPECT_LT(answer["Records"].size(), 3u);
  EXPECT_GT(answer["Records"].size(), 0u);
}

TEST_F(StreamOperationsTest, ADisabledStreamIsReadToItsEnd) {
  const std::string old = world.create()->arn;
  world.append("a");
  json input = iterator_input("TRIM_HORIZON");
  world.disable();
  world.create();
  json answer = ok("GetRecords", {{"ShardIterator", iterator(input)}});
  EXPECT_THAT(names(answer), ElementsAre("a"));
  EXPECT_FALSE(answer.contains("NextShardIterator"));
}

TEST_F(StreamOperationsTest, GetRecordsErrors) {
  world.create();
  std::string good = iterator(iterator_input("TRIM_HORIZON"));
  EXPECT_THAT(error("GetRecords", json::object()), HasSubstr("Value null at 'shardIterator'"));
  for (int limit : {1001, 0, -1}) {
    EXPECT_THAT(error("GetRecords", {{"ShardIterator", good}, {"Limit", limit}}),
                HasSubstr("ValidationException: 1 validation error detected: Value '" +
                          std::to_string(limit) + "' at 'limit' failed"));
  }
  const std::string invalid = "ValidationException: Invalid ShardIterator";
  EXPECT_EQ(invalid, error("GetRecords", {{"ShardIterator", "x"}}));
  EXPECT_EQ(invalid, error("GetRecords", {{"ShardIterator", arn() + "|1|AAAA"}}));
  std::string altered = good;
  altered[altered.size() - 30] = altered[altered.size() - 30] == 'A' ? 'B' : 'A';
  EXPECT_EQ(invalid, error("GetRecords", {{"ShardIterator", altered}}));
  region = "eu-west-1";
  EXPECT_THAT(error("GetRecords", {{"ShardIterator", good}}),
              HasSubstr("ResourceNotFoundException"));
}

TEST(ShardIteratorTest, ComesBackOnlyWhole) {
  ShardIterator iterator{"arn:a", "shardId-1", 7, from_unix_millis(1)};
  std::string text = encode_shard_iterator(iterator, "secret");
  auto decoded = decode_shard_iterator(text, "secret");
  ASSERT_TRUE(decoded);
  EXPECT_EQ("arn:a", decoded->stream_arn);
  EXPECT_EQ("shardId-1", decoded->shard_id);
  EXPECT_EQ(7u, decoded->after);
  EXPECT_EQ(from_unix_millis(1), decoded->issued);
  EXPECT_FALSE(decode_shard_iterator(text, "another secret"));
  for (size_t i = 0; i < text.size(); ++i) {
    std::string damaged = text;
    damaged[i] = damaged[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(decode_shard_iterator(damaged, "secret")) << i;
    EXPECT_FALSE(decode_shard_iterator(text.substr(0, i), "secret")) << i;
  }
}

}  // namespace
}  // namespace millrace::dynamodb::operation
