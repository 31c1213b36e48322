#include "iam/authorizer.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace millrace::iam {
namespace {

using nlohmann::json;

constexpr char kBook[] = R"({
  "Users": [{"UserName": "ada", "AccessKeyIds": ["AKIDADA"], "Policies": [
    {"Version": "2012-10-17", "Statement": [
      {"Effect": "Allow", "Action": ["dynamodb:*", "millrace:Get"], "Resource": [
        "arn:aws:dynamodb:us-east-1:123456789012:table/Users",
        "arn:aws:millrace:*:*:status"]},
      {"Effect": "Deny", "Action": "dynamodb:DeleteTable", "Resource": "*"}]}]}],
  "Roles": [{"RoleName": "worker", "Policies": [
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sqs:SendMessage",
     "Resource": "arn:aws:sqs:us-east-1:123456789012:jobs"}}]}]})";

const std::string kAda = "User: arn:aws:iam::123456789012:user/ada is not authorized to perform: ";
const std::string kTable = "arn:aws:dynamodb:us-east-1:123456789012:table/";

class AuthorizerTest : public ::testing::Test {
 protected:
  AuthorizerTest() : authorizer_(PolicyBook::parse(kBook).value(), facts()) {
    context_.account = "123456789012";
  }

  static TableFacts facts() {
    TableFacts facts;
    facts.partition_key = [](const aws::RequestContext&, std::string_view table,
                             std::string_view index) {
      return table != "Users" ? "" : index.empty() ? "id" : "mail";
    };
    facts.statement_access = [](std::string_view text) -> std::optional<StatementAccess> {
      if (text == "unreadable") return std::nullopt;
      return StatementAccess{"Select", std::string(text), ""};
    };
    return facts;
  }

  // Empty if allowed, else the message.
  std::string check(const aws::Caller& caller, const std::string& service,
                    const std::string& operation, const std::string& input) {
    context_.operation = operation;
    auto allowed = authorizer_.check(caller, context_, service, input);
    if (!allowed && allowed.error().type != "AccessDeniedException") return allowed.error().type;
    return allowed ? "" : allowed.error().message;
  }
  std::string ada(const std::string& operation, const std::string& input) {
    return check({"", "AKIDADA", ""}, "dynamodb", operation, input);
  }
  // "action resource" of each permission.
  std::vector<std::string> needed(const std::string& service, const std::string& operation,
                                  const std::string& input) {
    context_.operation = operation;
    std::vector<std::string> texts;
    auto found = required_permissions(context_, service, json::parse(input), facts());
    for (const Permission& one : found.value()) texts.push_back(one.action + ' ' + one.resource);
    return texts;
  }
  // The partition keys that a request touches; "?" if they cannot be told.
  std::vector<std::string> leading_keys(const std::string& operation, const std::string& input) {
    context_.operation = operation;
    auto found = required_permissions(context_, "dynamodb", json::parse(input), facts());
    if (!found->front().untold_keys.empty()) return {"?"};
    return found->front().keys["dynamodb:leadingkeys"];
  }

  aws::RequestContext context_;
  Authorizer authorizer_;
};

using Texts = std::vector<std::string>;

TEST_F(AuthorizerTest, SaysWhatAwsSays) {
  EXPECT_EQ(ada("PutItem", R"({"TableName":"Users"})"), "");
  EXPECT_EQ(ada("PutItem", R"({"TableName":"Other"})"),
            kAda + "dynamodb:PutItem on resource: " + kTable +
                "Other because no identity-based policy allows the dynamodb:PutItem action");
  EXPECT_EQ(ada("DeleteTable", R"({"TableName":"Users"})"),
            kAda + "dynamodb:DeleteTable on resource: " + kTable +
                "Users with an explicit deny in an identity-based policy");
}

TEST_F(AuthorizerTest, KeysOfNoUserMayDoEverything) {
  EXPECT_EQ(check({"", "AKIDROOT", ""}, "dynamodb", "DeleteTable", R"({"TableName":"x"})"), "");
}

