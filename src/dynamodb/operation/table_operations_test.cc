// CreateTable, DescribeTable, ListTables, UpdateTable, DeleteTable, tags and the small ones.
#include <gmock/gmock.h>

#include "dynamodb/operation/operation_fixture.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr const char* kHash =
    R"("KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],
       "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}])";
constexpr const char* kProvisioned =
    R"("ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":6})";
constexpr const char* kOnDemand = R"("BillingMode":"PAY_PER_REQUEST")";
const std::string kInvalid = "ValidationException: One or more parameter values were invalid: ";
const std::string kP1 = "ValidationException: 1 validation error detected: ";

class TableOperationsTest : public OperationFixture {
 protected:
  static std::string body(const std::string& members) {
    return R"({"TableName":"table",)" + members + "}";
  }
  static std::string body(const std::string& a, const std::string& b) { return body(a + ',' + b); }
  nlohmann::json describe() { return call("DescribeTable", R"({"TableName":"table"})")["Table"]; }
  std::string create_fails(const std::string& members) {
    auto text = error("CreateTable", body(members));
    EXPECT_EQ(call("ListTables", "{}")["TableNames"].size(), 0u) << members;
    return text;
  }
  std::string update_fails(const std::string& members) {
    return error("UpdateTable", body(members));
  }
};

TEST_F(TableOperationsTest, CreateDescribeDelete) {
  auto created = call("CreateTable", body(kHash, kProvisioned))["TableDescription"];
  EXPECT_EQ(created["TableStatus"], "CREATING");
  auto table = describe();
  EXPECT_EQ(table["TableStatus"], "ACTIVE");
  EXPECT_EQ(table["TableArn"], "arn:aws:dynamodb:us-east-1:000000000000:table/table");
  EXPECT_EQ(table["TableId"], created["TableId"]);
  EXPECT_EQ(table["ProvisionedThroughput"],
            parsed(R"({"NumberOfDecreasesToday":0,"ReadCapacityUnits":5,"WriteCapacityUnits":6})"));
  EXPECT_EQ(table["WarmThroughput"],
            parsed(R"({"ReadUnitsPerSecond":5,"WriteUnitsPerSecond":6,"Status":"ACTIVE"})"));
  EXPECT_EQ(table["DeletionProtectionEnabled"], false);
  for (const char* absent :
       {"BillingModeSummary", "StreamSpecification", "LatestStreamArn", "GlobalSecondaryIndexes",
        "LocalSecondaryIndexes", "SSEDescription", "TableClassSummary"}) {
    EXPECT_FALSE(table.contains(absent)) << absent;
  }
  EXPECT_EQ(error("CreateTable", body(kHash, kProvisioned)),
            "ResourceInUseException: Table already exists: table");
  auto deleted = call("DeleteTable", R"({"TableName":"table"})")["TableDescription"];
  EXPECT_EQ(deleted["TableStatus"], "DELETING");
  EXPECT_EQ(deleted["TableId"], created["TableId"]);
  EXPECT_EQ(deleted["ProvisionedThroughput"], table["ProvisionedThroughput"]);
  for (const char* absent : {"KeySchema", "AttributeDefinitions", "CreationDateTime"}) {
    EXPECT_FALSE(deleted.contains(absent)) << absent;
  }
  EXPECT_EQ(error("DescribeTable", R"({"TableName":"table"})"),
            "ResourceNotFoundException: Requested resource not found: Table: table not found");
}

