#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "dynamodb/expression/condition.h"
#include "dynamodb/expression/key_condition.h"
#include "dynamodb/expression/projection.h"
#include "dynamodb/expression/update.h"
#include "dynamodb/item/item_codec.h"
#include "dynamodb/item/item_json.h"

namespace millrace::dynamodb::expression {
namespace {

Item item_of(const std::string& text) {
  auto item = item_from_json(nlohmann::json::parse(text));
  EXPECT_TRUE(item) << text;
  return item ? *item : Item();
}

std::string text_of(const Item& item) {
  std::string out;
  append_json(out, item);
  return out;
}

Substitutions substitutions() {
  Item values = item_of(R"({"one":{"N":"1"},"two":{"N":"2"},"s":{"S":"s"},"ab":{"S":"ab"},
    "set":{"SS":["a"]},"list":{"L":[{"N":"9"}]},"t":{"BOOL":true},"M":{"S":"M"},"zero":{"N":"0"}})");
  std::map<std::string, AttributeValue, std::less<>> named;
  for (auto& [name, value] : values) named.emplace(":" + name, value);
  return Substitutions({{"#a", "a"}, {"#dot", "x.y"}}, std::move(named));
}

const char* const kItem = R"({"a":{"N":"1"},"txt":{"S":"abc"},"x.y":{"S":"dotted"},
  "m":{"M":{"k":{"L":[{"N":"1"},{"S":"s"},{"N":"3"}]}}},"tags":{"SS":["a","b"]},"e":{"S":""}})";

TEST(ConditionTest, Evaluates) {
  const std::pair<const char*, bool> kCases[] = {
      {"#a = :one", true},
      {":one = #a", true},
      {"#a <> :one", false},
      {"nothere <> :one", true},
      {"nothere = :one", false},
      {"NOT nothere = :one", true},
      {"#a < :two AND #a >= :one", true},
      {"#a = :two OR txt = :s OR attribute_exists(m.k[1])", true},
      {"attribute_not_exists(m.k[3])", true},
      {"#a BETWEEN :zero AND :one", true},
      {"#a IN (:two, :one)", true},
      {"txt > :one", false},
      {"begins_with(txt, :ab)", true},
      {"contains(tags, :s)", false},
      {"contains(m.k, :s)", true},
      {"contains(txt, :ab)", true},
      {"attribute_type(m, :M)", true},
      {"size(m.k) > :two", true},
      {"size(#a) > :zero", false},
      {"size(e) = :zero", true},
      {"#dot = :s", false},
      {"attribute_exists(#dot)", true},
      {"(#a = :one) AND NOT (txt = :s)", true},
      {"#a = :two AND txt = :s OR #a = :one", true},
  };
  Item item = item_of(kItem);
  for (const auto& [text, expected] : kCases) {
    auto names = substitutions();
    auto condition = parse_condition(text, names);
    ASSERT_TRUE(condition) << text << ": " << condition.error().message;
    EXPECT_EQ((*condition)->evaluate(item), expected) << text;
    EXPECT_EQ((*condition)->evaluate_encoded(encode_item(item)), expected) << text;
  }
}

