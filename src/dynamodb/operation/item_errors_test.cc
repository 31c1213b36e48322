// The texts of PutItem, GetItem, UpdateItem and DeleteItem for bad requests, as captured from AWS.
#include <gmock/gmock.h>

#include "dynamodb/operation/operation_fixture.h"

namespace millrace::dynamodb::operation {
namespace {

struct Case {
  const char* operation;
  const char* body;
  const char* text;  // of a ValidationException, "1 validation error detected: " written as "P1 "
};

std::string expected(std::string text) {
  if (text.rfind("P1 ", 0) == 0) text.replace(0, 3, "1 validation error detected: ");
  return "ValidationException: " + text;
}

class ItemErrorsTest : public OperationFixture {
 protected:
  ItemErrorsTest() {
    create_plain("plain");
    create_plain("sorted", "S");
  }
  void check(const std::vector<Case>& cases) {
    for (const Case& each : cases) {
      EXPECT_EQ(error(each.operation, each.body), expected(each.text)) << each.body;
    }
  }
};

TEST_F(ItemErrorsTest, MemberConstraints) {
  check({
      {"PutItem", R"({"Item":{"pk":{"S":"a"}}})",
       "P1 Value null at 'tableName' failed to satisfy constraint: Member must not be null"},
      {"PutItem", R"({"TableName":"","Item":{"pk":{"S":"a"}},"ReturnValues":"X"})",
       "P1 Value at 'TableName' failed to satisfy constraint: Member must have length greater than "
       "or equal to 1"},
      {"GetItem", R"({"TableName":"x!","Key":{"pk":{"S":"a"}}})",
       "P1 Value 'x!' at 'tableName' failed to satisfy constraint: Member must satisfy regular "
       "expression pattern: [a-zA-Z0-9_.-]+"},
      {"PutItem", R"({"TableName":"plain"})",
       "P1 Value null at 'item' failed to satisfy constraint: Member must not be null"},
      {"PutItem",
       R"({"TableName":"plain","Item":{"pk":{"S":"a"}},"ReturnConsumedCapacity":"INVALID",
           "ReturnValues":"INVALID","ReturnItemCollectionMetrics":"INVALID"})",
       "3 validation errors detected: Value 'INVALID' at 'returnConsumedCapacity' failed to "
       "satisfy "
       "constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]; Failed to satisfy "
       "constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, "
       "UPDATE_NEW, "
       "NONE]; Value 'INVALID' at 'returnItemCollectionMetrics' failed to satisfy constraint: "
       "Member "
       "must satisfy enum value set: [SIZE, NONE]"},
      {"UpdateItem",
       R"({"TableName":"plain","Key":{"pk":{"S":"a"}},"ReturnConsumedCapacity":"X","ReturnValues":"X"})",
       "P1 Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, "
       "UPDATED_OLD, "
       "ALL_NEW, UPDATE_NEW, NONE]"},
      {"UpdateItem", R"({"TableName":""})",
       "2 validation errors detected: Value '' at 'tableName' failed to satisfy constraint: Member "
       "must have length greater than or equal to 1; Value null at 'key' failed to satisfy "
       "constraint: Member must not be null"},
      {"DeleteItem",
       R"({"TableName":"plain","Key":{"pk":{"S":"a"}},"ReturnConsumedCapacity":"X","ReturnValues":"X"})",
       "2 validation errors detected: Value 'X' at 'returnConsumedCapacity' failed to satisfy "
       "constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]; Failed to satisfy "
       "constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, "
       "UPDATE_NEW, "
       "NONE]"},
      {"DeleteItem", R"({"TableName":"plain","Key":{"pk":{"S":"a"}},"ReturnValues":"ALL_NEW"})",
       "P1 ReturnValues can only be ALL_OLD or NONE"},
      {"GetItem", R"({"TableName":"plain"})",
       "P1 Value null at 'key' failed to satisfy constraint: Member must not be null"},
  });
}

TEST_F(ItemErrorsTest, Values) {
  check({
      {"PutItem", R"({"TableName":"plain","Item":{"pk":{"S":"a"},"x":{"SS":[]}}})",
       "P1 One or more parameter values were invalid: An string set  may not be empty"},
      {"PutItem", R"({"TableName":"plain","Item":{"pk":{"S":"a"},"x":{"SS":["b","a","b"]}}})",
       "P1 One or more parameter values were invalid: Input collection [\"a\", \"b\", \"b\"] "
       "contains duplicates."},
      {"PutItem", R"({"TableName":"plain","Item":{"pk":{"S":"a"},"x":{"NULL":false}}})",
       "P1 One or more parameter values were invalid: Null attribute value types must have the "
       "value "
       "of true"},
      {"PutItem", R"({"TableName":"plain","Item":{"pk":{"S":"a"},"x":{"N":"abc"}}})",
       "P1 The parameter cannot be converted to a numeric value: abc"},
      {"GetItem", R"({"TableName":"plain","Key":{"pk":{"N":"abc"}}})",
       "The parameter cannot be converted to a numeric value: abc"},
      {"PutItem", R"({"TableName":"plain","Item":{"pk":{"S":"a"},"x":{}}})",
       "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"},
  });
}