TEST_F(AuthorizerTest, SessionsOfRolesMayDoWhatTheRoleMay) {
  const std::string session = "arn:aws:sts::123456789012:assumed-role/worker/me";
  aws::Caller worker{"123456789012", "AKIDADA", session};
  EXPECT_EQ(
      check(worker, "sqs", "SendMessageBatch", R"({"QueueUrl":"http://h/123456789012/jobs"})"), "");
  EXPECT_EQ(check(worker, "dynamodb", "GetItem", R"({"TableName":"Users"})"),
            "User: " + session +
                " is not authorized to perform: dynamodb:GetItem on resource: " + kTable +
                "Users because no identity-based policy allows the dynamodb:GetItem action");
  aws::Caller stranger{"123456789012", "AKIDROOT",
                       "arn:aws:sts::123456789012:assumed-role/unknown/me"};
  EXPECT_NE(check(stranger, "sts", "AssumeRole", R"({"RoleArn":"arn:aws:iam::1:role/x"})"), "");
  // A session token of the user's own has the user's rights.
  aws::Caller own{"123456789012", "AKIDADA", "arn:aws:iam::123456789012:root"};
  EXPECT_EQ(check(own, "dynamodb", "GetItem", R"({"TableName":"Users"})"), "");
  EXPECT_NE(check(own, "dynamodb", "GetItem", R"({"TableName":"Other"})"), "");
}

TEST_F(AuthorizerTest, EveryTableOfARequestCounts) {
  EXPECT_EQ(ada("BatchGetItem", R"({"RequestItems":{"Users":{}}})"), "");
  EXPECT_NE(ada("BatchGetItem", R"({"RequestItems":{"Users":{},"Other":{}}})"), "");
  EXPECT_EQ(needed("dynamodb", "BatchWriteItem", R"({"RequestItems":{"A":[],"B":[]}})"),
            (Texts{"dynamodb:BatchWriteItem " + kTable + "A",
                   "dynamodb:BatchWriteItem " + kTable + "B"}));
  EXPECT_EQ(
      needed("dynamodb", "TransactWriteItems", R"({"TransactItems":[
      {"Put":{"TableName":"A"}},{"ConditionCheck":{"TableName":"B"}},{"Delete":{"TableName":"C"}}]})"),
      (Texts{"dynamodb:PutItem " + kTable + "A", "dynamodb:ConditionCheckItem " + kTable + "B",
             "dynamodb:DeleteItem " + kTable + "C"}));
}

TEST_F(AuthorizerTest, TablesIndexesAndStreams) {
  EXPECT_EQ(needed("dynamodb", "Query", R"({"TableName":"T","IndexName":"I"})"),
            (Texts{"dynamodb:Query " + kTable + "T/index/I"}));
  EXPECT_EQ(needed("dynamodb", "GetItem", R"({"TableName":"arn:aws-cn:dynamodb:r:1:table/T"})"),
            (Texts{"dynamodb:GetItem arn:aws:dynamodb:r:1:table/T"}));
  EXPECT_EQ(needed("dynamodb", "ListTables", "{}"), (Texts{"dynamodb:ListTables " + kTable + "*"}));
  EXPECT_EQ(needed("dynamodb", "DescribeLimits", "{}"), (Texts{"dynamodb:DescribeLimits *"}));
  EXPECT_EQ(
      needed("dynamodb", "CreateTable", R"({"TableName":"T","Tags":[{}]})"),
      (Texts{"dynamodb:CreateTable " + kTable + "T", "dynamodb:TagResource " + kTable + "T"}));
  EXPECT_EQ(needed("dynamodbstreams", "GetRecords",
                   R"({"ShardIterator":"arn:aws:dynamodb:r:1:table/T/stream/l|1|AAA"})"),
            (Texts{"dynamodb:GetRecords arn:aws:dynamodb:r:1:table/T/stream/l"}));
  EXPECT_EQ(needed("dynamodbstreams", "ListStreams", R"({"TableName":"T"})"),
            (Texts{"dynamodb:ListStreams " + kTable + "T/stream/*"}));
}

TEST_F(AuthorizerTest, StatementsHaveActionsOfTheirOwn) {
  EXPECT_EQ(ada("ExecuteStatement", R"({"Statement":"Users"})"), "");
  EXPECT_EQ(
      ada("BatchExecuteStatement", R"({"Statements":[{"Statement":"Users"},{"Statement":"X"}]})"),
      kAda + "dynamodb:PartiQLSelect on resource: " + kTable +
          "X because no identity-based policy allows the dynamodb:PartiQLSelect action");
  EXPECT_NE(ada("ExecuteStatement", R"({"Statement":"unreadable"})"), "");
}

