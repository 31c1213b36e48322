// Query and Scan.
#include "dynamodb/operation/operation_fixture.h"

namespace millrace::dynamodb::operation {
namespace {

class PageTest : public OperationFixture {
 protected:
  PageTest() {
    create_plain("numbers", "N");
    create_plain("bare");
    create_indexed();
  }
  void put_numbers(const std::string& pk, int count, const std::string& rest = "") {
    for (int i = 0; i < count; ++i) {
      call("PutItem", R"({"TableName":"numbers","Item":{"pk":{"S":")" + pk + R"("},"sk":{"N":")" +
                          std::to_string(i) + R"("},"even":{"BOOL":)" +
                          (i % 2 == 0 ? "true" : "false") + "}" + rest + "}}");
    }
  }
  static std::string query_body(const std::string& condition, const std::string& values,
                                const std::string& rest = "") {
    return R"({"TableName":"numbers","KeyConditionExpression":")" + condition +
           R"(","ExpressionAttributeValues":{":p":{"S":"p"})" + values + "}" + rest + "}";
  }
  std::vector<int> query(const std::string& condition, const std::string& values,
                         const std::string& rest = "") {
    return numbers(call("Query", query_body(condition, values, rest)));
  }
  static std::vector<int> numbers(const nlohmann::json& page) {
    std::vector<int> found;
    for (const auto& item : page["Items"]) {
      found.push_back(std::stoi(item["sk"]["N"].get<std::string>()));
    }
    return found;
  }
};

using Numbers = std::vector<int>;

TEST_F(PageTest, SortKeyConditions) {
  put_numbers("p", 12);
  put_numbers("other", 3);
  EXPECT_EQ(query("pk = :p AND sk = :a", R"(,":a":{"N":"3.0"})"), Numbers({3}));
  EXPECT_EQ(query("pk = :p AND sk < :a", R"(,":a":{"N":"2"})"), Numbers({0, 1}));
  EXPECT_EQ(query("pk = :p AND sk <= :a", R"(,":a":{"N":"2"})"), Numbers({0, 1, 2}));
  EXPECT_EQ(query("pk = :p AND sk > :a", R"(,":a":{"N":"9"})"), Numbers({10, 11}));
  EXPECT_EQ(query(":a <= sk AND pk = :p", R"(,":a":{"N":"9"})"), Numbers({9, 10, 11}));
  EXPECT_EQ(query("pk = :p AND sk BETWEEN :a AND :b", R"(,":a":{"N":"8"},":b":{"N":"10"})"),
            Numbers({8, 9, 10}));
  EXPECT_EQ(query("pk = :p AND sk >= :a", R"(,":a":{"N":"9"})", R"(,"ScanIndexForward":false)"),
            Numbers({11, 10, 9}));
}

TEST_F(PageTest, FiltersComeAfterTheLimit) {
  put_numbers("p", 6);
  auto page = call("Query", query_body("pk = :p", R"(,":t":{"BOOL":true})",
                                       R"(,"FilterExpression":"even = :t","Limit":3)"));
  EXPECT_EQ(numbers(page), Numbers({0, 2}));
  EXPECT_EQ(page["Count"], 2);
  EXPECT_EQ(page["ScannedCount"], 3);
  EXPECT_EQ(page["LastEvaluatedKey"], parsed(R"({"pk":{"S":"p"},"sk":{"N":"2"}})"));
  auto rest = call("Query", query_body("pk = :p", R"(,":t":{"BOOL":true})",
                                       R"(,"FilterExpression":"even = :t","ExclusiveStartKey":)" +
                                           page["LastEvaluatedKey"].dump()));
  EXPECT_EQ(numbers(rest), Numbers({4}));
  EXPECT_FALSE(rest.contains("LastEvaluatedKey"));
}

TEST_F(PageTest, CountsWithoutItems) {
  put_numbers("p", 3);
  EXPECT_EQ(call("Query", query_body("pk = :p", "", R"(,"Select":"COUNT")")),
            parsed(R"({"Count":3,"ScannedCount":3})"));
  EXPECT_EQ(call("Query", query_body("pk = :p AND sk > :a", R"(,":a":{"N":"5"})")),
            parsed(R"({"Items":[],"Count":0,"ScannedCount":0})"));
}

