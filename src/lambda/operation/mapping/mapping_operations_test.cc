#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "lambda/operation/mapping/mapping_tags.h"
#include "lambda/operation/mapping/operations.h"
#include "lambda/trigger/testing.h"

namespace millrace::lambda::operation {
namespace {

using ::testing::HasSubstr;
using testing::json;
using testing::Pipeline;

// Knows functions by name, with "$LATEST" and "prod" as their versions.
class FakeFunctions final : public FunctionDirectory {
 public:
  std::optional<FunctionSummary> find(const FunctionReference& function) const override {
    bool known_qualifier = function.qualifier.empty() || function.qualifier == "$LATEST" ||
                           function.qualifier == "prod";
    if (!names.contains(function.name) || !known_qualifier) return std::nullopt;
    return FunctionSummary{function, function.arn(), std::chrono::seconds(3), "", true};
  }
  std::set<std::string> names = {"handler", "other"};
};

class MappingOperationsTest : public ::testing::Test {
 protected:
  MappingOperationsTest() {
    register_mapping_operations(
        registry_, {*pipeline_.manager, *pipeline_.world.store, functions_, pipeline_.destination});
  }

  aws::Result<aws::Output> try_call(const std::string& operation, const json& input) {
    auto context = std::make_shared<aws::RequestContext>(context_);
    context->operation = operation;
    std::optional<aws::Result<aws::Output>> answer;
    (*registry_.find("lambda", operation))(
        context, input.dump(),
        [&](aws::Result<aws::Output> output) { answer = std::move(output); });
    // Only as far as the answer: what the manager does next, settle() does.
    while (!answer && pipeline_.world.executor.run_one()) {
    }
    return std::move(answer).value();
  }
  json call(const std::string& operation, const json& input) {
    auto output = try_call(operation, input);
    if (output) return json::parse(output->body);
    ADD_FAILURE() << operation << ": " << output.error().type << ": " << output.error().message;
    return json::object();
  }
  // "400 ValidationException: text" of a call that fails.
  std::string error(const std::string& operation, const json& input) {
    auto output = try_call(operation, input);
    if (output) return "succeeded: " + output->body;
    return std::to_string(output.error().http_status) + ' ' + output.error().type + ": " +
           output.error().message;
  }
  // What CreateEventSourceMapping needs, with members added or (null) taken away.
  json input(const json& members = json::object()) {
    json input = {{"FunctionName", "handler"},
                  {"EventSourceArn", pipeline_.stream->arn},
                  {"StartingPosition", "TRIM_HORIZON"}};
    input.merge_patch(members);
    return input;
  }
  json create(const json& members = json::object()) {
    return call("CreateEventSourceMapping", input(members));
  }
  std::string create_error(const json& members) {
    return error("CreateEventSourceMapping", input(members));
  }
  json get(const json& mapping) {
    return call("GetEventSourceMapping", {{"UUID", mapping["UUID"]}});
  }