TEST(ConditionTest, ErrorTexts) {
  const std::pair<const char*, const char*> kCases[] = {
      {"", "The expression can not be empty;"},
      {"INVALID SYNTAX", R"(Syntax error; token: "SYNTAX", near: "INVALID SYNTAX")"},
      {"a = = b", R"(Syntax error; token: "=", near: "= = b")"},
      {"((#a = :one))", "The expression has redundant parentheses;"},
      {"status = :s", "Attribute name is a reserved keyword; reserved keyword: status"},
      {"#x = :one",
       "An expression attribute name used in the document path is not defined; attribute name: #x"},
      {"#a = :x",
       "An expression attribute value used in expression is not defined; attribute value: :x"},
      {"nope(#a)", "Invalid function name; function: nope"},
      {"size(#a)",
       "The function is not allowed to be used this way in an expression; function: size"},
      {"contains(#a, #a)",
       "The first operand must be distinct from the remaining operands for this operator or "
       "function; operator: contains, first operand: [a]"},
      {"begins_with(#a, :one)",
       "Incorrect operand type for operator or function; operator or function: begins_with, "
       "operand "
       "type: N"},
      {"attribute_exists(:one)",
       "Operator or function requires a document path; operator or function: attribute_exists"},
      {"#a < :t",
       "Incorrect operand type for operator or function; operator or function: <, "
       "operand type: BOOL"},
      {"#a BETWEEN :two AND :one",
       "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
       "lower "
       "bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}"},
      {"begins_with(#a)",
       "Incorrect number of operands for operator or function; operator or function: begins_with, "
       "number of operands: 1"},
  };
  for (const auto& [text, expected] : kCases) {
    auto names = substitutions();
    auto condition = parse_condition(text, names);
    ASSERT_FALSE(condition) << text;
    EXPECT_EQ(condition.error().message, std::string("Invalid ConditionExpression: ") + expected);
  }
}

TEST(UpdateTest, Applies) {
  const std::pair<const char*, const char*> kCases[] = {
      {"SET #a = #a + :one", R"({"a":{"N":"2"},"b":{"N":"5"},"l":{"L":[{"N":"0"},{"N":"1"}]}})"},
      {"SET #a = b, b = #a", R"({"a":{"N":"5"},"b":{"N":"1"},"l":{"L":[{"N":"0"},{"N":"1"}]}})"},
      {"SET c = if_not_exists(c, :zero) + :two REMOVE l",
       R"({"a":{"N":"1"},"b":{"N":"5"},"c":{"N":"2"}})"},
      {"SET l = list_append(l, :list) REMOVE b",
       R"({"a":{"N":"1"},"l":{"L":[{"N":"0"},{"N":"1"},{"N":"9"}]}})"},
      {"SET l[7] = :s, l[5] = :ab REMOVE #a, b",
       R"({"l":{"L":[{"N":"0"},{"N":"1"},{"S":"ab"},{"S":"s"}]}})"},
      {"REMOVE l[0], l[1], #a, b", R"({"l":{"L":[]}})"},
      {"ADD b :one, tags :set",
       R"({"a":{"N":"1"},"b":{"N":"6"},"l":{"L":[{"N":"0"},{"N":"1"}]},"tags":{"SS":["a"]}})"},
      {"DELETE nothere :set", R"({"a":{"N":"1"},"b":{"N":"5"},"l":{"L":[{"N":"0"},{"N":"1"}]}})"},
  };
  Item before = item_of(R"({"a":{"N":"1"},"b":{"N":"5"},"l":{"L":[{"N":"0"},{"N":"1"}]}})");
  for (const auto& [text, expected] : kCases) {
    auto names = substitutions();
    auto update = parse_update(text, names);
    ASSERT_TRUE(update) << text << ": " << update.error().message;
    auto after = (*update)->apply(before, Item());
    ASSERT_TRUE(after) << text << ": " << after.error().message;
    EXPECT_EQ(text_of(*after), text_of(item_of(expected))) << text;
  }
}

TEST(UpdateTest, ErrorTexts) {
  const std::pair<const char*, const char*> kCases[] = {
      {"INVALID SYNTAX", R"(Syntax error; token: "INVALID", near: "INVALID SYNTAX")"},
      {"SET a = :one SET b = :two",
       "The \"SET\" section can only be used once in an update expression;"},
      {"SET x = :one, x.y1 = :two",
       "Two document paths overlap with each other; must remove or rewrite one of these paths; "
       "path "
       "one: [x], path two: [x, y1]"},
      {"SET x.b = :one, x[1] = :two",
       "Two document paths conflict with each other; must remove or rewrite one of these paths; "
       "path "
       "one: [x, b], path two: [x, [1]]"},
      {"ADD x :s",
       "Incorrect operand type for operator or function; operator: ADD, operand type: STRING"},
      {"SET x = :s + :one",
       "Incorrect operand type for operator or function; operator or function: +, operand type: S"},
      {"SET x = list_append(:list)",
       "Incorrect number of operands for operator or function; operator or function: list_append, "
       "number of operands: 1"},
      {"SET x = a1 + b1 + c1", R"(Syntax error; token: "+", near: "b1 + c1")"},
  };
  for (const auto& [text, expected] : kCases) {
    auto names = substitutions();
    auto update = parse_update(text, names);
    ASSERT_FALSE(update) << text;
    EXPECT_EQ(update.error().message, std::string("Invalid UpdateExpression: ") + expected);
  }
}