TEST_F(PageTest, PagesEndAtTheirSize) {
  register_with({*catalog_, *items_, clock_, 250});
  put_numbers("p", 5, R"(,"x":{"S":")" + std::string(100, 'x') + R"("})");
  auto page = call("Query", query_body("pk = :p", ""));
  EXPECT_EQ(page["Count"], 3);  // the item that reaches the size is in the page
  EXPECT_EQ(page["LastEvaluatedKey"]["sk"], parsed(R"({"N":"2"})"));
}

TEST_F(PageTest, SegmentsPartitionATable) {
  for (int i = 0; i < 40; ++i) {
    call("PutItem", R"({"TableName":"bare","Item":{"pk":{"S":"k)" + std::to_string(i) + R"("}}})");
  }
  std::set<std::string> seen;
  int total = 0;
  for (int segment = 0; segment < 4; ++segment) {
    std::string start;
    while (true) {
      auto page = call("Scan", R"({"TableName":"bare","TotalSegments":4,"Limit":3,"Segment":)" +
                                   std::to_string(segment) + start + "}");
      for (const auto& item : page["Items"]) seen.insert(item["pk"]["S"].get<std::string>());
      total += page["Count"].get<int>();
      if (!page.contains("LastEvaluatedKey")) break;
      start = R"(,"ExclusiveStartKey":)" + page["LastEvaluatedKey"].dump();
    }
  }
  EXPECT_EQ(total, 40);
  EXPECT_EQ(seen.size(), 40u);
}

TEST_F(PageTest, IndexesShowWhatTheyProject) {
  call("PutItem", R"({"TableName":"indexed","Item":{"pk":{"S":"a"},"sk":{"S":"1"},
      "lsi1sk":{"S":"x"},"lsi2sk":{"S":"y"},"data":{"S":"d"},"more":{"S":"m"}}})");
  auto query_index = [&](const std::string& index, const std::string& key, const std::string& value,
                         const std::string& rest = "") {
    return call("Query", R"({"TableName":"indexed","IndexName":")" + index +
                             R"(","KeyConditionExpression":")" + key +
                             R"( = :v","ExpressionAttributeValues":{":v":{"S":")" + value +
                             R"("}})" + rest + "}")["Items"];
  };
  EXPECT_EQ(query_index("gsi2", "lsi1sk", "x"), parsed(R"([{"pk":{"S":"a"},"sk":{"S":"1"},
      "lsi1sk":{"S":"x"},"lsi2sk":{"S":"y"},"data":{"S":"d"}}])"));
  EXPECT_EQ(query_index("lsi2", "pk", "a"), parsed(R"([{"pk":{"S":"a"},"sk":{"S":"1"},
      "lsi1sk":{"S":"x"},"lsi2sk":{"S":"y"}}])"));
  // A local index fetches what it lacks from the table.
  EXPECT_EQ(query_index("lsi2", "pk", "a", R"(,"ProjectionExpression":"more")"),
            parsed(R"([{"more":{"S":"m"}}])"));
  EXPECT_EQ(query_index("lsi2", "pk", "a", R"(,"Select":"ALL_ATTRIBUTES")")[0].size(), 6u);
}

TEST_F(PageTest, AnIndexKeyContinuesAfterItself) {
  for (int i = 0; i < 5; ++i) {
    call("PutItem", R"({"TableName":"indexed","Item":{"pk":{"S":"a"},"sk":{"S":")" +
                        std::to_string(i) + R"("},"lsi1sk":{"S":"same"}}})");
  }
  int items = 0, pages = 0;
  std::string start;
  while (true) {
    auto page = call("Query", R"({"TableName":"indexed","IndexName":"gsi1","Limit":2,
        "KeyConditionExpression":"lsi1sk = :v","ExpressionAttributeValues":{":v":{"S":"same"}})" +
                                  start + "}");
    items += page["Count"].get<int>();
    ++pages;
    if (!page.contains("LastEvaluatedKey")) break;
    EXPECT_EQ(page["LastEvaluatedKey"].size(), 3u);
    start = R"(,"ExclusiveStartKey":)" + page["LastEvaluatedKey"].dump();
  }
  EXPECT_EQ(items, 5);
  EXPECT_EQ(pages, 3);
}

