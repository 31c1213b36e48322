#include "dynamodb/operation/operation_fixture.h"

namespace millrace::dynamodb::operation {
namespace {

class ItemOperationsTest : public OperationFixture {
 protected:
  ItemOperationsTest() { create_plain("plain"); }

  nlohmann::json item(const std::string& pk) {
    return call("GetItem",
                R"({"TableName":"plain","ConsistentRead":true,"Key":{"pk":{"S":")" + pk + "\"}}}")
        .value("Item", nlohmann::json());
  }
  nlohmann::json update(const std::string& rest) {
    return call("UpdateItem", R"({"TableName":"plain","Key":{"pk":{"S":"a"}},)" + rest + "}");
  }
};

TEST_F(ItemOperationsTest, PutReplacesTheWholeItemAndReturnsTheOldOne) {
  EXPECT_EQ(call("PutItem", R"({"TableName":"plain","Item":{"pk":{"S":"a"},"x":{"N":"1.0"}},
                               "ReturnValues":"ALL_OLD"})"),
            parsed("{}"));
  EXPECT_EQ(call("PutItem", R"({"TableName":"plain","Item":{"pk":{"S":"a"},"y":{"BOOL":true}},
                               "ReturnValues":"ALL_OLD"})"),
            parsed(R"({"Attributes":{"pk":{"S":"a"},"x":{"N":"1"}}})"));
  EXPECT_EQ(item("a"), parsed(R"({"pk":{"S":"a"},"y":{"BOOL":true}})"));
}

TEST_F(ItemOperationsTest, GetOfAMissingItemHasNoItem) {
  EXPECT_EQ(call("GetItem", R"({"TableName":"plain","Key":{"pk":{"S":"none"}}})"), parsed("{}"));
}

TEST_F(ItemOperationsTest, GetProjects) {
  call("PutItem", R"({"TableName":"plain","Item":{"pk":{"S":"a"},
      "m":{"M":{"x":{"N":"1"},"y":{"N":"2"}}},"l":{"L":[{"S":"0"},{"S":"1"},{"S":"2"}]}}})");
  auto get = [&](const std::string& rest) {
    return call("GetItem", R"({"TableName":"plain","Key":{"pk":{"S":"a"}},)" + rest + "}");
  };
  EXPECT_EQ(
      get(R"("ProjectionExpression":"#m.x, l[2], l[0]","ExpressionAttributeNames":{"#m":"m"})"),
      parsed(R"({"Item":{"m":{"M":{"x":{"N":"1"}}},"l":{"L":[{"S":"0"},{"S":"2"}]}}})"));
  EXPECT_EQ(get(R"("ProjectionExpression":"nothing")"), parsed(R"({"Item":{}})"));
  EXPECT_EQ(get(R"("AttributesToGet":["pk","m.x"])"), parsed(R"({"Item":{"pk":{"S":"a"}}})"));
}

TEST_F(ItemOperationsTest, ATableCanBeNamedByItsArn) {
  std::string arn = "arn:aws:dynamodb:us-east-1:000000000000:table/plain";
  call("PutItem", R"({"TableName":")" + arn + R"(","Item":{"pk":{"S":"a"}}})");
  EXPECT_EQ(item("a"), parsed(R"({"pk":{"S":"a"}})"));
  std::string foreign = "arn:aws:dynamodb:eu-west-1:000000000000:table/plain";
  EXPECT_EQ(error("PutItem", R"({"TableName":")" + foreign + R"(","Item":{"pk":{"S":"a"}}})"),
            "ResourceNotFoundException: Requested resource not found");
}

TEST_F(ItemOperationsTest, AFailedConditionChangesNothingAndCanReturnTheItem) {
  call("PutItem", R"({"TableName":"plain","Item":{"pk":{"S":"a"},"v":{"N":"1"}}})");
  auto output = try_call("PutItem", R"j({"TableName":"plain","Item":{"pk":{"S":"a"},"v":{"N":"2"}},
      "ConditionExpression":"attribute_not_exists(pk)",
      "ReturnValuesOnConditionCheckFailure":"ALL_OLD"
})j");
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().type, "ConditionalCheckFailedException");
  ASSERT_EQ(output.error().members.size(), 1u);
  EXPECT_EQ(output.error().members[0].first, "Item");
  EXPECT_EQ(parsed(output.error().members[0].second), parsed(R"({"pk":{"S":"a"},"v":{"N":"1"}})"));
  EXPECT_EQ(item("a")["v"], parsed(R"({"N":"1"})"));
}

TEST_F(ItemOperationsTest, AnUpdateWithoutExpressionCreatesTheItem) {
  EXPECT_EQ(call("UpdateItem", R"({"TableName":"plain","Key":{"pk":{"S":"a"}}})"), parsed("{}"));
  EXPECT_EQ(item("a"), parsed(R"({"pk":{"S":"a"}})"));
}

