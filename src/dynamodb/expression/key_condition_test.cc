#include "dynamodb/expression/key_condition.h"

#include <gtest/gtest.h>

#include "dynamodb/expression/testing.h"

namespace millrace::dynamodb::expression {
namespace {

using testing::substitutions;
using testing::to_json;

const KeySchema kHashOnly{{{"pk", AttributeType::kString}}, {}};
const KeySchema kComposite{{{"pk", AttributeType::kString}}, {{"sk", AttributeType::kNumber}}};
const KeySchema kText{{{"pk", AttributeType::kString}}, {{"sk", AttributeType::kString}}};
const KeySchema kMulti{
    {{"p", AttributeType::kString}, {"q", AttributeType::kNumber}},
    {{"a", AttributeType::kNumber}, {"b", AttributeType::kNumber}, {"c", AttributeType::kNumber}}};

// "pk=... | sk OP ..." or the error.
std::string resolved(std::string_view text, const KeySchema& schema) {
  static constexpr const char* kOperators[] = {"=", "<", "<=", ">", ">=", "BETWEEN", "begins_with"};
  Substitutions names = substitutions();
  const auto condition = parse_key_condition(text, names);
  if (!condition) return condition.error().message;
  const auto range = resolve_key_condition(*condition, schema);
  if (!range) return range.error().message;
  std::string out;
  for (const AttributeValue& value : range->partition) out += to_json(value) + " ";
  for (const KeyClause& clause : range->sort) {
    out += "| " + clause.attribute + " " + kOperators[static_cast<size_t>(clause.key_operator)] +
           " " + to_json(clause.value) + " ";
    if (clause.upper) out += to_json(*clause.upper) + " ";
  }
  out.pop_back();
  return out;
}

TEST(KeyConditionTest, FindsPartitionAndRange) {
  const std::string pk = R"({"S":"s"})";
  EXPECT_EQ(resolved("pk = :s", kHashOnly), pk);
  EXPECT_EQ(resolved(":s = pk", kComposite), pk);
  EXPECT_EQ(resolved("(pk = :s) AND (sk = :n1)", kComposite), pk + R"( | sk = {"N":"1"})");
  EXPECT_EQ(resolved("sk < :n1 AND pk = :s", kComposite), pk + R"( | sk < {"N":"1"})");
  EXPECT_EQ(resolved("pk = :s AND :n1 < sk", kComposite), pk + R"( | sk > {"N":"1"})");
  EXPECT_EQ(resolved("pk = :s AND :n1 >= sk", kComposite), pk + R"( | sk <= {"N":"1"})");
  EXPECT_EQ(resolved("pk = :s AND sk BETWEEN :n1 AND :n3", kComposite),
            pk + R"( | sk BETWEEN {"N":"1"} {"N":"3"})");
  EXPECT_EQ(resolved("pk = :s AND begins_with(sk, :ab)", kText),
            pk + R"( | sk begins_with {"S":"ab"})");
}

TEST(KeyConditionTest, KeysOfSeveralAttributes) {
  EXPECT_EQ(resolved("p = :s AND q = :n1 AND a = :n1 AND b > :n2", kMulti),
            R"({"S":"s"} {"N":"1"} | a = {"N":"1"} | b > {"N":"2"})");
  EXPECT_EQ(resolved("p = :s AND a = :n1", kMulti), "Query condition missed key schema element: q");
  EXPECT_EQ(resolved("p = :s AND q = :n1 AND a = :n1 AND c = :n1", kMulti),
            "RANGE key attributes b must have equality conditions specified in the query because a "
            "condition is present on key attribute c");
  EXPECT_EQ(resolved("p = :s AND q = :n1 AND a < :n1 AND b = :n1", kMulti),
            "RANGE key attributes a must have equality conditions specified in the query because a "
            "condition is present on key attribute b");
}

TEST(KeyConditionTest, StructureErrors) {
  const std::string condition = "Invalid condition in KeyConditionExpression: ";
  const std::string op = "Invalid operator used in KeyConditionExpression: ";
  const std::pair<std::string, std::string> cases[] = {
      {"pk = :s OR sk = :n1", op + "OR"},
      {"NOT pk = :s", op + "NOT"},
      {"pk IN (:s)", op + "IN"},
      {"pk <> :s", op + "<>"},
      {"pk = :s AND attribute_exists(sk)", op + "attribute_exists"},
      {"pk = :s AND contains(sk, :s)", op + "contains"},
      {"size(pk) = :n1", "KeyConditionExpressions cannot contain nested operations"},
      {"pk.x = :s", "KeyConditionExpressions cannot have conditions on nested attributes"},
      {"pk = sk", condition + "Multiple attribute names used in one condition"},
      {":s = :n1", condition + "No key attribute specified"},
      {"pk = :s AND :n1 BETWEEN sk AND :n2",
       condition + "BETWEEN operator must have the key attribute as its first operand"},
      {"pk = :s AND begins_with(:s, sk)",
       condition + "begins_with operator must have the key attribute as its first operand"},
      {"pk = :s AND pk = :ab", "KeyConditionExpressions must only contain one condition per key"},
      {"pk = :s AND sk < :t",
       "Incorrect operand type for operator or function; operator or function: <, operand type: "
       "BOOL"},
      {"pk = :s AND begins_with(sk, :n1)",
       "Incorrect operand type for operator or function; operator or function: begins_with, "
       "operand type: N"},
      {"pk = :s AND sk BETWEEN :n2 AND :n1",
       "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
       "lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}"},
  };
  for (const auto& [text, detail] : cases) {
    EXPECT_EQ(resolved(text, kComposite), "Invalid KeyConditionExpression: " + detail) << text;
  }
}

TEST(KeyConditionTest, SchemaErrors) {
  const std::string missed = "Query condition missed key schema element: ";
  const std::string unsupported = "Query key condition not supported";
  const std::string type =
      "One or more parameter values were invalid: Condition parameter type does not match schema "
      "type";
  const std::string empty =
      "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
      "contain an empty string value. Key: ";
  EXPECT_EQ(resolved("sk = :n1", kComposite), missed + "pk");
  EXPECT_EQ(resolved("pk = :s AND another = :n1", kComposite), missed + "sk");
  EXPECT_EQ(resolved("pk = :s AND another = :n1", kHashOnly), unsupported);
  EXPECT_EQ(resolved("pk > :s", kComposite), unsupported);
  EXPECT_EQ(resolved("pk = :s AND sk = :n1 AND another = :n1", kComposite),
            "The number of query conditions (3) exceeds the number of key attributes defined in "
            "the schema (2)");
  EXPECT_EQ(resolved("pk = :n1", kComposite), type);
  EXPECT_EQ(resolved("pk = :t", kComposite), type);
  EXPECT_EQ(resolved("pk = :s AND sk = :s", kComposite), type);
  EXPECT_EQ(resolved("pk = :e", kComposite), empty + "pk");
  EXPECT_EQ(resolved("pk = :s AND sk > :e", kText), empty + "sk");
}

}  // namespace
}  // namespace millrace::dynamodb::expression
