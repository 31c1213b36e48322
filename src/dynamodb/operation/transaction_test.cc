// TransactWriteItems and TransactGetItems.
#include <gmock/gmock.h>

#include "dynamodb/operation/operation_fixture.h"

namespace millrace::dynamodb::operation {
namespace {

class TransactionTest : public OperationFixture {
 protected:
  TransactionTest() { create_plain("plain"); }

  static std::string put(const std::string& pk, const std::string& rest = "") {
    return R"({"Put":{"TableName":"plain","Item":{"pk":{"S":")" + pk + "\"}}" + rest + "}}";
  }
  static std::string on(const std::string& action, const std::string& pk, const std::string& rest) {
    return "{\"" + action + R"(":{"TableName":"plain","Key":{"pk":{"S":")" + pk + "\"}}" + rest +
           "}}";
  }
  static std::string write(const std::string& actions, const std::string& rest = "") {
    return R"({"TransactItems":[)" + actions + "]" + rest + "}";
  }
  nlohmann::json item(const std::string& pk) {
    auto read = call("GetItem", R"({"TableName":"plain","Key":{"pk":{"S":")" + pk + "\"}}}");
    return read.is_object() ? read.value("Item", nlohmann::json()) : nlohmann::json();
  }
  static nlohmann::json reasons(const aws::ApiError& error) {
    return error.members.empty() ? nlohmann::json() : parsed(error.members[0].second);
  }
};

constexpr const char* kMustNotExist = R"j(,"ConditionExpression":"attribute_not_exists(pk)")j";
constexpr const char* kMustExist = R"j(,"ConditionExpression":"attribute_exists(pk)")j";
constexpr const char* kAddOne =
    R"(,"UpdateExpression":"ADD n :one","ExpressionAttributeValues":{":one":{"N":"1"}})";

TEST_F(TransactionTest, WritesAllOfIt) {
  call("PutItem", R"({"TableName":"plain","Item":{"pk":{"S":"gone"}}})");
  call("PutItem", R"({"TableName":"plain","Item":{"pk":{"S":"checked"}}})");
  EXPECT_EQ(
      call("TransactWriteItems",
           write(put("a", kMustNotExist) + ',' + on("Update", "b", kAddOne) + ',' +
                 on("Delete", "gone", "") + ',' + on("ConditionCheck", "checked", kMustExist))),
      parsed("{}"));
  EXPECT_EQ(item("a"), parsed(R"({"pk":{"S":"a"}})"));
  EXPECT_EQ(item("b"), parsed(R"({"pk":{"S":"b"},"n":{"N":"1"}})"));
  EXPECT_TRUE(item("gone").is_null());
}

TEST_F(TransactionTest, EveryFailingConditionIsReportedAndNothingIsWritten) {
  call("PutItem", R"({"TableName":"plain","Item":{"pk":{"S":"a"},"x":{"N":"1"}}})");
  auto output = try_call("TransactWriteItems",
                         write(put("a", std::string(kMustNotExist) +
                                            R"(,"ReturnValuesOnConditionCheckFailure":"ALL_OLD")") +
                               ',' + put("b") + ',' + on("ConditionCheck", "none", kMustExist)));
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().type, "TransactionCanceledException");
  EXPECT_EQ(output.error().message,
            "Transaction cancelled, please refer cancellation reasons for specific reasons "
            "[ConditionalCheckFailed, None, ConditionalCheckFailed]");
  EXPECT_EQ(reasons(output.error()),
            parsed(R"([{"Code":"ConditionalCheckFailed","Message":"The conditional request failed",
                        "Item":{"pk":{"S":"a"},"x":{"N":"1"}}},{"Code":"None"},
                       {"Code":"ConditionalCheckFailed",
                        "Message":"The conditional request failed"}])"));
  EXPECT_TRUE(item("b").is_null());
}

TEST_F(TransactionTest, TheFirstInvalidActionIsTheOnlyReason) {
  call("PutItem", R"({"TableName":"plain","Item":{"pk":{"S":"a"},"n":{"S":"text"}}})");
  auto output = try_call("TransactWriteItems", write(on("ConditionCheck", "none", kMustExist) +
                                                     ',' + on("Update", "a", kAddOne)));
  ASSERT_FALSE(output);
  EXPECT_EQ(reasons(output.error()), parsed(R"([{"Code":"None"},{"Code":"ValidationError",
                "Message":"An operand in the update expression has an incorrect data type"}])"));
  EXPECT_EQ(
      error("TransactWriteItems",
            write(put("b") + R"(,{"Delete":{"TableName":"plain","Key":{"pk":{"N":"1"}}}})")),
      "TransactionCanceledException: Transaction cancelled, please refer cancellation reasons "
      "for specific reasons [None, ValidationError]");
}

