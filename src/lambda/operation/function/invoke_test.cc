// Invoke, tags and permissions.
#include "lambda/operation/function/operation_fixture.h"

namespace millrace::lambda::operation {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Pair;
using testing::StartsWith;
using testing::UnorderedElementsAre;
using Outcome = InvocationResult::Outcome;

class InvokeTest : public OperationFixture {
 protected:
  InvokeTest() { create_function("f"); }

  std::shared_ptr<Answer> invoke(const std::string& payload,
                                 std::map<std::string, std::string> parameters = {}) {
    parameters.emplace("FunctionName", "f");
    return begin("Invoke", payload, parameters);
  }
  std::string invoke_error(const std::string& payload,
                           std::map<std::string, std::string> parameters = {}) {
    return text_of_error(*invoke(payload, std::move(parameters)));
  }
};

TEST_F(InvokeTest, AnswersWhatTheFunctionReturned) {
  auto answer = invoke("[1]");
  ASSERT_EQ(invoker_.calls.size(), 1u);
  const Invocation& invocation = invoker_.calls.front().invocation;
  EXPECT_EQ(invocation.payload, "[1]");
  EXPECT_EQ(invocation.function, reference());
  EXPECT_EQ(invocation.request_id, "request-1");
  EXPECT_FALSE(invocation.tail_log);
  invoker_.answer(Outcome::kSuccess, "{\"a\":1}");
  const aws::Output& output = ***answer;
  EXPECT_EQ(output.body, "{\"a\":1}");
  EXPECT_THAT(output.headers, UnorderedElementsAre(Pair("X-Amz-Executed-Version", "$LATEST")));
}

TEST_F(InvokeTest, AnswersErrorsAndLogsInHeaders) {
  auto answer = invoke(
      "{}", {{"LogType", "Tail"}, {"Qualifier", "$LATEST"}, {"ClientContext", to_base64("{}")}});
  ASSERT_EQ(invoker_.calls.size(), 1u);
  EXPECT_TRUE(invoker_.calls.front().invocation.tail_log);
  EXPECT_EQ(invoker_.calls.front().invocation.client_context, to_base64("{}"));
  EXPECT_EQ(invoker_.calls.front().invocation.function.qualifier, "$LATEST");
  InvocationResult result;
  result.outcome = Outcome::kFunctionError;
  result.function_error = "Unhandled";
  result.payload = "{}";
  result.log_tail = "text";
  invoker_.answer(std::move(result));
  EXPECT_THAT((**answer)->headers,
              UnorderedElementsAre(Pair("X-Amz-Executed-Version", "$LATEST"),
                                   Pair("X-Amz-Function-Error", "Unhandled"),
                                   Pair("X-Amz-Log-Result", to_base64("text"))));
}

TEST_F(InvokeTest, SaysWhyAFunctionDidNotStart) {
  auto throttled = invoke("{}");
  invoker_.answer(Outcome::kThrottled);
  EXPECT_EQ(text_of_error(*throttled), "429 TooManyRequestsException: Rate Exceeded.");
  EXPECT_THAT((*throttled)->error().members,
              UnorderedElementsAre(Pair("Reason", "\"ConcurrentInvocationLimitExceeded\"")));
  auto gone = invoke("{}");
  invoker_.answer(Outcome::kNotFound);
  EXPECT_EQ(text_of_error(*gone), "404 ResourceNotFoundException: Function not found: " + arn("f"));
  auto stopping = invoke("{}");
  invoker_.answer(Outcome::kUnavailable);
  EXPECT_THAT(text_of_error(*stopping), StartsWith("500 ServiceException"));
}

TEST_F(InvokeTest, TakesNoPayloadForAnEmptyObject) {
  invoke("");
  ASSERT_EQ(invoker_.calls.size(), 1u);
  EXPECT_EQ(invoker_.calls.front().invocation.payload, "{}");
}

TEST_F(InvokeTest, RefusesBadRequests) {
  EXPECT_THAT(invoke_error("{"), StartsWith("400 InvalidRequestContentException: Could not parse "
                                            "request body into json: Could not parse payload into "
                                            "json: "));
  EXPECT_THAT(invoke_error("{}", {{"InvocationType", "Later"}}),
              HasSubstr("Value 'Later' at 'invocationType' failed to satisfy constraint: Member "
                        "must satisfy enum value set: [Event, RequestResponse, DryRun]"));
  EXPECT_THAT(invoke_error("{}", {{"LogType", "Head"}}), HasSubstr("'logType' failed"));
  EXPECT_THAT(invoke_error("{}", {{"ClientContext", "{}"}}), HasSubstr("Base64-encoded JSON"));
  EXPECT_EQ(invoke_error("{}", {{"FunctionName", "g"}}),
            "404 ResourceNotFoundException: Function not found: " + arn("g"));
  EXPECT_EQ(invoke_error("{}", {{"Qualifier", "1"}}),
            "404 ResourceNotFoundException: Function not found: " + arn("f") + ":1");
  EXPECT_TRUE(invoker_.calls.empty());
}

TEST_F(InvokeTest, BoundsPayloads) {
  auto payload = [](size_t bytes) { return '"' + std::string(bytes - 2, 'x') + '"'; };
  EXPECT_EQ(invoke_error(payload(limits::kInvokePayloadBytesMax + 1)),
            "413 RequestTooLargeException: Request must be smaller than 6291456 bytes for the "
            "InvokeFunction operation");
  EXPECT_EQ(invoke_error(payload(limits::kAsyncPayloadBytesMax + 1), {{"InvocationType", "Event"}}),
            "413 RequestTooLargeException: Request must be smaller than 1048576 bytes for the "
            "InvokeFunction operation");
  invoke(payload(limits::kInvokePayloadBytesMax));
  EXPECT_EQ(invoker_.calls.size(), 1u);
}

TEST_F(InvokeTest, QueuesEventsAndOnlyLooksInDryRuns) {
  auto event = invoke("[1]", {{"InvocationType", "Event"}, {"LogType", "Tail"}});
  ASSERT_TRUE(event->has_value());
  EXPECT_EQ((**event)->http_status, 202);
  EXPECT_EQ((**event)->body, "");
  ASSERT_EQ(invoker_.calls.size(), 1u);
  invoker_.answer(Outcome::kFunctionError);
  timers_.advance(std::chrono::minutes(1));
  EXPECT_EQ(invoker_.payloads(), std::vector<std::string>{"[1]"});
  invoker_.answer(Outcome::kSuccess);
  auto dry = invoke("{}", {{"InvocationType", "DryRun"}});
  EXPECT_EQ((**dry)->http_status, 204);
  EXPECT_TRUE(invoker_.calls.empty());
  asynchronous_.stop();
  EXPECT_THAT(invoke_error("{}", {{"InvocationType", "Event"}}),
              StartsWith("429 TooManyRequestsException"));
}

TEST_F(InvokeTest, TagsFunctions) {
  json resource = {{"Resource", arn("f")}};
  EXPECT_EQ(call("ListTags", resource), json({{"Tags", json::object()}}));
  call("TagResource", {{"Resource", arn("f")}, {"Tags", {{"a", "1"}, {"b", "2"}}}});
  call("UntagResource", {{"Resource", arn("f")}, {"TagKeys", {"a", "c"}}});
  EXPECT_EQ(call("ListTags", resource), json({{"Tags", {{"b", "2"}}}}));
  EXPECT_EQ(error("ListTags", {{"Resource", arn("g")}}),
            "404 ResourceNotFoundException: Function not found: " + arn("g"));
  EXPECT_THAT(error("ListTags", {{"Resource", arn("f") + ":1"}}),
              HasSubstr("Tags on function aliases and versions are not supported"));
  EXPECT_THAT(error("ListTags", {{"Resource", "f"}}),
              StartsWith("400 ValidationException: 1 validation error detected: Value 'f' at "
                         "'resource' failed"));
  EXPECT_THAT(error("TagResource", resource), HasSubstr("'tags' failed"));
  json many;
  for (int i = 0; i < 50; ++i) many["t" + std::to_string(i)] = "";
  EXPECT_THAT(error("TagResource", {{"Resource", arn("f")}, {"Tags", many}}),
              HasSubstr("Number of tags exceeds resource tag limit."));
  EXPECT_EQ(call("ListTags", resource), json({{"Tags", {{"b", "2"}}}}));
}

// Another kind of resource, as event source mappings are.
class OtherTags final : public TagOwner {
 public:
  aws::Result<Tags> tags(const aws::RequestContext&, const aws::Arn& arn) const override {
    return Tags{{"of", arn.resource}};
  }
  aws::Result<void> change_tags(const aws::RequestContext&, const aws::Arn&, const Tags&,
                                const std::vector<std::string>&) override {
    return {};
  }
};

TEST_F(InvokeTest, FindsTheOwnerOfTagsByTheKindOfResource) {
  OtherTags other;
  tag_owners_["event-source-mapping"] = &other;
  EXPECT_EQ(call("ListTags", {{"Resource",
                               "arn:aws:lambda:eu-west-1:123456789012:event-source-"
                               "mapping:m"}}),
            json({{"Tags", {{"of", "event-source-mapping:m"}}}}));
}

TEST_F(InvokeTest, KeepsPermissions) {
  json permission = {{"FunctionName", "f"},
                     {"StatementId", "s"},
                     {"Action", "lambda:InvokeFunction"},
                     {"Principal", "events.amazonaws.com"},
                     {"SourceArn", "arn:aws:events:eu-west-1:123456789012:rule/r"}};
  EXPECT_EQ(error("GetPolicy", {{"FunctionName", "f"}}),
            "404 ResourceNotFoundException: The resource you requested does not exist.");
  json added = call("AddPermission", permission);
  json statement = json::parse(added["Statement"].get<std::string>());
  EXPECT_EQ(
      statement,
      json({{"Sid", "s"},
            {"Effect", "Allow"},
            {"Principal", {{"Service", "events.amazonaws.com"}}},
            {"Action", "lambda:InvokeFunction"},
            {"Resource", arn("f")},
            {"Condition",
             {{"ArnLike", {{"AWS:SourceArn", "arn:aws:events:eu-west-1:123456789012:rule/r"}}}}}}));
  json answer = call("GetPolicy", {{"FunctionName", "f"}});
  EXPECT_EQ(json::parse(answer["Policy"].get<std::string>()),
            json({{"Version", "2012-10-17"}, {"Id", "default"}, {"Statement", {statement}}}));
  EXPECT_THAT(error("AddPermission", permission), StartsWith("409 ResourceConflictException"));
  json remove = {{"FunctionName", "f"}, {"StatementId", "s"}};
  call("RemovePermission", remove);
  EXPECT_EQ(error("RemovePermission", remove),
            "404 ResourceNotFoundException: Statement s is not found in resource policy.");
  permission["Principal"] = "210987654321";
  statement = json::parse(call("AddPermission", permission)["Statement"].get<std::string>());
  EXPECT_EQ(statement["Principal"], json({{"AWS", "arn:aws:iam::210987654321:root"}}));
  permission["Principal"] = "nobody";
  EXPECT_THAT(error("AddPermission", permission), HasSubstr("The provided principal was invalid"));
  permission["Action"] = "s3:GetObject";
  EXPECT_THAT(error("AddPermission", permission), HasSubstr("'action' failed"));
}

}  // namespace
}  // namespace millrace::lambda::operation
