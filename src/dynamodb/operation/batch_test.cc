// BatchGetItem and BatchWriteItem.
#include "dynamodb/operation/operation_fixture.h"

namespace millrace::dynamodb::operation {
namespace {

class BatchTest : public OperationFixture {
 protected:
  BatchTest() {
    create_plain("plain");
    create_plain("other");
  }
  static std::string put(const std::string& pk, const std::string& rest = "") {
    return R"({"PutRequest":{"Item":{"pk":{"S":")" + pk + "\"}" + rest + "}}}";
  }
  static std::string erase(const std::string& pk) {
    return R"({"DeleteRequest":{"Key":{"pk":{"S":")" + pk + "\"}}}}";
  }
  static std::string keys(int count) {
    std::string list;
    for (int i = 0; i < count; ++i) {
      if (i > 0) list += ',';
      list += R"({"pk":{"S":"k)" + std::to_string(i) + "\"}}";
    }
    return list;
  }
};

TEST_F(BatchTest, WritesAndReadsSeveralTables) {
  EXPECT_EQ(call("BatchWriteItem", R"({"RequestItems":{"plain":[)" + put("a") + ',' + put("b") +
                                       R"(],"other":[)" + put("c") + "]}}"),
            parsed(R"({"UnprocessedItems":{}})"));
  call("BatchWriteItem",
       R"({"RequestItems":{"plain":[)" + erase("a") + ',' + erase("none") + "]}}");
  auto read = call("BatchGetItem", R"({"RequestItems":{"plain":{"Keys":[{"pk":{"S":"a"}},
      {"pk":{"S":"b"}}]},"other":{"Keys":[{"pk":{"S":"c"}}],"ConsistentRead":true}},
      "ReturnConsumedCapacity":"TOTAL"})");
  EXPECT_EQ(read["Responses"],
            parsed(R"({"plain":[{"pk":{"S":"b"}}],"other":[{"pk":{"S":"c"}}]})"));
  EXPECT_EQ(read["UnprocessedKeys"], parsed("{}"));
  EXPECT_EQ(read["ConsumedCapacity"], parsed(R"([{"TableName":"other","CapacityUnits":1.0},
                                                 {"TableName":"plain","CapacityUnits":1.0}])"));
}

TEST_F(BatchTest, KeysBeyondTheResponseSizeComeBack) {
  Dependencies small{*catalog_, *items_, clock_};
  small.batch_response_bytes = 100;
  register_with(small);
  std::string text = R"(,"x":{"S":")" + std::string(80, 'x') + R"("})";
  call("BatchWriteItem", R"({"RequestItems":{"plain":[)" + put("k0", text) + ',' + put("k1", text) +
                             ',' + put("k2", text) + "]}}");
  auto read = call("BatchGetItem", R"({"RequestItems":{"plain":{"Keys":[)" + keys(3) +
                                       R"(],"ProjectionExpression":"pk"}}})");
  EXPECT_EQ(read["Responses"]["plain"].size(), 2u);
  EXPECT_EQ(read["UnprocessedKeys"],
            parsed(R"({"plain":{"Keys":[{"pk":{"S":"k2"}}],"ProjectionExpression":"pk"}})"));
  // What came back can be sent as it is.
  auto rest = call("BatchGetItem", R"({"RequestItems":)" + read["UnprocessedKeys"].dump() + "}");
  EXPECT_EQ(rest["Responses"], parsed(R"({"plain":[{"pk":{"S":"k2"}}]})"));
}

TEST_F(BatchTest, ErrorsOfReads) {
  EXPECT_EQ(error("BatchGetItem", R"({"RequestItems":{}})"),
            "ValidationException: 1 validation error detected: Value at 'RequestItems' failed to "
            "satisfy constraint: Member must have length greater than or equal to 1");
  EXPECT_EQ(
      error("BatchGetItem", R"({"RequestItems":{"plain":{"Keys":[)" + keys(101) + "]}}}"),
      "ValidationException: 1 validation error detected: Value at "
      "'RequestItems.plain.member.Keys' failed to satisfy constraint: Member must have length "
      "less than or equal to 100");
  EXPECT_EQ(error("BatchGetItem", R"({"RequestItems":{"plain":{"Keys":[)" + keys(60) +
                                      R"(]},"other":{"Keys":[)" + keys(60) + "]}}}"),
            "ValidationException: Too many items requested for the BatchGetItem call");
  EXPECT_EQ(error("BatchGetItem",
                  R"({"RequestItems":{"plain":{"Keys":[{"pk":{"S":"a"}},{"pk":{"S":"a"}}]}}})"),
            "ValidationException: Provided list of item keys contains duplicates");
  EXPECT_EQ(error("BatchGetItem", R"({"RequestItems":{"none":{"Keys":[{"pk":{"S":"a"}}]}}})"),
            "ResourceNotFoundException: Requested resource not found");
  EXPECT_EQ(
      error("BatchGetItem", R"({"RequestItems":{"bad!name":{"Keys":[{"pk":{"S":"a"}}]}}})"),
      "ValidationException: 1 validation error detected: Value "
      "'{\"bad!name\":{\"Keys\":[{\"pk\":{\"S\":\"a\"}}]}}' at 'requestItems' failed to satisfy "
      "constraint: Map keys must satisfy constraint: [Member must have length less than or "
      "equal to 255, Member must have length greater than or equal to 3, Member must satisfy "
      "regular expression pattern: [a-zA-Z0-9_.-]+]");
}

TEST_F(BatchTest, ErrorsOfWritesChangeNothing) {
  auto fails = [&](const std::string& requests) {
    return error("BatchWriteItem", R"({"RequestItems":{"plain":[)" + requests + "]}}");
  };
  EXPECT_EQ(error("BatchWriteItem", R"({"RequestItems":{}})"),
            "ValidationException: The requestItems parameter is required for BatchWriteItem");
  EXPECT_EQ(
      fails(""),
      "ValidationException: 1 validation error detected: Value '{plain=[]}' at 'requestItems' "
      "failed to satisfy constraint: Map value must satisfy constraint: [Member must have "
      "length less than or equal to 25, Member must have length greater than or equal to 1]");
  EXPECT_EQ(fails(put("a") + ',' + erase("a")),
            "ValidationException: Provided list of item keys contains duplicates");
  EXPECT_EQ(fails(put("a") + R"(,{"PutRequest":{"Item":{"pk":{"N":"1"}}}})"),
            "ValidationException: The provided key element does not match the schema");
  EXPECT_EQ(
      fails(put("a") + ',' + put("b", R"(,"x":{"SS":["a","a"]})")),
      "ValidationException: One or more parameter values were invalid: Input collection [a, a] "
      "contains duplicates.");
  EXPECT_EQ(fails("{}"),
            "ValidationException: Supplied AttributeValue has more than one datatypes set, must "
            "contain exactly one of the supported datatypes");
  EXPECT_EQ(call("Scan", R"({"TableName":"plain"})")["Count"], 0);
}

}  // namespace
}  // namespace millrace::dynamodb::operation
