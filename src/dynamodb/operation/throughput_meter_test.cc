// Throttling of the tables that ask for it. The clock stands still unless a test moves it.
#include "dynamodb/operation/throughput_meter.h"

#include "dynamodb/operation/operation_fixture.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr const char* kTableText =
    "ProvisionedThroughputExceededException: The level of configured provisioned throughput for "
    "the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.";
constexpr const char* kIndexText =
    "ProvisionedThroughputExceededException: The level of configured provisioned throughput for "
    "one or more global secondary indexes of the table was exceeded. Consider increasing your "
    "provisioning level for the under-provisioned global secondary indexes with the UpdateTable "
    "API";
constexpr const char* kOnDemandText =
    "ThrottlingException: Throughput exceeds the maximum OnDemandThroughput configured on table or "
    "index";

std::string units(const std::string& member, int reads, int writes) {
  bool provisioned = member == "ProvisionedThroughput";
  return '"' + member + "\":{\"" + (provisioned ? "ReadCapacityUnits" : "MaxReadRequestUnits") +
         "\":" + std::to_string(reads) + ",\"" +
         (provisioned ? "WriteCapacityUnits" : "MaxWriteRequestUnits") +
         "\":" + std::to_string(writes) + '}';
}

std::string tag(const std::string& value) {
  return R"(,"Tags":[{"Key":"millrace:enforce-capacity","Value":")" + value + "\"}]";
}

class ThroughputTest : public OperationFixture {
 protected:
  // Key pk; a global index "by-g" on g if it has throughput of its own.
  void create(const std::string& name, const std::string& throughput, const std::string& rest = "",
              const std::string& index_throughput = "") {
    std::string attributes = R"({"AttributeName":"pk","AttributeType":"S"})";
    std::string index;
    if (!index_throughput.empty()) {
      attributes += R"(,{"AttributeName":"g","AttributeType":"S"})";
      index = R"(,"GlobalSecondaryIndexes":[{"IndexName":"by-g","KeySchema":[
        {"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"},)" +
              index_throughput + "}]";
    }
    call("CreateTable", R"({"TableName":")" + name + R"(","KeySchema":[{"AttributeName":"pk",
      "KeyType":"HASH"}],"AttributeDefinitions":[)" +
                            attributes + "]," + throughput + index + rest + "}");
  }
  static std::string put(const std::string& pk, const std::string& rest = "") {
    return R"({"TableName":"tab","Item":{"pk":{"S":")" + pk + "\"}" + rest + "}}";
  }
  static std::string get(const std::string& pk, bool consistent = true) {
    return R"({"TableName":"tab","Key":{"pk":{"S":")" + pk + R"("}},"ConsistentRead":)" +
           (consistent ? "true}" : "false}");
  }
  void wait(int seconds) { clock_.advance(std::chrono::seconds(seconds)); }
  bool has(const std::string& pk) {
    // By a table without enforcement there would be no difference; so look past the operations.
    auto table = catalog_->find(context_.account, context_.region, "tab");
    auto items = await<aws::Result<std::vector<table::StoredItem>>>([&](auto done) {
      items_->get({{table, {{"pk", AttributeValue(pk)}}}}, std::move(done));
    });
    return items && items->front().exists();
  }
};

TEST_F(ThroughputTest, NothingIsEnforcedUnlessAskedFor) {
  create("tab", units("ProvisionedThroughput", 1, 1));
  for (int i = 0; i < 20; ++i) call("PutItem", put("a"));
  for (int i = 0; i < 20; ++i) call("GetItem", get("a"));
}

TEST_F(ThroughputTest, ReadsAreThrottledAndEarnedBack) {
  create("tab", units("ProvisionedThroughput", 2, 1), tag("true"));
  call("GetItem", get("a"));
  call("GetItem", get("a", false));
  call("GetItem", get("a", false));
  EXPECT_EQ(error("GetItem", get("a", false)), kTableText);
  auto refused = try_call("GetItem", get("a"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().http_status, 400);
  ASSERT_EQ(refused.error().members.size(), 1u);
  EXPECT_EQ(refused.error().members[0].first, "ThrottlingReasons");
  EXPECT_EQ(parsed(refused.error().members[0].second),
            parsed(R"([{"reason":"TableReadProvisionedThroughputExceeded",
                        "resource":"arn:aws:dynamodb:us-east-1:000000000000:table/tab"}])"));
  call("PutItem", put("a"));  // writes have their own
  wait(1);
  call("GetItem", get("a"));
  call("GetItem", get("a"));
  EXPECT_EQ(error("GetItem", get("a")), kTableText);
}