TEST(UpdateTest, RunTimeErrors) {
  Item before = item_of(R"({"s1":{"S":"x"},"m":{"M":{}}})");
  const std::pair<const char*, const char*> kCases[] = {
      {"SET x = nothing",
       "The provided expression refers to an attribute that does not exist in the item"},
      {"SET s1 = s1 + :one", "An operand in the update expression has an incorrect data type"},
      {"SET n1.b = :one",
       "The document path provided in the update expression is invalid for update"},
      {"SET m[0] = :one",
       "The document path provided in the update expression is invalid for update"},
  };
  for (const auto& [text, expected] : kCases) {
    auto names = substitutions();
    auto update = parse_update(text, names);
    ASSERT_TRUE(update) << text;
    auto after = (*update)->apply(before, Item());
    ASSERT_FALSE(after) << text;
    EXPECT_EQ(after.error().message, expected);
  }
}

TEST(ProjectionTest, Applies) {
  auto names = substitutions();
  auto projection = parse_projection("#a, m.k[2], m.k[0], nothing, #dot", names);
  ASSERT_TRUE(projection);
  Item item = item_of(kItem);
  std::string expected = text_of(item_of(
      R"({"a":{"N":"1"},"m":{"M":{"k":{"L":[{"N":"1"},{"N":"3"}]}}},"x.y":{"S":"dotted"}})"));
  EXPECT_EQ(text_of((*projection)->apply(item)), expected);
  EXPECT_EQ(text_of(*decode_item((*projection)->apply_encoded(encode_item(item)))), expected);
}

TEST(KeyConditionTest, ResolvesAgainstTheSchema) {
  KeySchema schema{{{"pk", AttributeType::kString}}, {{"sk", AttributeType::kNumber}}};
  auto names = substitutions();
  auto condition = parse_key_condition(":one < sk AND pk = :s", names);
  ASSERT_TRUE(condition) << condition.error().message;
  auto range = resolve_key_condition(*condition, schema);
  ASSERT_TRUE(range);
  EXPECT_EQ(range->partition[0].string(), "s");
  EXPECT_EQ(range->sort[0].key_operator, KeyOperator::kGreater);

  const std::pair<const char*, const char*> kCases[] = {
      {"sk = :one", "Query condition missed key schema element: pk"},
      {"pk > :s", "Query key condition not supported"},
      {"pk = :one",
       "One or more parameter values were invalid: Condition parameter type does not match schema "
       "type"},
      {"pk = :s AND another = :one", "Query condition missed key schema element: sk"},
  };
  for (const auto& [text, expected] : kCases) {
    auto used = substitutions();
    auto parsed = parse_key_condition(text, used);
    ASSERT_TRUE(parsed) << text;
    auto resolved = resolve_key_condition(*parsed, schema);
    ASSERT_FALSE(resolved) << text;
    EXPECT_EQ(resolved.error().message, expected);
  }
  auto used = substitutions();
  auto parsed = parse_key_condition("pk = :s OR sk = :one", used);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message,
            "Invalid KeyConditionExpression: Invalid operator used in KeyConditionExpression: OR");
}

TEST(SubstitutionsTest, UnusedOnesAreErrors) {
  auto names = Substitutions({{"#a", "a"}, {"#b", "b"}}, {});
  ASSERT_TRUE(parse_projection("#a", names));
  auto used = names.check_all_used();
  ASSERT_FALSE(used);
  EXPECT_EQ(used.error().message,
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}");
}

}  // namespace
}  // namespace millrace::dynamodb::expression
