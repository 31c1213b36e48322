// ExecuteStatement, BatchExecuteStatement and ExecuteTransaction.
#include <gmock/gmock.h>

#include "dynamodb/operation/operation_fixture.h"

namespace millrace::dynamodb::operation {
namespace {

using nlohmann::json;

class PartiqlTest : public OperationFixture {
 protected:
  PartiqlTest() {
    create_plain("plain");
    create_plain("sorted", "N");
  }

  static std::string request(const std::string& statement, const json& more = json::object()) {
    json body = more;
    body["Statement"] = statement;
    return body.dump();
  }
  static std::string list_request(const std::string& list, const std::vector<json>& statements,
                                  const json& more = json::object()) {
    json body = more;
    body[list] = json::array();
    for (const json& statement : statements) {
      body[list].push_back(statement.is_string() ? json{{"Statement", statement}} : statement);
    }
    return body.dump();
  }
  json run(const std::string& statement, const json& more = json::object()) {
    return call("ExecuteStatement", request(statement, more));
  }
  std::string failure(const std::string& statement, const json& more = json::object()) {
    return error("ExecuteStatement", request(statement, more));
  }
  json batch(const std::vector<json>& statements, const json& more = json::object()) {
    return call("BatchExecuteStatement", list_request("Statements", statements, more));
  }
  json transaction(const std::vector<json>& statements, const json& more = json::object()) {
    return call("ExecuteTransaction", list_request("TransactStatements", statements, more));
  }
  std::string transaction_failure(const std::vector<json>& statements) {
    return error("ExecuteTransaction", list_request("TransactStatements", statements));
  }
  // The sort keys of the items, in order: "1 2 3 ".
  static std::string sort_keys(const json& answer) {
    std::string text;
    for (const auto& item : answer["Items"]) text += item["sk"]["N"].get<std::string>() + ' ';
    return text;
  }
  void fill_sorted() {
    for (const char* pk : {"a", "b"}) {
      for (int sk = 1; sk <= 4; ++sk) {
        run("INSERT INTO sorted VALUE {'pk': ?, 'sk': " + std::to_string(sk) +
                ", 'even': " + (sk % 2 == 0 ? "true" : "false") + "}",
            {{"Parameters", {{{"S", pk}}}}});
      }
    }
  }
};

TEST_F(PartiqlTest, InsertAndSelect) {
  EXPECT_EQ(run("INSERT INTO plain VALUE {'pk': 'a', 'm': {'n': [1, 'x']}, 's': <<'y'>>}"),
            parsed(R"({"Items":[]})"));
  EXPECT_EQ(run("SELECT * FROM plain WHERE pk = 'a'"),
            parsed(R"({"Items":[{"pk":{"S":"a"},"m":{"M":{"n":{"L":[{"N":"1"},{"S":"x"}]}}},
                       "s":{"SS":["y"]}}]})"));
  EXPECT_EQ(run("SELECT pk, m.n, m.n[1], gone FROM plain WHERE pk = 'a'"),
            parsed(R"({"Items":[{"pk":{"S":"a"},"n":{"L":[{"N":"1"},{"S":"x"}]},
                       "n[1]":{"S":"x"}}]})"));
  EXPECT_EQ(failure("INSERT INTO plain VALUE {'pk': 'a'}"),
            "DuplicateItemException: Duplicate primary key exists in table");
  EXPECT_EQ(failure("INSERT INTO plain VALUE {'x': 'a'}"),
            "ValidationException: One or more parameter values were invalid: Missing the key pk in "
            "the item");
  EXPECT_EQ(failure("SELECT * FROM nowhere"),
            "ResourceNotFoundException: Requested resource not found");
}

TEST_F(PartiqlTest, SelectReadsWhatTheConditionLeaves) {
  fill_sorted();
  EXPECT_EQ(sort_keys(run("SELECT * FROM sorted WHERE pk = 'a' AND sk BETWEEN 2 AND 3")), "2 3 ");
  EXPECT_EQ(sort_keys(run("SELECT sk FROM sorted WHERE pk = 'a' AND sk < 4 AND even = true")),
            "2 ");
  EXPECT_EQ(sort_keys(run("SELECT * FROM sorted WHERE pk = 'a' ORDER BY sk DESC")), "4 3 2 1 ");
  EXPECT_EQ(sort_keys(run("SELECT * FROM sorted WHERE pk IN ['b', 'a'] AND sk > 3")), "4 4 ");
  EXPECT_EQ(sort_keys(run("SELECT * FROM sorted WHERE pk = 'a' AND sk = 1 OR pk = 'b' AND sk = 2")),
            "1 2 ");
  EXPECT_EQ(run("SELECT * FROM sorted WHERE even = true")["Items"].size(), 4u);
  EXPECT_EQ(run("SELECT * FROM sorted")["Items"].size(), 8u);
  auto capacity = run("SELECT * FROM sorted WHERE pk = 'a'",
                      {{"ReturnConsumedCapacity", "TOTAL"}, {"ConsistentRead", true}});
  EXPECT_EQ(capacity["ConsumedCapacity"], parsed(R"({"TableName":"sorted","CapacityUnits":1.0})"));
}