TEST_F(ThroughputTest, AWriteThatIsThrottledChangesNothing) {
  create("tab", units("ProvisionedThroughput", 1, 1), tag("true"));
  call("PutItem", put("a"));
  EXPECT_EQ(error("PutItem", put("b")), kTableText);
  EXPECT_FALSE(has("b"));
  EXPECT_EQ(error("DeleteItem", R"({"TableName":"tab","Key":{"pk":{"S":"a"}}})"), kTableText);
  EXPECT_TRUE(has("a"));
  EXPECT_EQ(error("UpdateItem", R"({"TableName":"tab","Key":{"pk":{"S":"b"}}})"), kTableText);
  EXPECT_FALSE(has("b"));
}

TEST_F(ThroughputTest, WhatABigWriteCostsIsEarnedFirst) {
  create("tab", units("ProvisionedThroughput", 1, 2), tag("true"));
  call("PutItem", put("a", R"(,"x":{"S":")" + std::string(9 * 1024, 'x') + R"("})"));  // 10 units
  wait(4);
  EXPECT_EQ(error("PutItem", put("b")), kTableText);  // all 8 that were missing, and none left
  wait(1);
  call("PutItem", put("b"));
}

TEST_F(ThroughputTest, UnusedThroughputIsKeptForFiveMinutes) {
  create("tab", units("ProvisionedThroughput", 1, 2), tag("true"));
  wait(3600);
  for (int i = 0; i < 600; ++i) call("PutItem", put("a"));
  EXPECT_EQ(error("PutItem", put("a")), kTableText);
}

TEST_F(ThroughputTest, AFailedConditionCostsAUnit) {
  create("tab", units("ProvisionedThroughput", 1, 1), tag("true"));
  EXPECT_EQ(error("PutItem", R"-({"TableName":"tab","Item":{"pk":{"S":"a"}},
      "ConditionExpression":"attribute_exists(pk)"})-"),
            "ConditionalCheckFailedException: The conditional request failed");
  EXPECT_EQ(error("PutItem", put("a")), kTableText);
}

TEST_F(ThroughputTest, AnIndexHoldsBackTheWritesThatChangeIt) {
  create("tab", units("ProvisionedThroughput", 100, 100), tag("true"),
         units("ProvisionedThroughput", 1, 1));
  call("PutItem", put("a", R"(,"g":{"S":"1"})"));
  EXPECT_EQ(error("PutItem", put("b", R"(,"g":{"S":"1"})")), kIndexText);
  EXPECT_FALSE(has("b"));
  call("PutItem", put("b"));                       // not in the index
  call("PutItem", put("a", R"(,"g":{"S":"1"})"));  // changes nothing in it
  auto refused = try_call("DeleteItem", R"({"TableName":"tab","Key":{"pk":{"S":"a"}}})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(parsed(refused.error().members[0].second),
            parsed(R"([{"reason":"IndexWriteProvisionedThroughputExceeded",
                    "resource":"arn:aws:dynamodb:us-east-1:000000000000:table/tab/index/by-g"}])"));
  wait(1);
  call("DeleteItem", R"({"TableName":"tab","Key":{"pk":{"S":"a"}}})");
}

TEST_F(ThroughputTest, PagesSpendWhatTheyRead) {
  create("tab", units("ProvisionedThroughput", 4, 100), tag("true"),
         units("ProvisionedThroughput", 1, 100));
  std::string text = R"(,"g":{"S":"1"},"x":{"S":")" + std::string(8000, 'x') + R"("})";
  for (const char* pk : {"a", "b", "c"}) call("PutItem", put(pk, text));
  const std::string scan = R"({"TableName":"tab","ConsistentRead":true})";
  EXPECT_EQ(call("Scan", scan)["Count"], 3);  // 6 units of 4
  EXPECT_EQ(error("Scan", scan), kTableText);
  EXPECT_EQ(error("ExecuteStatement", R"({"Statement":"SELECT * FROM \"tab\""})"), kTableText);
  // The index has its own.
  const std::string query = R"({"TableName":"tab","IndexName":"by-g",
      "KeyConditionExpression":"g = :g","ExpressionAttributeValues":{":g":{"S":"1"}}})";
  EXPECT_EQ(call("Query", query)["Count"], 3);  // 3 units of 1
  EXPECT_EQ(error("Query", query), kIndexText);
  wait(1);
  call("Scan", R"({"TableName":"tab","Limit":1})");
  EXPECT_EQ(error("Query", query), kIndexText);
}