TEST_F(TransactionTest, ATokenAppliesARequestOnce) {
  std::string token = R"(,"ClientRequestToken":"once","ReturnConsumedCapacity":"TOTAL")";
  auto first = call("TransactWriteItems", write(on("Update", "a", kAddOne), token));
  EXPECT_EQ(first["ConsumedCapacity"], parsed(R"([{"TableName":"plain","CapacityUnits":2.0,
                                                   "WriteCapacityUnits":2.0}])"));
  // The same actions with their members in another order.
  std::string reordered =
      R"({"Update":{"ExpressionAttributeValues":{":one":{"N":"1"}},"UpdateExpression":"ADD n :one",
          "Key":{"pk":{"S":"a"}},"TableName":"plain"}})";
  auto second = call("TransactWriteItems", write(reordered, token));
  EXPECT_EQ(second["ConsumedCapacity"], parsed(R"([{"TableName":"plain","CapacityUnits":2.0,
                                                    "ReadCapacityUnits":2.0}])"));
  EXPECT_EQ(item("a")["n"], parsed(R"({"N":"1"})"));
  EXPECT_THAT(error("TransactWriteItems", write(put("b"), token)),
              ::testing::StartsWith("IdempotentParameterMismatchException"));
  clock_.advance(std::chrono::minutes(11));
  call("TransactWriteItems", write(on("Update", "a", kAddOne), token));
  EXPECT_EQ(item("a")["n"], parsed(R"({"N":"2"})"));
}

TEST_F(TransactionTest, ErrorsOfWrites) {
  auto fails = [&](const std::string& actions, const std::string& rest = "") {
    return error("TransactWriteItems", write(actions, rest));
  };
  EXPECT_EQ(
      fails(""),
      "ValidationException: 1 validation error detected: Value '[]' at 'transactItems' failed "
      "to satisfy constraint: Member must have length greater than or equal to 1");
  EXPECT_EQ(fails(put("a"), R"(,"ClientRequestToken":")" + std::string(37, 't') + "\""),
            "ValidationException: 1 validation error detected: Value '" + std::string(37, 't') +
                "' at 'clientRequestToken' failed to satisfy constraint: Member must have length "
                "less than or equal to 36");
  EXPECT_EQ(
      fails("{}"),
      "ValidationException: Invalid Request: TransactWriteRequest should contain Delete or Put "
      "or Update request");
  EXPECT_EQ(
      fails(put("a") + ',' + on("Delete", "a", "")),
      "ValidationException: Transaction request cannot include multiple operations on one item");
  EXPECT_EQ(fails(on("ConditionCheck", "a", "")),
            "ValidationException: 1 validation error detected: Value null at "
            "'transactItems.1.member.conditionCheck.conditionExpression' failed to satisfy "
            "constraint: Member must not be null");
  EXPECT_EQ(fails(R"({"Put":{"TableName":"bad!name","Item":{"pk":{"S":"a"}}}})"),
            "ValidationException: 1 validation error detected: Value 'bad!name' at "
            "'transactItems.1.member.put.tableName' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
  EXPECT_EQ(fails(R"({"Put":{"TableName":"none","Item":{"pk":{"S":"a"}}}})"),
            "ResourceNotFoundException: Requested resource not found");
  EXPECT_EQ(fails(put("a", R"(,"ConditionExpression":"")")),
            "ValidationException: Invalid ConditionExpression: The expression can not be empty;");
  EXPECT_EQ(
      fails(put("")),
      "ValidationException: One or more parameter values are not valid. The AttributeValue for "
      "a key attribute cannot contain an empty string value. Key: pk");
}

TEST_F(TransactionTest, ReadsInOrderOfTheRequest) {
  for (const char* pk : {"a", "b"}) {
    call("PutItem",
         R"({"TableName":"plain","Item":{"pk":{"S":")" + std::string(pk) + R"("},"x":{"N":"1"}}})");
  }
  auto read =
      call("TransactGetItems", write(on("Get", "none", "") + ',' + on("Get", "a", "") + ',' +
                                         on("Get", "b", R"(,"ProjectionExpression":"nothing")"),
                                     R"(,"ReturnConsumedCapacity":"TOTAL")"));
  EXPECT_EQ(read["Responses"], parsed(R"([{},{"Item":{"pk":{"S":"a"},"x":{"N":"1"}}},{}])"));
  EXPECT_EQ(read["ConsumedCapacity"], parsed(R"([{"TableName":"plain","CapacityUnits":6.0,
                                                  "ReadCapacityUnits":6.0}])"));
  EXPECT_EQ(
      error("TransactGetItems",
            write(on("Get", "a", "") + ',' + on("Get", "a", R"(,"ProjectionExpression":"x")"))),
      "ValidationException: Transaction request cannot include multiple operations on one item");
  EXPECT_EQ(
      error("TransactGetItems", write(R"({"Get":{"TableName":"plain","Key":{}}})")),
      "TransactionCanceledException: Transaction cancelled, please refer cancellation reasons "
      "for specific reasons [ValidationError]");
}

}  // namespace
}  // namespace millrace::dynamodb::operation