TEST_F(AuthorizerTest, FunctionsQueuesAndLogs) {
  const std::string function = "arn:aws:lambda:us-east-1:123456789012:function:";
  for (const char* name : {"f", "f:$LATEST", "123456789012:function:f",
                           "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST"}) {
    EXPECT_EQ(needed("lambda", "Invoke", json{{"FunctionName", name}}.dump()),
              (Texts{"lambda:InvokeFunction " + function + 'f'}))
        << name;
  }
  EXPECT_EQ(needed("lambda", "Invoke", R"({"FunctionName":"function:x"})"),
            (Texts{"lambda:InvokeFunction " + function + "function"}));
  EXPECT_EQ(needed("lambda", "CreateFunction",
                   R"({"FunctionName":"f","Role":"arn:aws:iam::123456789012:role/r"})"),
            (Texts{"lambda:CreateFunction " + function + 'f',
                   "iam:PassRole arn:aws:iam::123456789012:role/r"}));
  EXPECT_EQ(needed("lambda", "DeleteEventSourceMapping", R"({"UUID":"u"})"),
            (Texts{"lambda:DeleteEventSourceMapping "
                   "arn:aws:lambda:us-east-1:123456789012:event-source-mapping:u"}));
  EXPECT_EQ(needed("sqs", "DeleteMessageBatch", R"({"QueueUrl":"http://h:1/999999999999/q/"})"),
            (Texts{"sqs:DeleteMessage arn:aws:sqs:us-east-1:999999999999:q"}));
  EXPECT_EQ(needed("sqs", "GetQueueUrl", R"({"QueueName":"q"})"),
            (Texts{"sqs:GetQueueUrl arn:aws:sqs:us-east-1:123456789012:q"}));
  EXPECT_EQ(needed("logs", "GetLogEvents", R"({"logGroupName":"/g","logStreamName":"s"})"),
            (Texts{"logs:GetLogEvents "
                   "arn:aws:logs:us-east-1:123456789012:log-group:/g:log-stream:s"}));
  EXPECT_EQ(needed("sts", "GetCallerIdentity", "{}"), Texts{});
}

TEST_F(AuthorizerTest, TheKeysThatARequestTouches) {
  EXPECT_EQ(
      leading_keys("GetItem", R"({"TableName":"Users","Key":{"s":{"S":"x"},"id":{"S":"a"}}})"),
      Texts{"a"});
  EXPECT_EQ(leading_keys("PutItem", R"({"TableName":"Users","Item":{"id":{"N":"7"}}})"),
            Texts{"7"});
  EXPECT_EQ(leading_keys("PutItem", R"({"TableName":"Users","Item":{"id":{"N":"7.0"}}})"),
            Texts{"?"});
  EXPECT_EQ(leading_keys("PutItem", R"({"TableName":"None","Item":{"id":{"S":"a"}}})"), Texts{"?"});
  EXPECT_EQ(leading_keys("BatchGetItem", R"({"RequestItems":{"Users":{"Keys":[
      {"id":{"S":"a"}},{"id":{"S":"b"}}]}}})"),
            (Texts{"a", "b"}));
  EXPECT_EQ(leading_keys("BatchWriteItem", R"({"RequestItems":{"Users":[
      {"PutRequest":{"Item":{"id":{"S":"a"}}}},{"DeleteRequest":{"Key":{"id":{"S":"b"}}}}]}})"),
            (Texts{"a", "b"}));
  const std::string values = R"("ExpressionAttributeValues":{":a":{"S":"a"},":z":{"S":"z"}}})";
  for (const char* expression : {"id = :a", "s>=:z AND #i=:a", "(id = :a) and s = :z"}) {
    EXPECT_EQ(
        leading_keys("Query", R"({"TableName":"Users","ExpressionAttributeNames":{"#i":"id"},)"
                              R"("KeyConditionExpression":")" +
                                  std::string(expression) + "\"," + values),
        Texts{"a"})
        << expression;
  }
  EXPECT_EQ(leading_keys("Query", R"({"TableName":"Users","IndexName":"m","KeyConditions":
      {"mail":{"AttributeValueList":[{"S":"m"}],"ComparisonOperator":"EQ"}}})"),
            Texts{"m"});
  EXPECT_EQ(leading_keys("Query", R"({"TableName":"Users"})"), Texts{"?"});
}

TEST_F(AuthorizerTest, JsonThatCanBeReadInTwoWaysIsRefused) {
  EXPECT_EQ(ada("GetItem", R"({"TableName":"Other","TableName":"Users"})"),
            "SerializationException");
  EXPECT_EQ(ada("GetItem", "{"), "SerializationException");
  EXPECT_FALSE(PolicyBook::parse(R"({"Users":[],"Users":[]})"));
}

TEST_F(AuthorizerTest, TheServersOwnPaths) {
  aws::Caller caller{"", "AKIDADA", ""};
  EXPECT_TRUE(authorizer_.check_path(caller, context_, "GET", "/_millrace/status"));
  EXPECT_FALSE(authorizer_.check_path(caller, context_, "POST", "/_millrace/status"));
  auto refused = authorizer_.check_path(caller, context_, "GET", "/_millrace/metrics");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            kAda +
                "millrace:Get on resource: arn:aws:millrace:us-east-1:123456789012:metrics "
                "because no identity-based policy allows the millrace:Get action");
}

TEST(PolicyBook, SaysWhatIsWrong) {
  auto error_of = [](const char* text) {
    auto book = PolicyBook::parse(text);
    return book ? "" : book.error();
  };
  EXPECT_EQ(error_of("x"), "It is not JSON, or an object has a name twice.");
  EXPECT_EQ(error_of(R"({"Groups":[]})"), "The member Groups is not supported.");
  EXPECT_EQ(error_of(R"({"Users":[{"UserName":"a*","AccessKeyIds":["K"],"Policies":[]}]})"),
            "A user has no valid UserName.");
  EXPECT_EQ(error_of(R"({"Users":[{"UserName":"a","AccessKeyIds":["K"],"Policies":[{}]}]})"),
            "User a: The Version of a policy must be 2012-10-17.");
  EXPECT_EQ(error_of(R"({"Roles":[{"RoleName":"a"}]})"), "Role a: Policies must be a list.");
}

}  // namespace
}  // namespace millrace::iam