TEST_F(ThroughputTest, BatchesReturnWhatWasThrottled) {
  create("tab", units("ProvisionedThroughput", 2, 2), tag("true"));
  const std::string write = R"({"RequestItems":{"tab":[
      {"PutRequest":{"Item":{"pk":{"S":"a"},"n":{"N":"1"}}}},
      {"DeleteRequest":{"Key":{"pk":{"S":"z"}}}},
      {"PutRequest":{"Item":{"pk":{"S":"b"},"n":{"N":"2"}}}},
      {"DeleteRequest":{"Key":{"pk":{"S":"y"}}}}]}})";
  EXPECT_EQ(call("BatchWriteItem", write)["UnprocessedItems"],
            parsed(R"({"tab":[{"PutRequest":{"Item":{"pk":{"S":"b"},"n":{"N":"2"}}}},
                            {"DeleteRequest":{"Key":{"pk":{"S":"y"}}}}]})"));
  EXPECT_TRUE(has("a"));
  EXPECT_FALSE(has("b"));
  EXPECT_EQ(error("BatchWriteItem", write), kTableText);  // nothing at all was written

  const std::string read = R"({"RequestItems":{"tab":{"ConsistentRead":true,
      "Keys":[{"pk":{"S":"a"}},{"pk":{"S":"b"}},{"pk":{"S":"c"}}]}}})";
  auto answer = call("BatchGetItem", read);
  EXPECT_EQ(answer["Responses"]["tab"].size(), 1u);
  EXPECT_EQ(answer["UnprocessedKeys"],
            parsed(R"({"tab":{"ConsistentRead":true,"Keys":[{"pk":{"S":"c"}}]}})"));
  EXPECT_EQ(error("BatchGetItem", read), kTableText);
}

TEST_F(ThroughputTest, StatementsOfABatchFailEachForItself) {
  create("tab", units("ProvisionedThroughput", 1, 1), tag("true"));
  auto answer = call("BatchExecuteStatement", R"({"Statements":[
      {"Statement":"INSERT INTO \"tab\" VALUE {'pk':'a'}"},
      {"Statement":"INSERT INTO \"tab\" VALUE {'pk':'b'}"}]})");
  EXPECT_FALSE(answer["Responses"][0].contains("Error"));
  EXPECT_EQ(answer["Responses"][1]["Error"]["Code"], "ProvisionedThroughputExceeded");
  EXPECT_EQ(answer["Responses"][1]["Error"].size(), 2u);
  answer = call("BatchExecuteStatement", R"({"Statements":[
      {"Statement":"SELECT * FROM \"tab\" WHERE pk='a'","ConsistentRead":true},
      {"Statement":"SELECT * FROM \"tab\" WHERE pk='b'"}]})");
  EXPECT_EQ(answer["Responses"][0]["Item"]["pk"]["S"], "a");
  EXPECT_EQ(answer["Responses"][1]["Error"]["Code"], "ProvisionedThroughputExceeded");
}