TEST_F(PartiqlTest, PagesMeetAtTheirTokens) {
  fill_sorted();
  for (const char* statement :
       {"SELECT * FROM sorted", "SELECT * FROM sorted WHERE pk IN ['a', 'b'] AND sk < 4",
        "SELECT * FROM sorted WHERE pk = 'a' AND even = true ORDER BY sk DESC"}) {
    const json whole = run(statement)["Items"];
    ASSERT_GT(whole.size(), 1u);
    for (int limit = 1; limit <= 5; ++limit) {
      json pieces = json::array();
      json more = {{"Limit", limit}};
      int pages = 0;
      while (true) {
        const json page = run(statement, more);
        EXPECT_LE(page["Items"].size(), static_cast<size_t>(limit));
        for (const json& item : page["Items"]) pieces.push_back(item);
        EXPECT_EQ(page.contains("NextToken"), page.contains("LastEvaluatedKey"));
        if (!page.contains("NextToken") || ++pages > 20) break;
        more["NextToken"] = page["NextToken"];
      }
      EXPECT_EQ(pieces, whole) << statement << ' ' << limit;
    }
  }
}

TEST_F(PartiqlTest, TokensBelongToTheirStatement) {
  fill_sorted();
  const std::string statement = "SELECT * FROM sorted WHERE pk = ?";
  json more = {{"Limit", 1}, {"Parameters", {{{"S", "a"}}}}};
  more["NextToken"] = run(statement, more)["NextToken"];
  EXPECT_EQ(sort_keys(run(statement, more)), "2 ");
  json other = more;
  other["Parameters"] = {{{"S", "b"}}};
  EXPECT_EQ(failure(statement, other), "ValidationException: NextToken does not match request");
  EXPECT_EQ(failure("SELECT * FROM sorted", {{"NextToken", "AAAA"}}),
            "ValidationException: Invalid NextToken");
  EXPECT_EQ(failure("DELETE FROM plain WHERE pk = 'a'", {{"NextToken", "AAAA"}}),
            "ValidationException: NextToken is only valid on a SELECT statement");
  EXPECT_EQ(failure("SELECT * FROM sorted", {{"Limit", 0}}),
            "ValidationException: 1 validation error detected: Value '0' at 'limit' failed to "
            "satisfy constraint: Member must have value greater than or equal to 1");
}

TEST_F(PartiqlTest, Update) {
  run("INSERT INTO plain VALUE {'pk': 'a', 'n': 1, 'l': [1], 'm': {'x': 1}, 's': <<1>>, 'r': 2}");
  const std::string where = " WHERE pk = 'a'";
  EXPECT_EQ(run("UPDATE plain SET n = n + 2, l = list_append(l, ['y']) SET m.x = 'z' "
                "SET s = set_add(s, <<2>>) REMOVE r" +
                where),
            parsed(R"({"Items":[]})"));
  EXPECT_EQ(run("SELECT * FROM plain" + where)["Items"][0],
            parsed(R"({"pk":{"S":"a"},"n":{"N":"3"},"l":{"L":[{"N":"1"},{"S":"y"}]},
                       "m":{"M":{"x":{"S":"z"}}},"s":{"NS":["1","2"]}})"));
  EXPECT_EQ(run("UPDATE plain SET n = n - 1" + where + " AND n = 3 RETURNING MODIFIED OLD *"),
            parsed(R"({"Items":[{"n":{"N":"3"}}]})"));
  EXPECT_EQ(run("UPDATE plain SET m.x = 1" + where + " RETURNING MODIFIED NEW *"),
            parsed(R"({"Items":[{"m":{"M":{"x":{"N":"1"}}}}]})"));
  EXPECT_EQ(
      run("UPDATE plain SET s = set_delete(s, <<1>>) REMOVE l, m" + where + " RETURNING ALL NEW *"),
      parsed(R"({"Items":[{"pk":{"S":"a"},"n":{"N":"2"},"s":{"NS":["2"]}}]})"));
  EXPECT_EQ(run("FROM plain" + where + " SET n = 9 RETURNING ALL OLD *"),
            parsed(R"({"Items":[{"pk":{"S":"a"},"n":{"N":"2"},"s":{"NS":["2"]}}]})"));
}

