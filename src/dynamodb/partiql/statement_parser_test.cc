#include "dynamodb/partiql/statement_parser.h"

#include <gtest/gtest.h>

namespace millrace::dynamodb::partiql {
namespace {

Statement parsed(const std::string& text, const Parameters& parameters = {}) {
  auto statement = parse_statement(text, parameters);
  if (statement) return std::move(*statement);
  ADD_FAILURE() << text << ": " << statement.error().message;
  return {};
}

std::string error(const std::string& text, const Parameters& parameters = {}) {
  auto statement = parse_statement(text, parameters);
  return statement ? "parsed" : statement.error().message;
}

std::string syntax(const std::string& text) {
  const std::string prefix = "Statement wasn't well formed, can't be processed: ";
  std::string message = error(text);
  return message.rfind(prefix, 0) == 0 ? message.substr(prefix.size()) : "other: " + message;
}

AttributeValue number(int64_t value) {
  return AttributeValue(Number::from_int(value));
}
AttributeValue text(const char* value) {
  return AttributeValue(std::string(value));
}

bool holds(const std::string& condition, const Item& item, const Parameters& parameters = {}) {
  Statement statement = parsed("SELECT * FROM t WHERE " + condition, parameters);
  return statement.where != nullptr && expression::evaluate(*statement.where, item);
}

TEST(StatementParser, Select) {
  Statement statement = parsed("select a, m.n[2], \"b c\"  FROM \"t-1\".\"i\" -- all of it\n");
  EXPECT_EQ(statement.kind, StatementKind::kSelect);
  ASSERT_EQ(statement.columns.size(), 3u);
  EXPECT_EQ(statement.columns[1].text(), "[m, n, [2]]");
  EXPECT_EQ(statement.columns[2].text(), "[b c]");
  EXPECT_EQ(statement.source.table, "t-1");
  EXPECT_EQ(statement.source.index, "i");
  EXPECT_EQ(statement.where, nullptr);

  statement = parsed("SELECT * FROM t /* x */ WHERE pk = 'a' ORDER BY sk DESC, pk");
  EXPECT_TRUE(statement.columns.empty());
  ASSERT_EQ(statement.order.size(), 2u);
  EXPECT_TRUE(statement.order[0].descending);
  EXPECT_FALSE(statement.order[1].descending);
}

TEST(StatementParser, Conditions) {
  const Item item = {{"s", text("it's")},
                     {"n", number(5)},
                     {"null", AttributeValue(Null{})},
                     {"l", AttributeValue(AttributeList{number(1), text("x")})},
                     {"set", AttributeValue(AttributeValue::StringSet{"a", "b"})}};
  for (const char* condition : {"s = 'it''s'",
                                "5 <= n",
                                "n between 1 and 5",
                                "n IN [4, 5]",
                                "n IN (5)",
                                "n <> 4",
                                "n != 4",
                                "NOT n = 4",
                                "NOT gone = 4",
                                "gone IS MISSING",
                                "s IS NOT MISSING",
                                "\"null\" IS NULL",
                                "s IS NOT NULL",
                                "s IS STRING",
                                "begins_with(s, 'it')",
                                "contains(\"set\", 'a')",
                                "attribute_type(n, 'N')",
                                "size(l) = 2",
                                "SIZE(s) > 3",
                                "l[1] = 'x'",
                                "l = [1, 'x']",
                                "\"set\" = <<'b', 'a'>>",
                                "n = 5.0",
                                "n = 0.5e1",
                                "n > -1",
                                "n = 4 OR n = 5 AND s >= 'i'",
                                "(n = 4 OR n = 5) AND NOT (s = 'i')",
                                "n NOT IN [1, 2]",
                                "attribute_exists(s) AND attribute_not_exists(gone)"}) {
    EXPECT_TRUE(holds(condition, item)) << condition;
  }
  for (const char* condition :
       {"gone <> 4", "n = '5'", "s < 5", "\"null\" IS NOT NULL", "gone = 4", "n IN []",
        "n NOT BETWEEN 1 AND 5", "s IS NUMBER", "size(n) >= 0"}) {
    EXPECT_FALSE(holds(condition, item)) << condition;
  }
  EXPECT_TRUE(holds("n = ? AND s = ?", item, {number(5), text("it's")}));
  EXPECT_TRUE(holds("n IN ?", item, {AttributeValue(AttributeList{number(4), number(5)})}));
}

TEST(StatementParser, Insert) {
  Statement statement =
      parsed("INSERT INTO t VALUE {'a': 'x', 'b': [1, true, {'c': null}], 'd': <<1, 2>>, 'e': ?}",
             {AttributeValue(Binary{"bytes"})});
  EXPECT_EQ(statement.kind, StatementKind::kInsert);
  const Item expected = {
      {"a", text("x")},
      {"b",
       AttributeValue(AttributeList{number(1), AttributeValue(true),
                                    AttributeValue(AttributeMap{{"c", AttributeValue(Null{})}})})},
      {"d", AttributeValue(AttributeValue::NumberSet{Number::from_int(1), Number::from_int(2)})},
      {"e", AttributeValue(Binary{"bytes"})}};
  EXPECT_EQ(statement.item, expected);
  EXPECT_EQ(error("INSERT INTO t VALUE {'a': <<>>}"), "Empty bags are not supported");
  EXPECT_EQ(error("INSERT INTO t.i VALUE {'a': 1}"),
            "FROM clause may only contain a single table name");
  EXPECT_EQ(error("INSERT INTO t VALUE {'x': [0, 1e200]}"),
            Number::parse("1e200").error().message + " under root.x[1]");
}

TEST(StatementParser, Update) {
  Statement statement = parsed(
      "UPDATE t SET a = a + 1, l = list_append(l, [2]) SET \"s\" = set_add(\"s\", <<1>>) "
      "REMOVE b, m.c WHERE pk = 'x' RETURNING MODIFIED NEW *");
  EXPECT_EQ(statement.kind, StatementKind::kUpdate);
  EXPECT_EQ(statement.returning, Returning::kModifiedNew);
  ASSERT_EQ(statement.actions.size(), 5u);
  EXPECT_EQ(statement.actions[0].value->kind, expression::UpdateOperandKind::kPlus);
  EXPECT_EQ(statement.actions[1].value->kind, expression::UpdateOperandKind::kListAppend);
  EXPECT_EQ(statement.actions[2].section, expression::UpdateSection::kAdd);
  EXPECT_EQ(statement.actions[4].target.text(), "[m, c]");
  EXPECT_NE(statement.where, nullptr);

  statement = parsed("FROM t WHERE pk = 'x' SET a = if_not_exists(b, 1) REMOVE c");
  EXPECT_EQ(statement.kind, StatementKind::kUpdate);
  EXPECT_EQ(statement.actions.size(), 2u);
  EXPECT_NE(statement.where, nullptr);
}

TEST(StatementParser, UpdateErrors) {
  EXPECT_EQ(error("UPDATE t SET a = set_add(b, <<1>>) WHERE pk = 1"),
            "The first argument to SET_ADD must equal the assignment value at 1:26:1");
  EXPECT_EQ(error("UPDATE t SET a = set_add(a, 1) WHERE pk = 1"),
            "The second argument to SET_ADD must be a value with type SET at 1:26:1");
  EXPECT_EQ(error("UPDATE t SET a = set_delete(a) WHERE pk = 1"),
            "SET_DELETE must have exactly two arguments at 1:18:10");
  EXPECT_EQ(error("UPDATE t SET a = 1, a.b = 2 WHERE pk = 1").find("Invalid UpdateExpression: Two"),
            0u);
  EXPECT_EQ(error("UPDATE t.i SET a = 1 WHERE pk = 1"),
            "This operation is not supported on an index");
  EXPECT_EQ(error("DELETE FROM t WHERE pk = 1 RETURNING MODIFIED OLD *"),
            "Invalid returning clause: RETURNING MODIFIED OLD *. Only RETURNING ALL OLD * is "
            "allowed in DELETE statements.");
  EXPECT_EQ(parsed("DELETE FROM t WHERE pk = 1 RETURNING ALL OLD *").returning, Returning::kAllOld);
}

TEST(StatementParser, SyntaxErrors) {
  EXPECT_EQ(syntax("SELECTT * FROM t"), "Expected data manipulation");
  EXPECT_EQ(syntax(""), "Expected data manipulation");
  EXPECT_EQ(syntax("SELECT * FROM"), "Unexpected term");
  EXPECT_EQ(syntax("SELECT * FROM t WHERE"), "Unexpected term");
  EXPECT_EQ(syntax("SELECT * FROM t WHERE a = 1 AND"),
            "Missing right-hand side expression of infix operator");
  EXPECT_EQ(syntax("SELECT * FROM t WHERE a = 1 b"), "Unexpected token after expression");
  EXPECT_EQ(syntax("SELECT * FROM t WHERE a = 1)"), "Unexpected token after expression");
  EXPECT_EQ(syntax("SELECT * FROM t WHERE m.inner = 1"), "Invalid path dot component");
  EXPECT_EQ(syntax("DELETE FROM"), "Expected identifier for simple path");
  EXPECT_EQ(syntax("SELECT * FROM t WHERE a IS 5"), "Expected type name");
  EXPECT_EQ(syntax("SELECT * FROM t # comment"), "");
  EXPECT_EQ(syntax("SELECT * FROM t /* comment"), "");
  EXPECT_EQ(syntax("SELECT * FROM t WHERE a = 'b"), "");
  EXPECT_EQ(syntax("SELECT * FROM t WHERE a = 1e"), "");
}

TEST(StatementParser, Words) {
  EXPECT_EQ(parsed("SELECT key, data, user FROM table WHERE values = 1").columns.size(), 3u);
  EXPECT_EQ(syntax("SELECT all FROM t"), "Unexpected keyword");
  EXPECT_EQ(parsed("SELECT \"all\" FROM t").columns[0].text(), "[all]");
  EXPECT_EQ(syntax("SELECT * FROM t WHERE a = MISSING"), "Unexpected keyword");
  EXPECT_EQ(syntax("INSERT INTO t VALUE {'a': MISSING}"), "Unexpected keyword");
  const std::string mixed =
      "Bags must hold different values that are all strings, all numbers or all binary values";
  EXPECT_EQ(error("INSERT INTO t VALUE {'a': <<1, 'b'>>}"), mixed);
  EXPECT_EQ(error("INSERT INTO t VALUE {'a': <<1, 1.0>>}"), mixed);
}

TEST(StatementParser, OtherErrors) {
  EXPECT_EQ(error("SELECT * FROM t x"), "Aliasing is not supported");
  EXPECT_EQ(error("SELECT COUNT(*) FROM t"), "Unexpected path component at 1:8:5");
  EXPECT_EQ(error("SELECT * FROM a.b.c"),
            "A path may contain at most 2 components in the FROM clause");
  EXPECT_EQ(error("SELECT * FROM \"\""), "Path component cannot be an empty string");
  EXPECT_EQ(error("SELECT * FROM t WHERE a < true"),
            "Incorrect operand type for operator or function; operator or function: <, operand "
            "type: BOOL");
  EXPECT_EQ(error("SELECT * FROM t WHERE exists(a)"), "Unrecognized function: exists at 1:23:6");
  EXPECT_EQ(error("SELECT * FROM t WHERE a IS DECIMAL"), "Unsupported operation: IsType");
  EXPECT_EQ(error("SELECT * FROM t WHERE attribute_exists()"),
            "Incorrect number of operands for operator or function; operator or function: "
            "attribute_exists, number of operands: 0");
  EXPECT_EQ(error("SELECT * FROM t WHERE attribute_exists('a')"),
            "Operator or function requires a document path; operator or function: "
            "attribute_exists");
  const std::string mismatch = "Number of parameters in request and statement don't match.";
  EXPECT_EQ(error("SELECT * FROM t WHERE a = ?"), mismatch);
  EXPECT_EQ(error("SELECT * FROM t WHERE a = ?", {number(1), number(2)}), mismatch);
}

// What is nested too deep is refused instead of running out of stack.
TEST(StatementParser, NestingIsBounded) {
  std::string deep_condition = "SELECT * FROM t WHERE " + std::string(4000, '(');
  EXPECT_NE(error(deep_condition), "parsed");
  std::string negations = "SELECT * FROM t WHERE ";
  for (int i = 0; i < 2000; ++i) negations += "NOT ";
  EXPECT_NE(error(negations + "a = 1"), "parsed");
  EXPECT_EQ(error("INSERT INTO t VALUE {'a': " + std::string(4000, '[')).find("Nesting Levels"),
            0u);
}

// No prefix of a statement, and no statement with a character replaced, does harm.
TEST(StatementParser, BrokenStatements) {
  const std::string whole =
      "UPDATE \"t\" SET a[1].b = a + 1 SET c = list_append(c, [1, {'x': <<'y'>>}]) REMOVE d WHERE "
      "pk = 'it''s' AND (n BETWEEN 1 AND 2.5e3 OR NOT begins_with(s, 'x')) RETURNING ALL OLD *";
  EXPECT_EQ(error(whole), "parsed");
  size_t refused = 0;
  for (size_t i = 0; i < whole.size(); ++i) {
    refused += error(whole.substr(0, i)) != "parsed";
    for (const char c : {'(', '\'', '\0', '?', '<'}) {
      std::string changed = whole;
      changed[i] = c;
      refused += error(changed) != "parsed";
    }
  }
  EXPECT_GT(refused, whole.size());
}

}  // namespace
}  // namespace millrace::dynamodb::partiql