TEST_F(TableOperationsTest, DescribesIndexesStreamsAndBilling) {
  create_indexed();
  auto table = call("DescribeTable", R"({"TableName":"indexed"})")["Table"];
  EXPECT_EQ(table["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST");
  EXPECT_EQ(table["WarmThroughput"]["ReadUnitsPerSecond"], 12000);
  ASSERT_EQ(table["LocalSecondaryIndexes"].size(), 2u);
  EXPECT_FALSE(table["LocalSecondaryIndexes"][0].contains("IndexStatus"));
  EXPECT_EQ(table["LocalSecondaryIndexes"][1]["Projection"],
            parsed(R"({"ProjectionType":"INCLUDE","NonKeyAttributes":["lsi1sk"]})"));
  auto global = table["GlobalSecondaryIndexes"][1];
  EXPECT_EQ(global["IndexStatus"], "ACTIVE");
  EXPECT_EQ(global["IndexArn"], "arn:aws:dynamodb:us-east-1:000000000000:table/indexed/index/gsi2");
  EXPECT_EQ(global["WarmThroughput"]["Status"], "ACTIVE");
  call("PutItem", R"({"TableName":"indexed","Item":{"pk":{"S":"a"},"sk":{"S":"b"}}})");
  EXPECT_EQ(call("DescribeTable", R"({"TableName":"indexed"})")["Table"]["ItemCount"], 1);
}

TEST_F(TableOperationsTest, CreateErrors) {
  EXPECT_EQ(error("CreateTable", "{}"),
            "ValidationException: The parameter 'TableName' is required but was not present in the "
            "request");
  EXPECT_EQ(error("CreateTable", R"({"TableName":"ab"})"),
            kP1 +
                "Value 'ab' at 'tableName' failed to satisfy constraint: Member must have length "
                "greater than or equal to 3");
  EXPECT_EQ(create_fails(std::string(kHash) + ',' + kOnDemand + ',' + kProvisioned),
            kInvalid +
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
                "BillingMode is PAY_PER_REQUEST");
  EXPECT_EQ(create_fails(kHash),
            kInvalid +
                "ReadCapacityUnits and WriteCapacityUnits must both be specified when "
                "BillingMode is PROVISIONED");
  EXPECT_EQ(
      create_fails(R"("BillingMode":"X","KeySchema":[{"AttributeName":"a","KeyType":"Y"}],
                            "AttributeDefinitions":[])"),
      "ValidationException: 2 validation errors detected: Value 'X' at 'billingMode' failed to "
      "satisfy constraint: Member must satisfy enum value set: [PROVISIONED, "
      "PAY_PER_REQUEST]; Value 'Y' at 'keySchema.1.member.keyType' failed to satisfy "
      "constraint: Member must satisfy enum value set: [HASH, RANGE]");
  EXPECT_EQ(create_fails(std::string(kOnDemand) +
                         R"(,"KeySchema":[{"AttributeName":"a","KeyType":"HASH"},
                              {"AttributeName":"a","KeyType":"RANGE"}],
                             "AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"}])"),
            "ValidationException: Invalid KeySchema: Some index key attribute have no definition");
  EXPECT_EQ(create_fails(std::string(kOnDemand) +
                         R"(,"KeySchema":[{"AttributeName":"b","KeyType":"HASH"}],
                             "AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"}])"),
            kInvalid +
                "Some index key attributes are not defined in AttributeDefinitions. Keys: "
                "[b], AttributeDefinitions: [a]");
  EXPECT_EQ(create_fails(std::string(kOnDemand) +
                         R"(,"KeySchema":[{"AttributeName":"a","KeyType":"HASH"}],
                             "AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"},
                                                     {"AttributeName":"b","AttributeType":"S"}])"),
            kInvalid +
                "Number of attributes in KeySchema does not exactly match number of "
                "attributes defined in AttributeDefinitions");
  EXPECT_EQ(create_fails(std::string(kHash) + ',' + kOnDemand +
                         R"(,"StreamSpecification":{"StreamEnabled":true})"),
            kInvalid + "Table is being created with a stream enabled, UpdateViewType is required");
  EXPECT_EQ(create_fails(std::string(kHash) + ',' + kOnDemand +
                         R"(,"LocalSecondaryIndexes":[{"IndexName":"lsi",
                             "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],
                             "Projection":{"ProjectionType":"ALL"}}])"),
            kInvalid +
                "Table KeySchema does not have a range key, which is required when specifying "
                "a LocalSecondaryIndex");
  EXPECT_EQ(create_fails(std::string(kHash) + ',' + kOnDemand +
                         R"(,"GlobalSecondaryIndexes":[{"IndexName":"g1",
                             "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],
                             "Projection":{"ProjectionType":"ALL"}}])"),
            kP1 +
                "Value 'g1' at 'globalSecondaryIndexes.1.member.indexName' failed to satisfy "
                "constraint: Member must have length greater than or equal to 3");
}

