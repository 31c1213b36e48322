#include "logs/operation/operations.h"

#include <gtest/gtest.h>

#include <future>
#include <nlohmann/json.hpp>

#include "base/executor.h"
#include "engine/rocksdb/rocksdb_engine.h"

namespace millrace::logs::operation {
namespace {

using nlohmann::json;

class LogOperationsTest : public testing::Test {
 protected:
  LogOperationsTest() {
    engine::RocksdbOptions options;
    options.in_memory = true;
    engine_ = engine::open_rocksdb_engine(options, timers_).value();
    store_ = LogStore::open(*engine_, clock_).value();
    register_operations(registry_, {*store_, clock_});
  }

  aws::Result<json> try_call(const std::string& operation, const json& input) {
    std::promise<aws::Result<json>> answer;
    registry_.call(context_, "logs", operation, input,
                   [&](aws::Result<json> result) { answer.set_value(std::move(result)); });
    return answer.get_future().get();
  }
  json call(const std::string& operation, const json& input) {
    auto answer = try_call(operation, input);
    EXPECT_TRUE(answer) << operation << ' ' << input << ": " << answer.error().message;
    return answer.value_or(json::object());
  }
  std::string error(const std::string& operation, const json& input) {
    auto answer = try_call(operation, input);
    if (answer) return "succeeded: " + answer->dump();
    return answer.error().type + ": " + answer.error().message;
  }

  int64_t now() const { return to_unix_millis(clock_.now()); }
  void create(const std::string& group, const std::vector<std::string>& streams) {
    call("CreateLogGroup", {{"logGroupName", group}});
    for (const auto& stream : streams) {
      call("CreateLogStream", {{"logGroupName", group}, {"logStreamName", stream}});
    }
  }
  json put(const std::string& group, const std::string& stream, const json& events) {
    return call("PutLogEvents",
                {{"logGroupName", group}, {"logStreamName", stream}, {"logEvents", events}});
  }
  json event(const std::string& message, int64_t offset = 0) const {
    return {{"timestamp", now() + offset}, {"message", message}};
  }
  static std::string messages(const json& page) {
    std::string text;
    for (const json& event : page.at("events")) {
      text += event.at("message").get<std::string>() + ' ';
    }
    return text;
  }
  static std::string names(const json& list, const char* member) {
    std::string text;
    for (const json& entry : list) text += entry.at(member).get<std::string>() + ' ';
    return text;
  }