TEST_F(PartiqlTest, WritesThatFail) {
  run("INSERT INTO plain VALUE {'pk': 'a', 'n': 1}");
  const std::string failed = "ConditionalCheckFailedException: The conditional request failed";
  EXPECT_EQ(failure("UPDATE plain SET n = 1 WHERE pk = 'gone'"), failed);
  EXPECT_EQ(failure("UPDATE plain SET n = 1 WHERE pk = 'a' AND n > 1"), failed);
  EXPECT_EQ(failure("DELETE FROM plain WHERE pk = 'a' AND n IS MISSING"), failed);
  auto output =
      try_call("ExecuteStatement", request("DELETE FROM plain WHERE pk = 'a' AND n = 2",
                                           {{"ReturnValuesOnConditionCheckFailure", "ALL_OLD"}}));
  ASSERT_FALSE(output);
  ASSERT_EQ(output.error().members.size(), 1u);
  EXPECT_EQ(parsed(output.error().members[0].second), parsed(R"({"pk":{"S":"a"},"n":{"N":"1"}})"));
  const std::string key_missing =
      "ValidationException: Where clause does not contain a mandatory equality on all key "
      "attributes";
  EXPECT_EQ(failure("UPDATE plain SET n = 1"), key_missing);
  EXPECT_EQ(failure("DELETE FROM sorted WHERE pk = 'a' AND sk > 1"), key_missing);
  EXPECT_EQ(failure("UPDATE plain SET pk = 'b' WHERE pk = 'a'"),
            "ValidationException: One or more parameter values were invalid: Cannot update "
            "attribute pk. This attribute is part of the key");
  EXPECT_EQ(failure("DELETE FROM plain WHERE pk = 5"),
            "ValidationException: The provided key element does not match the schema");
}

TEST_F(PartiqlTest, Delete) {
  run("INSERT INTO plain VALUE {'pk': 'a', 'n': 1}");
  const std::string statement = "DELETE FROM plain WHERE pk = 'a' AND n = 1 RETURNING ALL OLD *";
  EXPECT_EQ(run(statement), parsed(R"({"Items":[{"pk":{"S":"a"},"n":{"N":"1"}}]})"));
  EXPECT_EQ(run(statement), parsed(R"({"Items":[]})"));
  EXPECT_EQ(run("SELECT * FROM plain")["Items"].size(), 0u);
}

TEST_F(PartiqlTest, Indexes) {
  create_indexed();
  run("INSERT INTO indexed VALUE {'pk': 'a', 'sk': '1', 'lsi1sk': 'x', 'lsi2sk': 'y', 'data': 'd', "
      "'more': 'm'}");
  const json whole = run("SELECT * FROM indexed")["Items"];
  EXPECT_EQ(run("SELECT * FROM indexed.gsi1 WHERE lsi1sk = 'x'")["Items"], whole);
  EXPECT_EQ(
      run("SELECT data FROM \"indexed\".\"gsi2\" WHERE lsi1sk = 'x' AND lsi2sk = 'y'")["Items"],
      parsed(R"([{"data":{"S":"d"}}])"));
  // A local index reaches back to the table.
  EXPECT_EQ(run("SELECT more FROM indexed.lsi2 WHERE pk = 'a' AND data = 'd'")["Items"],
            parsed(R"([{"more":{"S":"m"}}])"));
  EXPECT_FALSE(run("SELECT * FROM indexed.lsi2 WHERE pk = 'a'")["Items"][0].contains("more"));
  EXPECT_EQ(failure("SELECT more, data FROM indexed.gsi2 WHERE lsi1sk = 'x'"),
            "ValidationException: One or more parameter values were invalid: Global secondary "
            "index gsi2 does not project [more]");
  EXPECT_EQ(failure("SELECT data FROM indexed.gsi2 WHERE lsi1sk = 'x' AND more = 'm'"),
            "ValidationException: One or more parameter values were invalid: Secondary index gsi2 "
            "does not project one or more filter attributes: [more]");
  EXPECT_EQ(failure("SELECT * FROM indexed.gone"),
            "ValidationException: The table does not have the specified index");
  EXPECT_EQ(failure("SELECT * FROM indexed.gsi1", {{"ConsistentRead", true}}),
            "ValidationException: Strongly consistent read is not supported on Global Secondary "
            "Indexes");
}