TEST_F(PageTest, CapacityIsChargedBeforeTheFilter) {
  put_numbers("p", 3, R"(,"x":{"S":")" + std::string(3000, 'x') + R"("})");
  auto page = call("Query", query_body("pk = :p", R"(,":n":{"S":"n"})",
                                       R"(,"FilterExpression":"x = :n",
                                          "ReturnConsumedCapacity":"TOTAL")"));
  EXPECT_EQ(page["Count"], 0);
  EXPECT_EQ(page["ConsumedCapacity"]["CapacityUnits"], 1.5);
  call("PutItem", R"({"TableName":"indexed","Item":{"pk":{"S":"a"},"sk":{"S":"1"},
      "lsi1sk":{"S":"x"}}})");
  auto scan = call("Scan", R"({"TableName":"indexed","IndexName":"gsi1",
      "ReturnConsumedCapacity":"INDEXES"})");
  EXPECT_EQ(scan["ConsumedCapacity"], parsed(R"({"TableName":"indexed","CapacityUnits":0.5,
      "Table":{"CapacityUnits":0.0},"GlobalSecondaryIndexes":{"gsi1":{"CapacityUnits":0.5}}})"));
}

struct Case {
  const char* operation;
  const char* body;
  const char* text;
};

TEST_F(PageTest, ErrorsThatNeedNoTable) {
  const Case cases[] = {
      {"Query", R"({"TableName":"no"})",
       "Either the KeyConditions or KeyConditionExpression parameter must be specified in the "
       "request."},
      {"Query", R"({"TableName":"no","Limit":0})",
       "1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member must "
       "have "
       "value greater than or equal to 1"},
      {"Scan", R"({"TableName":"no","Limit":0})",
       "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member "
       "must "
       "have value greater than or equal to 1"},
      {"Query", R"({"TableName":"no","Select":"X"})",
       "1 validation error detected: Value 'X' at 'select' failed to satisfy constraint: Member "
       "must "
       "satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, "
       "ALL_PROJECTED_ATTRIBUTES]"},
      {"Query", R"({"TableName":"no","ConditionalOperator":"XOR","Select":"X"})",
       "Failed to satisfy constraint: Member must satisfy enum value set: [ALL, OR]"},
      {"Query", R"({"TableName":"no","Select":"SPECIFIC_ATTRIBUTES"})",
       "1 validation error detected: Must specify the AttributesToGet or ProjectionExpression when "
       "choosing to get SPECIFIC_ATTRIBUTES"},
      {"Scan", R"({"TableName":"no","Select":"SPECIFIC_ATTRIBUTES"})",
       "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
       "SPECIFIC_ATTRIBUTES"},
      {"Scan", R"({"TableName":"no","Segment":1})",
       "The TotalSegments parameter is required but was not present in the request when Segment "
       "parameter is present"},
      {"Scan", R"({"TableName":"no","Segment":5,"TotalSegments":5})",
       "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
       "Segment: "
       "5 is not less than TotalSegments: 5"},
      {"Scan", R"({"TableName":"no","ExpressionAttributeValues":{":v":{"S":"a"}}})",
       "ExpressionAttributeValues can only be specified when using expressions: FilterExpression "
       "is "
       "null"},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(error(each.operation, each.body), "ValidationException: " + std::string(each.text))
        << each.body;
  }
}

