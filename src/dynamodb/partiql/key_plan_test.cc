#include "dynamodb/partiql/key_plan.h"

#include <gtest/gtest.h>

#include "dynamodb/partiql/statement_parser.h"

namespace millrace::dynamodb::partiql {
namespace {

const expression::KeySchema kSchema = {{{"pk", AttributeType::kString}},
                                       {{"sk", AttributeType::kNumber}}};

// How many ranges are read; or the error.
std::string ranges(const std::string& condition, const std::string& order = "") {
  auto statement = parse_statement("SELECT * FROM t WHERE " + condition + ' ' + order, {});
  if (!statement) return statement.error().message;
  auto planned = plan_ranges(statement->where.get(), kSchema);
  if (!planned) return planned.error().message;
  auto reverse = order_ranges(*planned, kSchema, *statement);
  if (!reverse) return reverse.error().message;
  std::string text = *reverse ? "backwards " : "";
  for (const auto& range : *planned) {
    text += range.partition.front().string();
    if (!range.sort.empty()) text += '*';
    text += ' ';
  }
  return text;
}

TEST(KeyPlan, Ranges) {
  EXPECT_EQ(ranges("pk = 'a'"), "a ");
  EXPECT_EQ(ranges("'a' = pk AND x = 1 AND sk > 3"), "a* ");
  EXPECT_EQ(ranges("pk IN ['a', 'b', 'a'] AND 3 > sk"), "a* b* ");
  EXPECT_EQ(ranges("pk = 'a' AND sk = 1 OR pk = 'b'"), "a* b ");
  EXPECT_EQ(ranges("pk = 'a' AND (sk < 1 OR sk > 2)"), "a ");
  EXPECT_EQ(ranges("pk = 'a' AND sk < 1 OR pk = 'a' AND sk BETWEEN 1 AND 3"), "a* a* ");
}

TEST(KeyPlan, WhatLeavesThePartitionOpenReadsAll) {
  for (const char* condition : {"x = 1", "pk > 'a'", "pk = 'a' OR x = 1", "NOT pk = 'a'",
                                "pk = other", "pk.a = 'a'", "sk = 1", "pk IN []"}) {
    EXPECT_EQ(ranges(condition), "") << condition;
  }
}

TEST(KeyPlan, Refused) {
  const std::string overlapping =
      "Overlapping conditions with range keys are not supported in where clause";
  EXPECT_EQ(ranges("pk = 'a' AND sk > 1 AND sk < 5"), overlapping);
  EXPECT_EQ(ranges("pk = 'a' AND sk < 5 OR pk = 'a' AND sk > 3"), overlapping);
  EXPECT_EQ(ranges("pk = 'a' AND sk <= 5 OR pk = 'a' AND sk = 5"), overlapping);
  EXPECT_EQ(ranges("pk = 5"),
            "One or more parameter values were invalid: Condition parameter type does not match "
            "schema type");
  std::string many = "pk IN ['v0'";
  for (int i = 1; i < 51; ++i) many += ", 'v" + std::to_string(i) + "'";
  EXPECT_EQ(ranges(many + "]"),
            "The IN operator is provided with too many operands; number of operands: 51");
}

TEST(KeyPlan, Order) {
  EXPECT_EQ(ranges("pk = 'a'", "ORDER BY sk DESC"), "backwards a ");
  EXPECT_EQ(ranges("pk IN ['b', 'c', 'a']", "ORDER BY pk"), "a b c ");
  EXPECT_EQ(ranges("pk IN ['b', 'c', 'a']", "ORDER BY pk DESC, sk ASC"), "c b a ");
  EXPECT_EQ(ranges("pk = 'a'", "ORDER BY x"),
            "Variable reference x in ORDER BY clause must be part of the primary key");
  EXPECT_EQ(ranges("x = 1", "ORDER BY sk"),
            "Must have at least one non-optional hash key condition in WHERE clause when using "
            "ORDER BY clause.");
  EXPECT_EQ(ranges("pk IN ['a', 'b']", "ORDER BY sk"),
            "ORDER BY must name the partition key first when several partition key values are "
            "read");
}

TEST(KeyPlan, FullKey) {
  auto key = [](const std::string& condition) {
    auto statement = parse_statement("DELETE FROM t WHERE " + condition, {});
    return statement ? full_key(statement->where.get(), kSchema) : std::nullopt;
  };
  const Item expected = {{"pk", AttributeValue(std::string("a"))},
                         {"sk", AttributeValue(Number::from_int(1))}};
  EXPECT_EQ(key("pk = 'a' AND sk = 1"), expected);
  EXPECT_EQ(key("x = 2 AND (1 = sk AND pk = 'a')"), expected);
  EXPECT_EQ(key("pk = 'a'"), std::nullopt);
  EXPECT_EQ(key("pk = 'a' AND sk > 1"), std::nullopt);
  EXPECT_EQ(key("pk = 'a' OR sk = 1"), std::nullopt);
  EXPECT_EQ(key("NOT (pk = 'a' AND sk = 1)"), std::nullopt);
}

TEST(KeyPlan, MoreThanTheKey) {
  auto more = [](const std::string& condition) {
    auto statement = parse_statement("DELETE FROM t WHERE " + condition, {});
    return statement && says_more_than_key(*statement->where, kSchema);
  };
  EXPECT_FALSE(more("pk = 'a' AND sk = 1"));
  EXPECT_TRUE(more("pk = 'a' AND sk = 1 AND x IS MISSING"));
  EXPECT_TRUE(more("(pk = 'a' AND sk = 1) AND x = 1"));
}

}  // namespace
}  // namespace millrace::dynamodb::partiql
