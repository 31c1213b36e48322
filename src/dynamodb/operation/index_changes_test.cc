// What clients see of global indexes that are being created or deleted: nothing goes on between the
// calls here, so each stage can be looked at. That indexes are right is tested in dynamodb/table.
#include <gmock/gmock.h>

#include "dynamodb/operation/operation_fixture.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr const char* kCreation =
    R"({"TableName":"table","AttributeDefinitions":[{"AttributeName":"state","AttributeType":"S"},
        {"AttributeName":"unused","AttributeType":"N"}],
        "GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"by-state",
        "KeySchema":[{"AttributeName":"state","KeyType":"HASH"}],
        "Projection":{"ProjectionType":"KEYS_ONLY"}}}]})";
constexpr const char* kDeletion =
    R"({"TableName":"table","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"by-state"}}]})";
constexpr const char* kQuery =
    R"({"TableName":"table","IndexName":"by-state","KeyConditionExpression":"pk = :p",
        "ExpressionAttributeValues":{":p":{"S":"a"}}})";
constexpr const char* kTable = R"({"TableName":"table"})";

class IndexChangesTest : public OperationFixture {
 protected:
  IndexChangesTest() { create_plain("table"); }

  // The answer, or the error as text, of a call that is answered at once; what it leaves to be done
  // in the background waits.
  nlohmann::json at_once(const std::string& operation, const std::string& body) {
    auto context = std::make_shared<aws::RequestContext>(context_);
    context->operation = operation;
    nlohmann::json answer;
    (*registry_->find("dynamodb", operation))(context, body, [&](aws::Result<aws::Output> output) {
      answer = output ? nlohmann::json::parse(output->body)
                      : nlohmann::json(output.error().type + ": " + output.error().message);
    });
    EXPECT_FALSE(answer.is_null()) << operation;
    return answer;
  }
  nlohmann::json describe() { return at_once("DescribeTable", kTable)["Table"]; }
};

TEST_F(IndexChangesTest, AnIndexIsSeenAsItIsCreated) {
  auto created = at_once("UpdateTable", kCreation)["TableDescription"];
  EXPECT_EQ(created["TableStatus"], "UPDATING");
  EXPECT_EQ(created["GlobalSecondaryIndexes"][0]["IndexStatus"], "CREATING");
  EXPECT_EQ(created["GlobalSecondaryIndexes"][0]["Backfilling"], false);
  auto meanwhile = describe();
  EXPECT_EQ(meanwhile["TableStatus"], "ACTIVE");
  EXPECT_EQ(meanwhile["GlobalSecondaryIndexes"][0]["IndexStatus"], "CREATING");
  EXPECT_EQ(meanwhile["GlobalSecondaryIndexes"][0]["Backfilling"], true);
  for (const char* operation : {"Query", "Scan"}) {
    std::string body = operation == std::string("Query")
                           ? kQuery
                           : R"({"TableName":"table","IndexName":"by-state"})";
    EXPECT_EQ(at_once(operation, body),
              "ValidationException: Cannot read from backfilling global secondary index: by-state");
  }
  executor_.run_all();
  auto complete = describe();
  EXPECT_EQ(complete["GlobalSecondaryIndexes"][0]["IndexStatus"], "ACTIVE");
  EXPECT_FALSE(complete["GlobalSecondaryIndexes"][0].contains("Backfilling"));
  EXPECT_EQ(complete["AttributeDefinitions"], parsed(R"([
    {"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"state","AttributeType":"S"}])"));
}

TEST_F(IndexChangesTest, NothingElseOfTheKindGoesOnMeanwhile) {
  at_once("UpdateTable", kCreation);
  std::string other = kCreation;
  other.replace(other.find("by-state"), 8, "another");
  const std::string one_at_a_time =
      "LimitExceededException: Subscriber limit exceeded: Only 1 online index can be created or "
      "deleted simultaneously per table";
  const std::string in_use =
      "ResourceInUseException: Attempt to change a resource which is still in use: Cannot delete "
      "table while indexes are being created, updated, or deleted.";
  EXPECT_EQ(at_once("UpdateTable", other), one_at_a_time);
  EXPECT_EQ(at_once("DeleteTable", kTable), in_use);
  // What is being created may be given up.
  auto deleted = at_once("UpdateTable", kDeletion)["TableDescription"];
  EXPECT_EQ(deleted["GlobalSecondaryIndexes"][0]["IndexStatus"], "DELETING");
  EXPECT_FALSE(deleted["GlobalSecondaryIndexes"][0].contains("Backfilling"));
  EXPECT_EQ(at_once("UpdateTable", other), one_at_a_time);
  EXPECT_EQ(at_once("UpdateTable", kDeletion), one_at_a_time);
  EXPECT_EQ(at_once("DeleteTable", kTable), in_use);
  EXPECT_EQ(at_once("Query", kQuery),
            "ValidationException: The table does not have the specified index: by-state");
  executor_.run_all();
  EXPECT_FALSE(describe().contains("GlobalSecondaryIndexes"));
  EXPECT_EQ(at_once("DeleteTable", kTable)["TableDescription"]["TableStatus"], "DELETING");
}

TEST_F(IndexChangesTest, KeysOfAnIndexHaveTheirTypesUntilItIsDeleted) {
  const std::string wrong = R"({"TableName":"table","Item":{"pk":{"S":"a"},"state":{"N":"1"}}})";
  at_once("UpdateTable", kCreation);
  EXPECT_THAT(error("PutItem", wrong),
              ::testing::HasSubstr("Type mismatch for Index Key state Expected: S Actual: N"));
  at_once("UpdateTable", kDeletion);
  call("PutItem", wrong);
}

// What an attribute has been defined as stays.
TEST_F(IndexChangesTest, ADefinitionGivenAgainChangesNothing) {
  std::string body = kCreation;
  body.replace(body.find("state"), 5, "pk");
  body.replace(body.find("\"S\""), 3, "\"N\"");
  body.replace(body.rfind("\"state\""), 7, "\"pk\"");
  at_once("UpdateTable", body);
  executor_.run_all();
  EXPECT_EQ(describe()["AttributeDefinitions"],
            parsed(R"([{"AttributeName":"pk","AttributeType":"S"}])"));
  EXPECT_EQ(describe()["GlobalSecondaryIndexes"][0]["KeySchema"][0]["AttributeName"], "pk");
}

}  // namespace
}  // namespace millrace::dynamodb::operation