TEST_F(PageTest, ErrorsOfQueries) {
  auto fails = [&](const std::string& condition, const std::string& values,
                   const std::string& rest = "") {
    return error("Query", query_body(condition, values, rest));
  };
  EXPECT_EQ(fails("sk = :p", ""),
            "ValidationException: Query condition missed key schema element: pk");
  EXPECT_EQ(fails("pk = :p AND sk = :a", R"(,":a":{"S":"x"})"),
            "ValidationException: One or more parameter values were invalid: Condition parameter "
            "type does not match schema type");
  EXPECT_EQ(fails("pk = :p", R"(,":a":{"N":"1"})", R"(,"FilterExpression":"sk = :a")"),
            "ValidationException: Filter Expression can only contain non-primary key attributes: "
            "Primary key attribute: sk");
  EXPECT_EQ(fails("pk = :p", "", R"(,"IndexName":"none")"),
            "ValidationException: The table does not have the specified index: none");
  EXPECT_EQ(error("Scan", R"({"TableName":"indexed","IndexName":"gsi1","ConsistentRead":true})"),
            "ValidationException: Consistent reads are not supported on global secondary indexes");
  EXPECT_EQ(
      error("Scan", R"({"TableName":"indexed","IndexName":"gsi2",
                              "Select":"ALL_ATTRIBUTES"})"),
      "ValidationException: One or more parameter values were invalid: Select type "
      "ALL_ATTRIBUTES is not supported for global secondary index gsi2 because its projection "
      "type is not ALL");
  EXPECT_EQ(
      error("Scan", R"({"TableName":"indexed","IndexName":"gsi2",
                              "ProjectionExpression":"a, pk, b"})"),
      "ValidationException: One or more parameter values were invalid: Global secondary index "
      "gsi2 does not project [a, b]");
}

TEST_F(PageTest, StartKeysMustFit) {
  auto start = [&](const std::string& key, const std::string& condition = "pk = :p",
                   const std::string& values = "") {
    return error("Query", query_body(condition, values, R"(,"ExclusiveStartKey":)" + key));
  };
  EXPECT_EQ(start(R"({"pk":{"S":"p"}})"),
            "ValidationException: The provided starting key is invalid");
  EXPECT_EQ(start(R"({"pk":{"S":"p"},"sk":{"S":"x"}})"),
            "ValidationException: The provided starting key is invalid: The provided key element "
            "does not match the schema");
  EXPECT_EQ(start(R"({"pk":{"S":"q"},"sk":{"N":"1"}})"),
            "ValidationException: The provided starting key is outside query boundaries based on "
            "provided conditions");
  EXPECT_EQ(
      start(R"({"pk":{"S":"p"},"sk":{"N":"1"}})", "pk = :p AND sk > :a", R"(,":a":{"N":"5"})"),
      "ValidationException: The provided starting key does not match the range key predicate");
  EXPECT_EQ(error("Scan", R"({"TableName":"bare","ExclusiveStartKey":{"x":{"S":"a"}}})"),
            "ValidationException: The provided starting key is invalid: The provided key element "
            "does not match the schema");
}

TEST_F(PageTest, WhatHasNoSortKeyCanNotBeRestarted) {
  auto start = [&](const std::string& key) {
    return error("Query", R"({"TableName":"bare","KeyConditionExpression":"pk = :p",
        "ExpressionAttributeValues":{":p":{"S":"p"}},"ExclusiveStartKey":{"pk":{"S":")" +
                              key + R"("}}})");
  };
  const std::string invalid = "ValidationException: The provided exclusive start key is invalid";
  EXPECT_EQ(start("p"), invalid + ": ExclusiveStartKey: {pk=AttributeValue: {S:p}}");
  EXPECT_EQ(start("q"), invalid);
}

TEST_F(PageTest, AConditionalOperatorJoinsTwoConditions) {
  EXPECT_EQ(error("Scan", R"({"TableName":"bare","ConditionalOperator":"OR"})"),
            "ValidationException: ConditionalOperator cannot be used without Filter or Expected");
  EXPECT_EQ(error("Query", R"({"TableName":"bare","ConditionalOperator":"OR","KeyConditions":
      {"pk":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"p"}]}},"QueryFilter":
      {"a":{"ComparisonOperator":"NULL"}}})"),
            "ValidationException: ConditionalOperator can only be used when Filter or Expected has "
            "two or more elements");
}

}  // namespace
}  // namespace millrace::dynamodb::operation