TEST_F(ItemOperationsTest, RemovalsAloneCreateNoItem) {
  for (const char* removal :
       {R"("UpdateExpression":"REMOVE n, m.x")", R"("AttributeUpdates":{"n":{"Action":"DELETE"}})",
        R"("AttributeUpdates":{"n":{"Action":"DELETE","Value":{"NS":["4"]}}})"}) {
    EXPECT_EQ(update(std::string(removal) + R"(,"ReturnValues":"ALL_NEW")"), parsed("{}"));
    EXPECT_EQ(call("GetItem", R"({"TableName":"plain","Key":{"pk":{"S":"a"}}})"), parsed("{}"))
        << removal;
  }
}

TEST_F(ItemOperationsTest, UpdateReturnsWhatWasAskedFor) {
  std::string one = R"(,"ExpressionAttributeValues":{":one":{"N":"1"}})";
  EXPECT_EQ(update(R"("UpdateExpression":"SET n = :one","ReturnValues":"ALL_OLD")" + one),
            parsed("{}"));
  EXPECT_EQ(update(R"("UpdateExpression":"SET n = n + :one, m = :m","ReturnValues":"UPDATED_OLD",
                      "ExpressionAttributeValues":{":one":{"N":"1"},":m":{"M":{"x":{"S":"x"}}}})"),
            parsed(R"({"Attributes":{"n":{"N":"1"}}})"));
  EXPECT_EQ(update(R"("UpdateExpression":"SET m.y = :one","ReturnValues":"UPDATED_NEW")" + one),
            parsed(R"({"Attributes":{"m":{"M":{"y":{"N":"1"}}}}})"));
  EXPECT_EQ(update(R"("UpdateExpression":"REMOVE m","ReturnValues":"UPDATED_NEW")"), parsed("{}"));
  EXPECT_EQ(update(R"("UpdateExpression":"ADD n :one","ReturnValues":"ALL_NEW")" + one),
            parsed(R"({"Attributes":{"pk":{"S":"a"},"n":{"N":"3"}}})"));
}

TEST_F(ItemOperationsTest, LegacyParametersWork) {
  update(R"("AttributeUpdates":{"n":{"Action":"ADD","Value":{"N":"2"}}})");
  EXPECT_EQ(item("a"), parsed(R"({"pk":{"S":"a"},"n":{"N":"2"}})"));
  EXPECT_EQ(error("DeleteItem", R"({"TableName":"plain","Key":{"pk":{"S":"a"}},
                                    "Expected":{"n":{"Value":{"N":"3"}}}})"),
            "ConditionalCheckFailedException: The conditional request failed");
  call("DeleteItem", R"({"TableName":"plain","Key":{"pk":{"S":"a"}},
                         "Expected":{"n":{"Value":{"N":"2"}}}})");
  EXPECT_TRUE(item("a").is_null());
}

TEST_F(ItemOperationsTest, ItemsKeepTheirSizeLimit) {
  // Names and values: "pk" 2 + "a" 1 + "x" 1.
  std::string largest(400 * 1024 - 4, 'x');
  auto put = [](const std::string& text) {
    return R"({"TableName":"plain","Item":{"pk":{"S":"a"},"x":{"S":")" + text + "\"}}}";
  };
  call("PutItem", put(largest));
  EXPECT_EQ(error("PutItem", put(largest + "x")),
            "ValidationException: Item size has exceeded the maximum allowed size");
  EXPECT_EQ(error("UpdateItem", R"({"TableName":"plain","Key":{"pk":{"S":"a"}},
              "UpdateExpression":"SET y = :y","ExpressionAttributeValues":{":y":{"S":""}}})"),
            "ValidationException: Item size to update has exceeded the maximum allowed size");
}

TEST_F(ItemOperationsTest, CapacityOfReadsAndWrites) {
  std::string text(5000, 'x');
  auto put = call("PutItem", R"({"TableName":"plain","ReturnConsumedCapacity":"TOTAL",
      "Item":{"pk":{"S":"a"},"x":{"S":")" +
                                 text + "\"}}}");
  EXPECT_EQ(put["ConsumedCapacity"], parsed(R"({"TableName":"plain","CapacityUnits":5.0})"));
  auto get = call("GetItem", R"({"TableName":"plain","ReturnConsumedCapacity":"INDEXES",
      "Key":{"pk":{"S":"a"}}})");
  EXPECT_EQ(get["ConsumedCapacity"],
            parsed(R"({"TableName":"plain","CapacityUnits":1.0,"Table":{"CapacityUnits":1.0}})"));
  auto missing = call("GetItem", R"({"TableName":"plain","ReturnConsumedCapacity":"TOTAL",
      "Key":{"pk":{"S":"none"}}})");
  EXPECT_EQ(missing["ConsumedCapacity"]["CapacityUnits"], 0.5);
  auto erased = call("DeleteItem", R"({"TableName":"plain","ReturnConsumedCapacity":"TOTAL",
      "Key":{"pk":{"S":"a"}}})");
  EXPECT_EQ(erased["ConsumedCapacity"]["CapacityUnits"], 5.0);
}