TEST_F(PartiqlTest, BatchReads) {
  fill_sorted();
  auto answer = batch(
      {"SELECT sk FROM sorted WHERE pk = 'a' AND sk = 1",
       "SELECT * FROM sorted WHERE pk = 'a' AND sk = 9", "SELECT * FROM sorted WHERE pk = 'a'",
       "SELECT * FROM nowhere WHERE pk = 'a'", "SELECT"},
      {{"ReturnConsumedCapacity", "TOTAL"}});
  const json& responses = answer["Responses"];
  ASSERT_EQ(responses.size(), 5u);
  EXPECT_EQ(responses[0], parsed(R"({"Item":{"sk":{"N":"1"}},"TableName":"sorted"})"));
  EXPECT_EQ(responses[1], parsed(R"({"TableName":"sorted"})"));
  EXPECT_EQ(
      responses[2],
      parsed(R"({"Error":{"Code":"ValidationError","Message":"Select statements within )"
             R"(BatchExecuteStatement must specify the primary key in the where clause."}})"));
  EXPECT_EQ(responses[3], parsed(R"({"Error":{"Code":"ResourceNotFound",
                                     "Message":"Requested resource not found"}})"));
  EXPECT_EQ(responses[4]["Error"]["Code"], "ValidationError");
  EXPECT_EQ(answer["ConsumedCapacity"], parsed(R"([{"TableName":"sorted","CapacityUnits":1.0}])"));
}

TEST_F(PartiqlTest, BatchWritesEachForItself) {
  run("INSERT INTO plain VALUE {'pk': 'a', 'n': 1}");
  auto responses =
      batch({"INSERT INTO plain VALUE {'pk': 'b'}", "INSERT INTO plain VALUE {'pk': 'a'}",
             json{{"Statement", "UPDATE plain SET n = 2 WHERE pk = ?"},
                  {"Parameters", {{{"S", "gone"}}}}}})["Responses"];
  EXPECT_EQ(responses[0], parsed(R"({"TableName":"plain"})"));
  EXPECT_EQ(responses[1], parsed(R"({"TableName":"plain","Error":{"Code":"DuplicateItem",
                                     "Message":"Duplicate primary key exists in table"}})"));
  EXPECT_EQ(responses[2]["Error"]["Code"], "ConditionalCheckFailed");
  EXPECT_EQ(batch({"DELETE FROM plain WHERE pk = 'a' RETURNING ALL OLD *"})["Responses"][0],
            parsed(R"({"TableName":"plain","Item":{"pk":{"S":"a"},"n":{"N":"1"}}})"));
  EXPECT_EQ(run("SELECT * FROM plain")["Items"], parsed(R"([{"pk":{"S":"b"}}])"));
}

TEST_F(PartiqlTest, BatchesThatAreRefused) {
  auto refused = [&](const std::vector<json>& statements) {
    return error("BatchExecuteStatement", list_request("Statements", statements));
  };
  EXPECT_EQ(refused({"DELETE FROM plain WHERE pk = 'a'", "SELECT * FROM plain WHERE pk = 'b'"}),
            "ValidationException: Read and write requests together in the same batch is not "
            "supported.");
  EXPECT_EQ(refused({"DELETE FROM plain WHERE pk = 'a'", "DELETE FROM plain WHERE pk = 'a'"}),
            "ValidationException: Provided list of item keys contains duplicates");
  EXPECT_EQ(refused({}),
            "ValidationException: 1 validation error detected: Value '[]' at 'statements' failed "
            "to satisfy constraint: Member must have length greater than or equal to 1");
  EXPECT_THAT(refused(std::vector<json>(26, "SELECT * FROM plain WHERE pk = 'a'")),
              testing::HasSubstr("Member must have length less than or equal to 25"));
}