TEST_F(TableOperationsTest, IndexErrors) {
  auto index = [&](const std::string& rest) {
    return create_fails(std::string(kHash) + ',' + kOnDemand +
                        R"(,"GlobalSecondaryIndexes":[{"IndexName":"gsi",
                            "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],)" +
                        rest + "}]");
  };
  EXPECT_EQ(index(R"("Projection":{})"), kInvalid + "Unknown ProjectionType: null");
  EXPECT_EQ(index(R"("Projection":{"ProjectionType":"INCLUDE"})"),
            kInvalid + "ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
  EXPECT_EQ(index(R"("Projection":{"ProjectionType":"ALL","NonKeyAttributes":["a"]})"),
            kInvalid + "ProjectionType is ALL, but NonKeyAttributes is specified");
  EXPECT_EQ(index(R"("Projection":{"ProjectionType":"ALL"},)" + std::string(kProvisioned)),
            kInvalid +
                "ProvisionedThroughput should not be specified for index: gsi when "
                "BillingMode is PAY_PER_REQUEST");
  EXPECT_EQ(index(R"("Projection":{"ProjectionType":"ALL"}},{"IndexName":"gsi",
                     "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],
                     "Projection":{"ProjectionType":"ALL"})"),
            kInvalid + "Duplicate index name: gsi");
}

TEST_F(TableOperationsTest, StreamsAreEnabledAndDisabled) {
  call("CreateTable", body(kHash, kOnDemand));
  auto updated = call("UpdateTable", body(R"("StreamSpecification":
      {"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"})"))["TableDescription"];
  EXPECT_EQ(updated["TableStatus"], "UPDATING");
  std::string arn = describe()["LatestStreamArn"];
  EXPECT_EQ(describe()["StreamSpecification"],
            parsed(R"({"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"})"));
  EXPECT_EQ(update_fails(R"("StreamSpecification":{"StreamEnabled":true,
                            "StreamViewType":"OLD_IMAGE"})"),
            "ValidationException: Table already has an enabled stream: TableName: table");
  call("UpdateTable", body(R"("StreamSpecification":{"StreamEnabled":false})"));
  EXPECT_FALSE(describe().contains("StreamSpecification"));
  EXPECT_EQ(describe()["LatestStreamArn"], arn);
  EXPECT_EQ(update_fails(R"("StreamSpecification":{"StreamEnabled":false})"),
            "ValidationException: Table has no stream to disable: TableName: table");
}

TEST_F(TableOperationsTest, ThroughputAndBillingChange) {
  call("CreateTable", body(kHash, kProvisioned));
  auto updated = call("UpdateTable", body(R"("ProvisionedThroughput":
      {"ReadCapacityUnits":7,"WriteCapacityUnits":6})"))["TableDescription"];
  EXPECT_EQ(updated["ProvisionedThroughput"]["ReadCapacityUnits"], 5);  // what it had
  EXPECT_EQ(describe()["ProvisionedThroughput"]["ReadCapacityUnits"], 7);
  call("UpdateTable", body(kOnDemand));
  call("UpdateTable", body(kOnDemand));  // again is no error
  EXPECT_EQ(describe()["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST");
  EXPECT_EQ(describe()["ProvisionedThroughput"]["ReadCapacityUnits"], 0);
  EXPECT_EQ(update_fails(R"("BillingMode":"PROVISIONED")"),
            kInvalid + "ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
  call("UpdateTable", body(R"("BillingMode":"PROVISIONED")", kProvisioned));
  EXPECT_THAT(
      update_fails(kProvisioned),
      ::testing::StartsWith(
          "ValidationException: The provisioned throughput for the table will not change. "));
}

TEST_F(TableOperationsTest, UpdateErrors) {
  call("CreateTable", body(kHash, kOnDemand));
  EXPECT_THAT(update_fails(R"("AttributeDefinitions":[])"),
              ::testing::StartsWith(
                  "ValidationException: At least one of ProvisionedThroughput, BillingMode, "));
  EXPECT_EQ(update_fails(R"("DeletionProtectionEnabled":true,"BillingMode":"PAY_PER_REQUEST")"),
            kInvalid + "DeletionProtection modification must be the only operation in the request");
  EXPECT_EQ(update_fails(R"("GlobalSecondaryIndexUpdates":[{"Update":{"IndexName":"none",
                            "ProvisionedThroughput":{"ReadCapacityUnits":1,
                            "WriteCapacityUnits":1}}}])"),
            "ResourceNotFoundException: Requested resource not found: Index none for table table");
  EXPECT_EQ(update_fails(R"("GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"gsi"}}])"),
            "ResourceNotFoundException: Requested resource not found: Index gsi for table table");
  EXPECT_EQ(error("UpdateTable", R"({"TableName":"none","BillingMode":"PAY_PER_REQUEST"})"),
            "ResourceNotFoundException: Requested resource not found: Table: none not found");
}

TEST_F(TableOperationsTest, AProtectedTableIsNotDeleted) {
  call("CreateTable", body(kHash, std::string(kOnDemand) + R"(,"DeletionProtectionEnabled":true)"));
  EXPECT_EQ(error("DeleteTable", R"({"TableName":"table"})"),
            "ValidationException: Resource cannot be deleted as it is currently protected against "
            "deletion. Disable deletion protection first.");
  call("UpdateTable", body(R"("DeletionProtectionEnabled":false)"));
  call("DeleteTable", R"({"TableName":"table"})");
}