TEST_F(ThroughputTest, TransactionsAreCancelled) {
  create("tab", units("ProvisionedThroughput", 2, 2), tag("true"));
  create_plain("other");
  const std::string write =
      R"({"TransactItems":[{"Put":{"TableName":"other","Item":{"pk":{"S":"x"}}}},
      {"Put":{"TableName":"tab","Item":{"pk":{"S":"a"}}}}]})";
  call("TransactWriteItems", write);  // 2 units
  auto cancelled = try_call("TransactWriteItems", write);
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().type, "TransactionCanceledException");
  EXPECT_EQ(parsed(cancelled.error().members.at(0).second),
            parsed(R"([{"Code":"None"},{"Code":"ProvisionedThroughputExceeded","Message":
      "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API."}])"));
  const std::string read =
      R"({"TransactItems":[{"Get":{"TableName":"tab","Key":{"pk":{"S":"a"}}}}]})";
  call("TransactGetItems", read);
  EXPECT_EQ(error("TransactGetItems", read),
            "TransactionCanceledException: Transaction cancelled, please refer cancellation "
            "reasons for specific reasons [ProvisionedThroughputExceeded]");
  EXPECT_EQ(error("ExecuteTransaction",
                  R"({"TransactStatements":[{"Statement":"SELECT * FROM \"tab\" WHERE pk='a'"}]})"),
            "TransactionCanceledException: Transaction cancelled, please refer cancellation "
            "reasons for specific reasons [ProvisionedThroughputExceeded]");
}

TEST_F(ThroughputTest, AReplayedTransactionCostsItsLeast) {
  create("tab", units("ProvisionedThroughput", 1, 4), tag("true"));
  const std::string write = R"({"ClientRequestToken":"token","TransactItems":[
      {"Put":{"TableName":"tab","Item":{"pk":{"S":"a"}}}}]})";
  for (int i = 0; i < 2; ++i) call("TransactWriteItems", write);
  EXPECT_EQ(error("PutItem", put("b")), kTableText);
}

TEST_F(ThroughputTest, OnDemandMaximumsAreEnforced) {
  create("tab", R"("BillingMode":"PAY_PER_REQUEST",)" + units("OnDemandThroughput", 1000, 1),
         tag("true"));
  call("PutItem", put("a"));
  auto refused = try_call("PutItem", put("b"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().type + ": " + refused.error().message, kOnDemandText);
  EXPECT_EQ(refused.error().members.at(0).first, "throttlingReasons");
  EXPECT_EQ(parsed(refused.error().members.at(0).second)[0]["reason"],
            "TableWriteMaxOnDemandThroughputExceeded");
  for (int i = 0; i < 20; ++i) call("GetItem", get("a"));  // not bounded
  EXPECT_EQ(error("TransactWriteItems", R"({"TransactItems":[{"Delete":{"TableName":"tab",
      "Key":{"pk":{"S":"a"}}}}]})"),
            "TransactionCanceledException: Transaction cancelled, please refer cancellation "
            "reasons for specific reasons [ThrottlingError]");
}

TEST_F(ThroughputTest, ATagOverridesTheServersDefault) {
  Dependencies enforcing{*catalog_, *items_, clock_};
  enforcing.enforce_capacity = true;
  register_with(enforcing);
  create("tab", units("ProvisionedThroughput", 1, 1));
  call("PutItem", put("a"));
  EXPECT_EQ(error("PutItem", put("a")), kTableText);
  auto tagging = [](const std::string& value) {
    return R"({"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/tab")" + tag(value) +
           "}";
  };
  EXPECT_EQ(error("TagResource", tagging("yes")),
            "ValidationException: The Tag Value provided is invalid, Value: yes. Tag "
            "millrace:enforce-capacity takes true or false");
  call("TagResource", tagging("false"));
  call("PutItem", put("a"));
}

TEST_F(ThroughputTest, ATableOfTheSameNameBeginsAnew) {
  create("tab", units("ProvisionedThroughput", 1, 1), tag("true"));
  call("PutItem", put("a"));
  EXPECT_EQ(error("PutItem", put("a")), kTableText);
  call("DeleteTable", R"({"TableName":"tab"})");
  create("tab", units("ProvisionedThroughput", 1, 1), tag("true"));
  call("PutItem", put("a"));
}

TEST_F(ThroughputTest, ARaisedThroughputCountsAtOnce) {
  create("tab", units("ProvisionedThroughput", 1, 1), tag("true"));
  call("PutItem", put("a"));
  call("UpdateTable", R"({"TableName":"tab",)" + units("ProvisionedThroughput", 1, 10) + "}");
  wait(1);
  for (int i = 0; i < 10; ++i) call("PutItem", put("a"));
  EXPECT_EQ(error("PutItem", put("a")), kTableText);
}

}  // namespace
}  // namespace millrace::dynamodb::operation