TEST_F(PartiqlTest, TransactionWritesAllOrNothing) {
  run("INSERT INTO plain VALUE {'pk': 'a', 'n': 1}");
  EXPECT_EQ(transaction({"INSERT INTO plain VALUE {'pk': 'b'}",
                         "UPDATE plain SET n = 2 WHERE pk = 'a' AND n = 1",
                         "INSERT INTO sorted VALUE {'pk': 'c', 'sk': 1}"}),
            parsed(R"({"Responses":[]})"));
  EXPECT_EQ(transaction({"EXISTS(SELECT * FROM plain WHERE (pk = 'a') AND n = 2)",
                         "DELETE FROM plain WHERE pk = 'b'"}),
            parsed(R"({"Responses":[]})"));
  EXPECT_EQ(run("SELECT * FROM plain")["Items"], parsed(R"([{"pk":{"S":"a"},"n":{"N":"2"}}])"));

  auto output = try_call(
      "ExecuteTransaction",
      list_request(
          "TransactStatements",
          {"INSERT INTO plain VALUE {'pk': 'a'}", "INSERT INTO plain VALUE {'pk': 'd'}",
           json{{"Statement", "EXISTS(SELECT * FROM plain WHERE pk = 'b' AND n IS MISSING)"}},
           json{{"Statement", "DELETE FROM sorted WHERE pk = 'c' AND sk = 1 AND n = 1"},
                {"ReturnValuesOnConditionCheckFailure", "ALL_OLD"}}}));
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().type, "TransactionCanceledException");
  EXPECT_EQ(output.error().message,
            "Transaction cancelled, please refer cancellation reasons for specific reasons "
            "[DuplicateItem, None, ConditionalCheckFailed, ConditionalCheckFailed]");
  auto reasons = parsed(output.error().members[0].second);
  EXPECT_EQ(reasons[0]["Message"], "Duplicate primary key exists in table");
  EXPECT_EQ(reasons[3]["Item"], parsed(R"({"pk":{"S":"c"},"sk":{"N":"1"}})"));
  EXPECT_EQ(run("SELECT * FROM plain WHERE pk = 'd'")["Items"].size(), 0u);
}

TEST_F(PartiqlTest, TransactionReads) {
  run("INSERT INTO plain VALUE {'pk': 'a', 'n': 1}");
  EXPECT_EQ(transaction({"SELECT n FROM plain WHERE pk = 'a'", "SELECT * FROM plain WHERE pk = 'b'",
                         "SELECT * FROM sorted WHERE pk = 'a' AND sk = 1"}),
            parsed(R"({"Responses":[{"Item":{"n":{"N":"1"}}},{},{}]})"));
}

TEST_F(PartiqlTest, TransactionsThatAreRefused) {
  const std::string at = "ValidationException: Validation failed in TransactStatements[0]: ";
  EXPECT_EQ(transaction_failure({"SELECT * FROM sorted WHERE pk = 'a'"}),
            at + "Select statements within ExecuteTransaction must specify the primary key in the "
                 "where clause.");
  EXPECT_EQ(transaction_failure({"SELECT * FROM plain.i WHERE pk = 'a'"}),
            at + "Reads on indices are not supported within transactions.");
  EXPECT_EQ(transaction_failure({"DELETE FROM plain WHERE pk = 'a' RETURNING ALL OLD *"}),
            at + "RETURNING clause is not supported in ExecuteTransaction.");
  EXPECT_EQ(transaction_failure({"EXISTS(SELECT * FROM plain WHERE pk = 'a')"}),
            at + "EXISTS() must contain a single item read with additional condition");
  EXPECT_EQ(transaction_failure({"EXISTS(SELECT * FROM sorted WHERE pk = 'a' AND n = 1)"}),
            at + "EXISTS() must contain a single item read with additional condition");
  EXPECT_EQ(transaction_failure(
                {"SELECT * FROM plain WHERE pk = 'a'", "DELETE FROM plain WHERE pk = 'b'"}),
            "ValidationException: ExecuteTransaction API does not support both read and write "
            "operations in the same request.");
  EXPECT_EQ(
      transaction_failure(
          {"DELETE FROM plain WHERE pk = 'a'", "INSERT INTO plain VALUE {'pk':'a'}"}),
      "ValidationException: Transaction request cannot include multiple operations on one item");
  EXPECT_EQ(failure("EXISTS(SELECT * FROM plain WHERE pk = 'a' AND n = 1)"),
            "ValidationException: Statement wasn't well formed, can't be processed: Expected data "
            "manipulation");
}

TEST_F(PartiqlTest, TransactionTokens) {
  run("INSERT INTO plain VALUE {'pk': 'a', 'n': 1}");
  const json more = {{"ClientRequestToken", "token-1"}};
  const std::vector<json> statements = {"UPDATE plain SET n = n + 1 WHERE pk = 'a'"};
  transaction(statements, more);
  transaction(statements, more);
  EXPECT_EQ(run("SELECT n FROM plain")["Items"], parsed(R"([{"n":{"N":"2"}}])"));
  EXPECT_EQ(error("ExecuteTransaction",
                  list_request("TransactStatements", {"DELETE FROM plain WHERE pk = 'a'"}, more))
                .rfind("IdempotentParameterMismatchException", 0),
            0u);
}

}  // namespace
}  // namespace millrace::dynamodb::operation