  ManualClock clock_;
  ManualTimers timers_{clock_};
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<LogStore> store_;
  aws::OperationRegistry registry_;
  const aws::RequestContext context_;
};

TEST_F(LogOperationsTest, GroupsAreListedByNameInPages) {
  for (const char* name : {"/aws/lambda/b", "/aws/lambda/a", "other"}) create(name, {});
  auto page = call("DescribeLogGroups", {{"limit", 2}});
  EXPECT_EQ(names(page["logGroups"], "logGroupName"), "/aws/lambda/a /aws/lambda/b ");
  page = call("DescribeLogGroups", {{"nextToken", page["nextToken"]}});
  EXPECT_EQ(names(page["logGroups"], "logGroupName"), "other ");
  EXPECT_FALSE(page.contains("nextToken"));
  page = call("DescribeLogGroups", {{"logGroupNamePrefix", "/aws/"}});
  EXPECT_EQ(names(page["logGroups"], "logGroupName"), "/aws/lambda/a /aws/lambda/b ");
  EXPECT_EQ(page["logGroups"][0]["arn"],
            "arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/a:*");
  page = call("DescribeLogGroups", {{"logGroupNamePattern", "OTH"}});
  EXPECT_EQ(names(page["logGroups"], "logGroupName"), "other ");
  EXPECT_EQ(error("DescribeLogGroups", {{"nextToken", "?"}}),
            "InvalidParameterException: The specified nextToken is invalid.");
}

TEST_F(LogOperationsTest, TellsWhatIsWrongWithNames) {
  EXPECT_EQ(error("CreateLogGroup", json::object()),
            "InvalidParameterException: 1 validation error detected: Value null at 'logGroupName' "
            "failed to satisfy constraint: Member must not be null");
  EXPECT_EQ(error("CreateLogGroup", {{"logGroupName", "a b"}}),
            "InvalidParameterException: 1 validation error detected: Value 'a b' at 'logGroupName' "
            "failed to satisfy constraint: Member must satisfy regular expression pattern: "
            R"([\.\-_/#A-Za-z0-9]+)");
  EXPECT_EQ(error("CreateLogStream", {{"logGroupName", ""}, {"logStreamName", "a:b"}}),
            "InvalidParameterException: 2 validation errors detected: Value '' at 'logGroupName' "
            "failed to satisfy constraint: Member must have length greater than or equal to 1; "
            "Value 'a:b' at 'logStreamName' failed to satisfy constraint: Member must satisfy "
            "regular expression pattern: [^:*]*");
  EXPECT_EQ(error("CreateLogStream", {{"logGroupName", "g"}, {"logStreamName", "s"}}),
            "ResourceNotFoundException: The specified log group does not exist.");
  create("g", {"s"});
  EXPECT_EQ(error("CreateLogGroup", {{"logGroupName", "g"}}),
            "ResourceAlreadyExistsException: The specified log group already exists");
  EXPECT_EQ(error("CreateLogStream", {{"logGroupName", "g"}, {"logStreamName", "s"}}),
            "ResourceAlreadyExistsException: The specified log stream already exists");
  EXPECT_EQ(error("GetLogEvents", {{"logGroupName", "g"}, {"logStreamName", "t"}}),
            "ResourceNotFoundException: The specified log stream does not exist.");
  EXPECT_EQ(error("CreateLogGroup", {{"logGroupName", 1}}),
            "SerializationException: A member of the input has a wrong type");
}

TEST_F(LogOperationsTest, StreamsAreListedByNameOrTime) {
  create("g", {"b", "a", "c"});
  put("g", "a", json::array({event("x", 1)}));
  put("g", "b", json::array({event("x", 2)}));
  auto list = [&](json input) {
    input["logGroupName"] = "g";
    return names(call("DescribeLogStreams", input)["logStreams"], "logStreamName");
  };
  EXPECT_EQ(list(json::object()), "a b c ");
  EXPECT_EQ(list({{"descending", true}}), "c b a ");
  EXPECT_EQ(list({{"orderBy", "LastEventTime"}}), "c a b ");
  EXPECT_EQ(list({{"logStreamNamePrefix", "b"}}), "b ");
  json input = {{"logGroupIdentifier", "arn:aws:logs:us-east-1:000000000000:log-group:g:*"},
                {"orderBy", "LastEventTime"},
                {"descending", true},
                {"limit", 1}};
  auto page = call("DescribeLogStreams", input);
  EXPECT_EQ(page["logStreams"][0]["logStreamName"], "b");
  EXPECT_EQ(page["logStreams"][0]["lastEventTimestamp"], now() + 2);
  input["nextToken"] = page["nextToken"];
  EXPECT_EQ(call("DescribeLogStreams", input)["logStreams"][0]["logStreamName"], "a");
  EXPECT_EQ(
      error("DescribeLogStreams",
            {{"logGroupName", "g"}, {"logStreamNamePrefix", "a"}, {"orderBy", "LastEventTime"}}),
      "InvalidParameterException: Cannot order by LastEventTime with a logStreamNamePrefix.");
}

TEST_F(LogOperationsTest, EventsAreReadInBothDirections) {
  create("g", {"s", "other"});
  put("g", "s", json::array({event("0"), event("1"), event("2")}));
  put("g", "other", json::array({event("x")}));
  put("g", "s", json::array({event("3"), event("4")}));
  json input = {{"logGroupName", "g"}, {"logStreamName", "s"}, {"limit", 2}};
  auto newest = call("GetLogEvents", input);
  EXPECT_EQ(messages(newest), "3 4 ");
  input["nextToken"] = newest["nextBackwardToken"];
  auto older = call("GetLogEvents", input);
  EXPECT_EQ(messages(older), "1 2 ");
  input["nextToken"] = older["nextForwardToken"];
  EXPECT_EQ(messages(call("GetLogEvents", input)), "3 4 ");
  input.erase("nextToken");
  input["startFromHead"] = true;
  EXPECT_EQ(messages(call("GetLogEvents", input)), "0 1 ");
}

TEST_F(LogOperationsTest, TheEndOfAStreamRepeatsItsToken) {
  create("g", {"s"});
  put("g", "s", json::array({event("0")}));
  json input = {{"logGroupName", "g"}, {"logStreamName", "s"}, {"startFromHead", true}};
  auto first = call("GetLogEvents", input);
  input["nextToken"] = first["nextForwardToken"];
  auto end = call("GetLogEvents", input);
  EXPECT_EQ(messages(end), "");
  EXPECT_EQ(end["nextForwardToken"], first["nextForwardToken"]);
  put("g", "s", json::array({event("1")}));
  EXPECT_EQ(messages(call("GetLogEvents", input)), "1 ");
  input["nextToken"] = first["nextBackwardToken"];
  EXPECT_EQ(call("GetLogEvents", input)["nextBackwardToken"], first["nextBackwardToken"]);
  for (const char* token : {"x", "f/", "f/12/s", "g/0/s"}) {
    input["nextToken"] = token;
    EXPECT_EQ(error("GetLogEvents", input),
              "InvalidParameterException: The specified nextToken is invalid.");
  }
}

TEST_F(LogOperationsTest, EventsAreFilteredAcrossStreams) {
  create("g", {"a1", "a2", "b"});
  put("g", "a1", json::array({event("error one", 1), event("fine", 3)}));
  put("g", "a2", json::array({event("error two", 2)}));
  put("g", "b", json::array({event("error three", 4)}));
  auto filter = [&](json input) {
    input["logGroupName"] = "g";
    return call("FilterLogEvents", input);
  };
  EXPECT_EQ(messages(filter(json::object())), "error one error two fine error three ");
  EXPECT_EQ(messages(filter({{"filterPattern", "error -two"}})), "error one error three ");
  EXPECT_EQ(messages(filter({{"logStreamNames", {"a2", "b"}}})), "error two error three ");
  EXPECT_EQ(messages(filter({{"logStreamNamePrefix", "a"}})), "error one error two fine ");
  EXPECT_EQ(messages(filter({{"startTime", now() + 2}, {"endTime", now() + 3}})),
            "error two fine ");
  auto page = filter({{"filterPattern", "error"}, {"limit", 2}});
  EXPECT_EQ(messages(page), "error one error two ");
  EXPECT_EQ(page["events"][1]["logStreamName"], "a2");
  EXPECT_EQ(page["events"][1]["eventId"].get<std::string>().size(), 56u);
  page = filter({{"filterPattern", "error"}, {"nextToken", page["nextToken"]}});
  EXPECT_EQ(messages(page), "error three ");
  EXPECT_FALSE(page.contains("nextToken"));
  EXPECT_EQ(error("FilterLogEvents", {{"logGroupName", "g"}, {"filterPattern", "\"open"}}),
            "InvalidParameterException: Invalid filter pattern");
  EXPECT_EQ(error("FilterLogEvents", {{"logGroupName", "g"}, {"logStreamNames", {"none"}}}),
            "ResourceNotFoundException: The specified log stream does not exist.");
}

TEST_F(LogOperationsTest, EventsOutOfTimeAreRejected) {
  constexpr int64_t kHour = 3'600'000;
  create("g", {"s"});
  call("PutRetentionPolicy", {{"logGroupName", "g"}, {"retentionInDays", 1}});
  auto answer = put("g", "s", json::array({event("soon", 3 * kHour)}));
  EXPECT_EQ(answer["rejectedLogEventsInfo"], json({{"tooNewLogEventStartIndex", 0}}));
  answer = put("g", "s", json::array({event("old", -15 * 24 * kHour)}));
  EXPECT_EQ(answer["rejectedLogEventsInfo"], json({{"tooOldLogEventEndIndex", 1}}));
  answer = put("g", "s", json::array({event("late", -25 * kHour), event("kept", -2 * kHour)}));
  EXPECT_EQ(answer["rejectedLogEventsInfo"], json({{"expiredLogEventEndIndex", 1}}));
  EXPECT_EQ(messages(call("FilterLogEvents", {{"logGroupName", "g"}})), "kept ");
  auto refused = [&](const json& events) {
    return error("PutLogEvents",
                 {{"logGroupName", "g"}, {"logStreamName", "s"}, {"logEvents", events}});
  };
  EXPECT_EQ(refused(json::array({event("b", 1), event("a")})),
            "InvalidParameterException: Log events in a single PutLogEvents request must be in "
            "chronological order.");
  EXPECT_EQ(refused(json::array({event("a", -25 * kHour), event("b")})),
            "InvalidParameterException: The batch of log events in a single PutLogEvents request "
            "cannot span more than 24 hours.");
  EXPECT_EQ(refused(json::array({event(std::string(262'144, 'x'))})),
            "InvalidParameterException: Log event too large: 262170 bytes exceeds limit of 262144");
  EXPECT_EQ(refused(json(5, event(std::string(262'000, 'x')))),
            "InvalidParameterException: Upload too large: 1310130 bytes exceeds limit of 1048576");
}

TEST_F(LogOperationsTest, RetentionIsSetAndTakenBack) {
  create("g", {});
  auto retention = [&] {
    return call("DescribeLogGroups", json::object())["logGroups"][0].value("retentionInDays", 0);
  };
  call("PutRetentionPolicy", {{"logGroupName", "g"}, {"retentionInDays", 14}});
  EXPECT_EQ(retention(), 14);
  call("DeleteRetentionPolicy", {{"logGroupName", "g"}});
  EXPECT_EQ(retention(), 0);
  EXPECT_TRUE(error("PutRetentionPolicy", {{"logGroupName", "g"}, {"retentionInDays", 2}})
                  .starts_with("InvalidParameterException: 1 validation error detected: Value '2' "
                               "at 'retentionInDays' failed to satisfy constraint: Member must "
                               "satisfy enum value set: [1, 3, 5,"));
}

TEST_F(LogOperationsTest, TagsByArnAndByName) {
  call("CreateLogGroup", {{"logGroupName", "g"}, {"tags", {{"a", "1"}}}});
  json arn = {{"resourceArn", "arn:aws:logs:us-east-1:000000000000:log-group:g"}};
  auto with = [](json input, const char* member, json value) {
    input[member] = std::move(value);
    return input;
  };
  call("TagResource", with(arn, "tags", {{"b", "2"}}));
  call("UntagResource", with(arn, "tagKeys", {"a"}));
  EXPECT_EQ(call("ListTagsForResource", arn)["tags"], json({{"b", "2"}}));
  json name = {{"logGroupName", "g"}};
  call("TagLogGroup", with(name, "tags", {{"c", "3"}}));
  call("UntagLogGroup", with(name, "tags", {"b"}));
  EXPECT_EQ(call("ListTagsLogGroup", name)["tags"], json({{"c", "3"}}));
  json many = json::object();
  for (int i = 0; i < 50; ++i) many[std::to_string(i)] = "x";
  EXPECT_EQ(error("TagResource", with(arn, "tags", many)),
            "TooManyTagsException: A resource can have no more than 50 tags.");
  EXPECT_EQ(error("ListTagsLogGroup", {{"logGroupName", "none"}}),
            "ResourceNotFoundException: The specified log group does not exist.");
}

}  // namespace
}  // namespace millrace::logs::operation