TEST_F(TableOperationsTest, ListsInByteOrder) {
  for (const char* name : {"bbb", "aaa", "Zzz"}) create_plain(name);
  EXPECT_EQ(call("ListTables", "{}"), parsed(R"({"TableNames":["Zzz","aaa","bbb"]})"));
  EXPECT_EQ(call("ListTables", R"({"Limit":2})"),
            parsed(R"({"TableNames":["Zzz","aaa"],"LastEvaluatedTableName":"aaa"})"));
  EXPECT_EQ(call("ListTables", R"({"Limit":2,"ExclusiveStartTableName":"aab"})"),
            parsed(R"({"TableNames":["bbb"]})"));
  EXPECT_EQ(error("ListTables", R"({"Limit":0})"),
            kP1 +
                "Value '0' at 'limit' failed to satisfy constraint: Member must have value greater "
                "than or equal to 1");
}

TEST_F(TableOperationsTest, Tags) {
  call("CreateTable", body(kHash, std::string(kOnDemand) + R"(,"Tags":[{"Key":"a","Value":"1"}])"));
  std::string arn = R"("ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/table")";
  EXPECT_EQ(call("TagResource",
                 "{" + arn + R"(,"Tags":[{"Key":"b","Value":"2"},{"Key":"a","Value":"3"}]})"),
            nullptr);
  EXPECT_EQ(call("ListTagsOfResource", "{" + arn + "}"),
            parsed(R"({"Tags":[{"Key":"a","Value":"3"},{"Key":"b","Value":"2"}]})"));
  call("UntagResource", "{" + arn + R"(,"TagKeys":["a","none"]})");
  EXPECT_EQ(call("ListTagsOfResource", "{" + arn + "}"),
            parsed(R"({"Tags":[{"Key":"b","Value":"2"}]})"));
  EXPECT_EQ(error("TagResource", "{" + arn + R"(,"Tags":[]})"),
            "ValidationException: Atleast one Tag needs to be provided as Input.");
  EXPECT_EQ(error("TagResource", "{" + arn + R"(,"Tags":[{"Key":"aws:x","Value":""}]})"),
            "ValidationException: Tag Key cannot be prefixed with aws:, Key: aws:x");
  EXPECT_EQ(error("ListTagsOfResource", R"({"ResourceArn":"x"})"),
            kInvalid + "ARNs must start with 'arn:': x");
  std::string missing = "arn:aws:dynamodb:us-east-1:000000000000:table/none";
  EXPECT_EQ(error("ListTagsOfResource", R"({"ResourceArn":")" + missing + "\"}"),
            "ResourceNotFoundException: Requested resource not found: ResourceArn: " + missing +
                " not found");
  EXPECT_THAT(error("ListTagsOfResource",
                    R"({"ResourceArn":"arn:aws:dynamodb:us-east-1:111111111111:table/table"})"),
              ::testing::StartsWith("AccessDeniedException"));
}

TEST_F(TableOperationsTest, TagsComeTenAPage) {
  std::string tags;
  for (int i = 10; i < 25; ++i) {
    tags += (tags.empty() ? "" : ",") + (R"({"Key":"k)" + std::to_string(i)) + R"(","Value":"v"})";
  }
  call("CreateTable", body(kHash, std::string(kOnDemand) + ",\"Tags\":[" + tags + "]"));
  std::string arn = R"("ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/table")";
  auto first = call("ListTagsOfResource", "{" + arn + "}");
  EXPECT_EQ(first["Tags"].size(), 10u);
  auto second =
      call("ListTagsOfResource", "{" + arn + ",\"NextToken\":" + first["NextToken"].dump() + "}");
  EXPECT_EQ(second["Tags"].size(), 5u);
  EXPECT_EQ(second["Tags"][0]["Key"], "k20");
  EXPECT_FALSE(second.contains("NextToken"));
}

TEST_F(TableOperationsTest, WhatDeployToolsAsk) {
  create_plain("plain");
  EXPECT_EQ(call("DescribeLimits", "{}")["TableMaxReadCapacityUnits"], 40000);
  EXPECT_EQ(call("DescribeEndpoints", "{}"),
            parsed(R"({"Endpoints":[{"Address":"localhost:4566","CachePeriodInMinutes":1440}]})"));
  EXPECT_EQ(call("DescribeTimeToLive", R"({"TableName":"plain"})"),
            parsed(R"({"TimeToLiveDescription":{"TimeToLiveStatus":"DISABLED"}})"));
}

}  // namespace
}  // namespace millrace::dynamodb::operation