  Pipeline pipeline_;
  FakeFunctions functions_;
  aws::OperationRegistry registry_;
  aws::RequestContext context_;
};

TEST_F(MappingOperationsTest, AnswersWithEverySettingAndItsDefault) {
  json created = create();
  std::string uuid = created["UUID"];
  EXPECT_EQ(created,
            json({{"UUID", uuid},
                  {"EventSourceMappingArn",
                   "arn:aws:lambda:us-east-1:000000000000:event-source-mapping:" + uuid},
                  {"EventSourceArn", pipeline_.stream->arn},
                  {"FunctionArn", "arn:aws:lambda:us-east-1:000000000000:function:handler"},
                  {"StartingPosition", "TRIM_HORIZON"},
                  {"BatchSize", 100},
                  {"MaximumBatchingWindowInSeconds", 0},
                  {"ParallelizationFactor", 1},
                  {"MaximumRecordAgeInSeconds", -1},
                  {"MaximumRetryAttempts", -1},
                  {"BisectBatchOnFunctionError", false},
                  {"TumblingWindowInSeconds", 0},
                  {"FunctionResponseTypes", json::array()},
                  {"DestinationConfig", {{"OnFailure", json::object()}}},
                  {"LastModified", 1700000000.0},
                  {"LastProcessingResult", "No records processed"},
                  {"State", "Creating"},
                  {"StateTransitionReason", "User action"}}));
  pipeline_.settle();
  EXPECT_EQ(get(created)["State"], "Enabled");
  pipeline_.write({"a"});
  EXPECT_EQ(get(created)["LastProcessingResult"], "OK");
}

TEST_F(MappingOperationsTest, AnswersWithWhatWasGiven) {
  json given = {{"StartingPosition", "LATEST"},
                {"BatchSize", 10},
                {"MaximumBatchingWindowInSeconds", 300},
                {"ParallelizationFactor", 10},
                {"MaximumRecordAgeInSeconds", 60},
                {"TumblingWindowInSeconds", 900},
                {"KMSKeyArn", "arn:aws:kms:us-east-1:000000000000:key/k"},
                {"MaximumRetryAttempts", 3},
                {"BisectBatchOnFunctionError", true},
                {"FunctionResponseTypes", {"ReportBatchItemFailures"}},
                {"FilterCriteria", {{"Filters", {{{"Pattern", R"({"eventName":["INSERT"]})"}}}}}},
                {"DestinationConfig",
                 {{"OnFailure", {{"Destination", "arn:aws:sqs:us-east-1:000000000000:dead"}}}}},
                {"MetricsConfig", {{"Metrics", {"EventCount"}}}}};
  json created = create(given);
  for (const auto& [name, value] : given.items()) EXPECT_EQ(created[name], value) << name;
}

TEST_F(MappingOperationsTest, TakesFunctionsInAllForms) {
  const std::string account = "000000000000:function:";
  const std::string prefix = "arn:aws:lambda:us-east-1:" + account;
  const std::pair<std::string, std::string> forms[] = {
      {"handler", prefix + "handler"},
      {"handler:prod", prefix + "handler:prod"},
      {account + "handler:$LATEST", prefix + "handler:$LATEST"},
      {prefix + "other", prefix + "other"},
      {prefix + "other:prod", prefix + "other:prod"}};
  for (const auto& [form, arn] : forms) {
    EXPECT_EQ(create({{"FunctionName", form}})["FunctionArn"], arn);
  }
  EXPECT_EQ(create_error({{"FunctionName", "handler:nowhere"}}),
            "400 InvalidParameterValueException: Function does not exist");
  EXPECT_THAT(create_error({{"FunctionName", "a b"}}), HasSubstr("400 ValidationException: "));
}

TEST_F(MappingOperationsTest, FindsErrorsInTheOrderOfAws) {
  json broken = {{"DestinationConfig", {{"OnSuccess", {{"Destination", "x"}}}}},
                 {"EventSourceArn", nullptr},
                 {"StartingPosition", nullptr},
                 {"FilterCriteria", {{"Filters", {{{"Pattern", "single-string"}}}}}},
                 {"FunctionName", "missing"}};
  const std::string invalid = "400 InvalidParameterValueException: ";
  EXPECT_EQ(
      create_error(broken),
      invalid + "Unsupported DestinationConfig parameter for given event source mapping type.");
  broken.erase("DestinationConfig");
  EXPECT_EQ(create_error(broken), invalid + "Unrecognized event source.");
  std::string missing = pipeline_.stream->arn + "x";
  broken["EventSourceArn"] = missing;
  EXPECT_EQ(create_error(broken),
            invalid +
                "1 validation error detected: Value null at 'startingPosition' failed to satisfy "
                "constraint: Member must not be null.");
  broken["StartingPosition"] = "AT_TIMESTAMP";
  EXPECT_EQ(create_error(broken),
            invalid + "Unsupported starting position for arn type: " + missing);
  broken["StartingPosition"] = "LATEST";
  EXPECT_EQ(create_error(broken), invalid + "Invalid filter pattern definition.");
  broken.erase("FilterCriteria");
  EXPECT_EQ(create_error(broken), invalid + "Function does not exist");
  broken["FunctionName"] = "handler";
  EXPECT_EQ(create_error(broken), invalid + "Stream not found: " + missing);
  EXPECT_EQ(call("ListEventSourceMappings", json::object()),
            json({{"EventSourceMappings", json::array()}}));
}

TEST_F(MappingOperationsTest, ChecksTheModelFirst) {
  EXPECT_EQ(create_error({{"StartingPosition", "invalid"}, {"EventSourceArn", nullptr}}),
            "400 ValidationException: 1 validation error detected: Value 'invalid' at "
            "'startingPosition' failed to satisfy constraint: Member must satisfy enum value set: "
            "[LATEST, AT_TIMESTAMP, TRIM_HORIZON]");
  EXPECT_EQ(
      create_error({{"BatchSize", 0}, {"MaximumRetryAttempts", 10001}}),
      "400 ValidationException: 2 validation errors detected: Value '0' at 'batchSize' failed "
      "to satisfy constraint: Member must have value greater than or equal to 1; Value "
      "'10001' at 'maximumRetryAttempts' failed to satisfy constraint: Member must have value "
      "less than or equal to 10000");
  EXPECT_EQ(create_error({{"ParallelizationFactor", 11}, {"TumblingWindowInSeconds", 901}}),
            "400 ValidationException: 2 validation errors detected: Value '11' at "
            "'parallelizationFactor' failed to satisfy constraint: Member must have value less "
            "than or equal to 10; Value '901' at 'tumblingWindowInSeconds' failed to satisfy "
            "constraint: Member must have value less than or equal to 900");
  EXPECT_EQ(create_error({{"FunctionName", nullptr}}),
            "400 ValidationException: 1 validation error detected: Value null at 'functionName' "
            "failed to satisfy constraint: Member must not be null");
  EXPECT_EQ(create_error({{"FunctionResponseTypes", {"x"}}}),
            "400 ValidationException: 1 validation error detected: Value '[x]' at "
            "'functionResponseTypes' failed to satisfy constraint: Member must satisfy constraint: "
            "[Member must satisfy enum value set: [ReportBatchItemFailures]]");
  json long_pattern = {{"Filters", {{{"Pattern", std::string(4097, 'x')}}}}};
  EXPECT_THAT(create_error({{"FilterCriteria", long_pattern}}),
              HasSubstr("' at 'filterCriteria.filters.1.member.pattern' failed to satisfy "
                        "constraint: Member must have length less than or equal to 4096"));
  EXPECT_THAT(create_error({{"BatchSize", "many"}}), HasSubstr("400 SerializationException"));
}

TEST_F(MappingOperationsTest, RefusesWhatItDoesNotDo) {
  const std::string invalid = "400 InvalidParameterValueException: ";
  EXPECT_EQ(create_error({{"EventSourceArn", "arn:aws:sqs:us-east-1:000000000000:queue"}}),
            invalid +
                "Event sources of sqs are not supported by millrace: a mapping reads the stream of "
                "a DynamoDB table.");
  EXPECT_EQ(create_error({{"MaximumRecordAgeInSeconds", 59}}),
            invalid + "MaximumRecordAgeInSeconds must be -1 or between 60 and 604800 seconds.");
  EXPECT_EQ(create_error({{"ScalingConfig", {{"MaximumConcurrency", 5}}}}),
            invalid + "Unsupported ScalingConfig parameter for given event source mapping type.");
  EXPECT_EQ(create_error({{"MetricsConfig", {{"Metrics", {"ErrorCount"}}}}}),
            invalid + "Unsupported MetricsConfig parameter for given event source mapping type.");
  json bucket = {{"OnFailure", {{"Destination", "arn:aws:s3:::bucket"}}}};
  EXPECT_EQ(create_error({{"DestinationConfig", bucket}}),
            invalid +
                "The destination arn:aws:s3:::bucket is not supported by millrace: it must be the "
                "ARN of an SQS queue.");
  json filters = json::array();
  for (int i = 0; i < 11; i++) filters.push_back({{"Pattern", R"({"eventName":["INSERT"]})"}});
  EXPECT_EQ(create_error({{"FilterCriteria", {{"Filters", filters}}}}),
            invalid + "FilterCriteria can have at most 10 filters.");
}

TEST_F(MappingOperationsTest, RefusesASecondMappingOfTheSamePair) {
  json created = create();
  EXPECT_EQ(create_error(json::object()),
            "409 ResourceConflictException: The event source arn (\" " + pipeline_.stream->arn +
                " \") and function (\" handler \") provided mapping already exists. Please update "
                "or delete the existing mapping with UUID " +
                created["UUID"].get<std::string>());
  json other = create({{"FunctionName", "other"}});
  EXPECT_THAT(
      error("UpdateEventSourceMapping", {{"UUID", other["UUID"]}, {"FunctionName", "handler"}}),
      HasSubstr("409 ResourceConflictException: "));
}

TEST_F(MappingOperationsTest, UpdatesShowWhenTheyApply) {
  json created = create({{"BatchSize", 10}});
  pipeline_.settle();
  json filters = {{"Filters", {{{"Pattern", R"({"eventName":["INSERT"]})"}}}}};
  json answer = call("UpdateEventSourceMapping", {{"UUID", created["UUID"]},
                                                  {"BatchSize", 20},
                                                  {"FunctionName", "other"},
                                                  {"FilterCriteria", filters}});
  EXPECT_EQ(answer["State"], "Updating");
  EXPECT_EQ(answer["BatchSize"], 10);
  pipeline_.settle();
  answer = get(created);
  EXPECT_EQ(answer["State"], "Enabled");
  EXPECT_EQ(answer["BatchSize"], 20);
  EXPECT_THAT(answer["FunctionArn"].get<std::string>(), ::testing::EndsWith(":function:other"));
  EXPECT_EQ(answer["FilterCriteria"], filters);
  call("UpdateEventSourceMapping", {{"UUID", created["UUID"]}, {"FilterCriteria", json::object()}});
  pipeline_.settle();
  EXPECT_FALSE(get(created).contains("FilterCriteria"));
  EXPECT_EQ(get(created)["BatchSize"], 20);
}

TEST_F(MappingOperationsTest, DisablesAndEnables) {
  json created = create();
  pipeline_.settle();
  json update = {{"UUID", created["UUID"]}, {"Enabled", false}};
  EXPECT_EQ(call("UpdateEventSourceMapping", update)["State"], "Disabling");
  pipeline_.settle();
  EXPECT_EQ(get(created)["State"], "Disabled");
  update["Enabled"] = true;
  EXPECT_EQ(call("UpdateEventSourceMapping", update)["State"], "Enabling");
  pipeline_.settle();
  EXPECT_EQ(get(created)["State"], "Enabled");
}

TEST_F(MappingOperationsTest, Deletes) {
  json created = create();
  pipeline_.settle();
  pipeline_.invoker.hold = true;
  pipeline_.write({"a"});
  json by_uuid = {{"UUID", created["UUID"]}};
  EXPECT_EQ(call("DeleteEventSourceMapping", by_uuid)["State"], "Deleting");
  pipeline_.settle();
  EXPECT_EQ(get(created)["State"], "Deleting");
  EXPECT_EQ(error("DeleteEventSourceMapping", by_uuid),
            "400 ResourceInUseException: Cannot delete the event source mapping because it is in "
            "use.");
  pipeline_.invoker.answer_held(testing::FakeInvoker::success());
  pipeline_.settle();
  const std::string missing =
      "404 ResourceNotFoundException: The resource you requested does not exist.";
  EXPECT_EQ(error("GetEventSourceMapping", by_uuid), missing);
  EXPECT_EQ(error("DeleteEventSourceMapping", by_uuid), missing);
  EXPECT_EQ(error("UpdateEventSourceMapping", by_uuid), missing);
}

TEST_F(MappingOperationsTest, OtherAccountsSeeNothing) {
  json created = create();
  context_.account = "111111111111";
  EXPECT_THAT(error("GetEventSourceMapping", {{"UUID", created["UUID"]}}), HasSubstr("404 "));
  EXPECT_THAT(error("DeleteEventSourceMapping", {{"UUID", created["UUID"]}}), HasSubstr("404 "));
  EXPECT_TRUE(call("ListEventSourceMappings", json::object())["EventSourceMappings"].empty());
  EXPECT_THAT(create_error(json::object()), HasSubstr("Stream not found: "));
}

TEST_F(MappingOperationsTest, ListsByPagesAndFilters) {
  std::set<std::string> all;
  for (const char* function : {"handler", "handler:prod", "other"}) {
    all.insert(create({{"FunctionName", function}})["UUID"].get<std::string>());
  }
  std::set<std::string> found;
  json page = {{"MaxItems", "1"}};
  for (int i = 0; i < 3; i++) {
    json answer = call("ListEventSourceMappings", page);
    ASSERT_EQ(answer["EventSourceMappings"].size(), 1u);
    found.insert(answer["EventSourceMappings"][0]["UUID"].get<std::string>());
    EXPECT_EQ(answer.contains("NextMarker"), i < 2);
    if (i < 2) page["Marker"] = answer["NextMarker"];
  }
  EXPECT_EQ(found, all);
  auto count = [&](const json& members) {
    return call("ListEventSourceMappings", members)["EventSourceMappings"].size();
  };
  EXPECT_EQ(count({{"FunctionName", "handler"}}), 1u);
  EXPECT_EQ(count({{"FunctionName", "handler:prod"}}), 1u);
  EXPECT_EQ(count({{"FunctionName", "unknown"}}), 0u);
  EXPECT_EQ(count({{"EventSourceArn", pipeline_.stream->arn}}), 3u);
  EXPECT_EQ(count({{"EventSourceArn", "arn:x"}}), 0u);
  EXPECT_THAT(error("ListEventSourceMappings", {{"MaxItems", "0"}}), HasSubstr("'maxItems'"));
}

TEST_F(MappingOperationsTest, FiltersWithAKeyOfTheUserAreNotListed) {
  json filters = {{"Filters", {{{"Pattern", R"({"eventName":["INSERT"]})"}}}}};
  json created = create({{"FilterCriteria", filters}, {"KMSKeyArn", "arn:aws:kms:::key/k"}});
  EXPECT_EQ(created["FilterCriteria"], filters);
  json listed = call("ListEventSourceMappings", json::object())["EventSourceMappings"][0];
  EXPECT_EQ(listed["KMSKeyArn"], "arn:aws:kms:::key/k");
  EXPECT_FALSE(listed.contains("FilterCriteria"));
}

TEST_F(MappingOperationsTest, TagsBelongToTheMapping) {
  json created = create({{"Tags", {{"team", "red"}, {"stage", "test"}}}});
  EXPECT_FALSE(created.contains("Tags"));
  MappingTags tags(*pipeline_.manager);
  auto arn = *aws::Arn::parse(created["EventSourceMappingArn"].get<std::string>());
  EXPECT_TRUE(tags.change_tags(context_, arn, {{"team", "blue"}}, {"stage"}));
  pipeline_.settle();
  EXPECT_EQ(tags.tags(context_, arn).value(), (Tags{{"team", "blue"}}));
  arn.resource += "x";
  auto missing = tags.tags(context_, arn);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "Event source mapping not found: " + arn.text());
  EXPECT_EQ(missing.error().http_status, 404);
}

}  // namespace
}  // namespace millrace::lambda::operation