TEST_F(ItemErrorsTest, Expressions) {
  check({
      {"UpdateItem",
       R"({"TableName":"plain","Key":{"pk":{"S":"a"}},"Expected":{},"ConditionalOperator":"AND"})",
       "P1 ConditionalOperator cannot be used without Filter or Expected"},
      {"DeleteItem",
       R"({"TableName":"plain","Key":{"pk":{"S":"a"}},"ConditionExpression":"x = y",
           "ConditionalOperator":"OR"})",
       "P1 Can not use both expression and non-expression parameters in the same request: "
       "Non-expression parameters: {ConditionalOperator} Expression parameters: "
       "{ConditionExpression}"},
      {"PutItem",
       R"({"TableName":"plain","Item":{"pk":{"S":"a"}},"Expected":{},"ConditionExpression":"x = y"})",
       "P1 Can not use both expression and non-expression parameters in the same request: "
       "Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}"},
      {"PutItem",
       R"({"TableName":"plain","Item":{"pk":{"S":"a"}},"ExpressionAttributeValues":{":v":{"S":"a"}}})",
       "P1 ExpressionAttributeValues can only be specified when using expressions"},
      {"PutItem", R"({"TableName":"plain","Item":{"pk":{"S":"a"}},"ConditionExpression":""})",
       "P1 Invalid ConditionExpression: The expression can not be empty;"},
      {"UpdateItem",
       R"({"TableName":"plain","Key":{"pk":{"S":"a"}},"UpdateExpression":"INVALID SYNTAX"})",
       "P1 Invalid UpdateExpression: Syntax error; token: \"INVALID\", near: \"INVALID SYNTAX\""},
      {"UpdateItem",
       R"({"TableName":"plain","Key":{"pk":{"S":"a"}},"UpdateExpression":"SET a = :v"})",
       "P1 Invalid UpdateExpression: An expression attribute value used in expression is not "
       "defined; attribute value: :v"},
      {"DeleteItem",
       R"j({"TableName":"plain","Key":{"pk":{"S":"a"}},"ConditionExpression":"attribute_exists(pk)",
           "ExpressionAttributeNames":{"#unused":"x"}})j",
       "P1 Value provided in ExpressionAttributeNames unused in expressions: keys: {#unused}"},
      {"GetItem", R"({"TableName":"plain","Key":{"pk":{"S":"a"}},"ProjectionExpression":"a, a.b"})",
       "Invalid ProjectionExpression: Two document paths overlap with each other; must remove or "
       "rewrite one of these paths; path one: [a], path two: [a, b]"},
      {"UpdateItem",
       R"({"TableName":"plain","Key":{"pk":{"S":"a"}},"UpdateExpression":"REMOVE pk"})",
       "One or more parameter values were invalid: Cannot update attribute pk. This attribute is "
       "part of the key"},
  });
}

TEST_F(ItemErrorsTest, Keys) {
  check({
      {"PutItem", R"({"TableName":"sorted","Item":{"pk":{"S":"a"}}})",
       "One or more parameter values were invalid: Missing the key sk in the item"},
      {"PutItem", R"({"TableName":"plain","Item":{"pk":{"N":"1"}}})",
       "One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N"},
      {"PutItem", R"({"TableName":"plain","Item":{"pk":{"S":""}}})",
       "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
       "contain an empty string value. Key: pk"},
      {"GetItem", R"({"TableName":"plain","Key":{"pk":{"S":"a"},"x":{"S":"b"}}})",
       "The provided key element does not match the schema"},
      {"DeleteItem", R"({"TableName":"sorted","Key":{"pk":{"S":"a"}}})",
       "The provided key element does not match the schema"},
  });
  std::string key(2049, 'k');
  EXPECT_EQ(error("GetItem", R"({"TableName":"plain","Key":{"pk":{"S":")" + key + "\"}}}"),
            "ValidationException: One or more parameter values were invalid: Size of hashkey has "
            "exceeded the maximum size limit of2048 bytes");
}

TEST_F(ItemErrorsTest, EverythingThatNeedsNoTableComesBeforeTheTable) {
  EXPECT_EQ(error("GetItem", R"({"TableName":"no","Key":{"pk":{"S":"a"}}})"),
            "ResourceNotFoundException: Requested resource not found");
  EXPECT_EQ(error("GetItem", R"({"TableName":"no","Key":{"pk":{"N":"x"}}})"),
            "ValidationException: The parameter cannot be converted to a numeric value: x");
}

TEST_F(ItemErrorsTest, WrongTypesComeFirst) {
  EXPECT_EQ(error("PutItem", R"({"TableName":5,"Item":{}})"),
            "SerializationException: NUMBER_VALUE cannot be converted to String");
  EXPECT_THAT(error("PutItem", R"({"TableName":"","Item":[]})"),
              ::testing::StartsWith("SerializationException: Unrecognized collect"));
  EXPECT_EQ(error("PutItem", "{"), "SerializationException: ");
}

}  // namespace
}  // namespace millrace::dynamodb::operation