TEST_F(ItemOperationsTest, IndexesAreChargedForWhatChangesInThem) {
  create_indexed();
  auto put = [&](const std::string& rest) {
    return call("PutItem", R"({"TableName":"indexed","ReturnConsumedCapacity":"INDEXES",
        "ReturnItemCollectionMetrics":"SIZE","Item":{"pk":{"S":"a"},"sk":{"S":"1"})" +
                               rest + "}}");
  };
  auto created = put(R"(,"lsi1sk":{"S":"x"})");
  EXPECT_EQ(created["ConsumedCapacity"], parsed(R"({"TableName":"indexed","CapacityUnits":3.0,
      "Table":{"CapacityUnits":1.0},"LocalSecondaryIndexes":{"lsi1":{"CapacityUnits":1.0}},
      "GlobalSecondaryIndexes":{"gsi1":{"CapacityUnits":1.0}}})"));
  EXPECT_EQ(created["ItemCollectionMetrics"],
            parsed(R"({"ItemCollectionKey":{"pk":{"S":"a"}},"SizeEstimateRangeGB":[0.0,1.0]})"));
  EXPECT_EQ(put(R"(,"lsi1sk":{"S":"x"})")["ConsumedCapacity"],
            parsed(R"({"TableName":"indexed","CapacityUnits":1.0,"Table":{"CapacityUnits":1.0}})"));
  // A changed key is a deletion and an insertion.
  EXPECT_EQ(put(R"(,"lsi1sk":{"S":"y"})")["ConsumedCapacity"]["CapacityUnits"], 5.0);
}

TEST_F(ItemOperationsTest, IndexKeysMustBeUsable) {
  create_indexed();
  EXPECT_EQ(
      error("PutItem", R"({"TableName":"indexed",
              "Item":{"pk":{"S":"a"},"sk":{"S":"1"},"lsi1sk":{"N":"1"}}})"),
      "ValidationException: One or more parameter values were invalid: Type mismatch for Index "
      "Key lsi1sk Expected: S Actual: N IndexName: gsi1");
  EXPECT_EQ(
      error("PutItem", R"({"TableName":"indexed",
              "Item":{"pk":{"S":"a"},"sk":{"S":"1"},"lsi1sk":{"S":""}}})"),
      "ValidationException: One or more parameter values are not valid. A value specified for "
      "a secondary index key is not supported. The AttributeValue for a key attribute cannot "
      "contain an empty string value. IndexName: gsi1, IndexKey: lsi1sk");
  EXPECT_EQ(
      error("UpdateItem", R"({"TableName":"indexed","Key":{"pk":{"S":"a"},"sk":{"S":"1"}},
              "UpdateExpression":"SET lsi1sk = :v","ExpressionAttributeValues":{":v":{"S":""}}})"),
      "ValidationException: One or more parameter values are not valid. The update expression "
      "attempted to update a secondary index key to a value that is not supported. The "
      "AttributeValue for a key attribute cannot contain an empty string value.");
}

// UpdateItem counts what its statement writes instead of the key; the finished item counts as well.
TEST_F(ItemOperationsTest, SizesOfUpdates) {
  create_plain("sizes");
  constexpr size_t kMax = 409'600;
  auto update = [](const std::string& pk, size_t bytes) {
    return R"({"TableName":"sizes","Key":{"pk":{"S":")" + pk +
           R"("}},"UpdateExpression":"SET b = :b","ExpressionAttributeValues":{":b":{"S":")" +
           std::string(bytes, 'x') + R"("}}})";
  };
  const std::string too_large =
      "ValidationException: Item size to update has exceeded the maximum allowed size";
  // A short key: 3 for the update, 19 for its clause, 1 for the name.
  call("UpdateItem", update("k", kMax - 23));
  EXPECT_EQ(error("UpdateItem", update("k", kMax - 22)), too_large);
  // A long one: the finished item.
  const std::string key(100, 'k');
  call("UpdateItem", update(key, kMax - 103));
  EXPECT_EQ(error("UpdateItem", update(key, kMax - 102)), too_large);
  // The charge comes before the condition.
  std::string conditional = update("k", kMax - 22);
  conditional.insert(conditional.size() - 1,
                     R"-(,"ConditionExpression":"attribute_exists(nothing)")-");
  EXPECT_EQ(error("UpdateItem", conditional), too_large);
  // Transactions, PartiQL and AttributeUpdates measure the item alone.
  std::string action = R"({"TransactItems":[{"Update":)" + update("k", kMax - 4) + "}]}";
  call("TransactWriteItems", action);
  EXPECT_EQ(error("TransactWriteItems",
                  R"({"TransactItems":[{"Update":)" + update("k", kMax - 3) + "}]}"),
            "TransactionCanceledException: Transaction cancelled, please refer cancellation "
            "reasons for specific reasons [ValidationError]");
  auto legacy = [](size_t bytes) {
    return R"({"TableName":"sizes","Key":{"pk":{"S":"k"}},"AttributeUpdates":{"b":{"Value":{"S":")" +
           std::string(bytes, 'x') + R"("}}}})";
  };
  call("UpdateItem", legacy(kMax - 4));
  EXPECT_EQ(error("UpdateItem", legacy(kMax - 3)), too_large);
}

}  // namespace
}  // namespace millrace::dynamodb::operation
