#include "dynamodb/expression/update.h"

#include <gtest/gtest.h>

#include "dynamodb/expression/testing.h"
#include "dynamodb/expression/update_action.h"

namespace millrace::dynamodb::expression {
namespace {

using testing::item;
using testing::substitutions;
using testing::to_json;

std::string updated(std::string_view text, const Item& before, const Item& key = Item()) {
  Substitutions names = substitutions();
  const auto update = parse_update(text, names);
  if (!update) return update.error().message;
  const auto after = (*update)->apply(before, key);
  if (!after) return "run time: " + after.error().message;
  return to_json(*after);
}

TEST(UpdateTest, Applies) {
  const Item before =
      item(R"({"a":{"N":"1"},"b":{"N":"5"},"l":{"L":[{"N":"0"},{"N":"1"},{"N":"2"}]},)"
           R"("m":{"M":{"x":{"N":"1"}}},"ss":{"SS":["a","b"]}})");
  // Only what changes, as attributes laid over the item.
  struct Case {
    const char* text;
    const char* changed;
    std::vector<std::string> removed;
  };
  const Case cases[] = {
      {"SET a = :s", R"({"a":{"S":"s"}})", {}},
      {"set a = a + :n1", R"({"a":{"N":"2"}})", {}},
      {"SET a = :n1 - b", R"({"a":{"N":"-4"}})", {}},
      {"SET a = (b - :n1)", R"({"a":{"N":"4"}})", {}},
      {"SET a = (b) + (a)", R"({"a":{"N":"6"}})", {}},
      {"SET a = b, b = a", R"({"a":{"N":"5"},"b":{"N":"1"}})", {}},
      {"SET #a = if_not_exists(a, :n3)", R"({"a":{"N":"1"}})", {}},
      {"SET c = if_not_exists(c, :n0) + :n2 REMOVE l", R"({"c":{"N":"2"}})", {"l"}},
      {"SET c = if_not_exists(d, if_not_exists(e, b))", R"({"c":{"N":"5"}})", {}},
      {"SET l = list_append(:l, l)",
       R"({"l":{"L":[{"N":"9"},{"N":"0"},{"N":"1"},{"N":"2"}]}})",
       {}},
      {"SET k = list_append(if_not_exists(k, :el), :l)", R"({"k":{"L":[{"N":"9"}]}})", {}},
      {"SET m.y = :s, m.x = m.x + :n1", R"({"m":{"M":{"x":{"N":"2"},"y":{"S":"s"}}}})", {}},
      {"SET l[1] = :s", R"({"l":{"L":[{"N":"0"},{"S":"s"},{"N":"2"}]}})", {}},
      {"SET l[9] = :s, l[5] = :ab, l[0] = l[2]",
       R"({"l":{"L":[{"N":"2"},{"N":"1"},{"N":"2"},{"S":"ab"},{"S":"s"}]}})",
       {}},
      {"REMOVE l[0], l[2], l[7]", R"({"l":{"L":[{"N":"1"}]}})", {}},
      {"REMOVE l[1] SET l[3] = :s", R"({"l":{"L":[{"N":"0"},{"N":"2"},{"S":"s"}]}})", {}},
      {"REMOVE a, absent, m.x, m.y", R"({"m":{"M":{}}})", {"a"}},
      {"ADD b :n1, n :n2", R"({"b":{"N":"6"},"n":{"N":"2"}})", {}},
      {"ADD ss :ss, more :ns", R"({"ss":{"SS":["a","b","z"]},"more":{"NS":["1","7"]}})", {}},
      {"ADD m.x :n1, m.y :n2", R"({"m":{"M":{"x":{"N":"2"},"y":{"N":"2"}}}})", {}},
      {"DELETE ss :ss, absent :ss", R"({"ss":{"SS":["b"]}})", {}},
      {"DELETE ss :ss SET a = :n2 REMOVE b ADD c :n1",
       R"({"ss":{"SS":["b"]},"a":{"N":"2"},"c":{"N":"1"}})",
       {"b"}},
  };
  for (const Case& each : cases) {
    Item expected = before;
    for (const auto& [name, stored] : item(each.changed)) expected.insert_or_assign(name, stored);
    for (const std::string& name : each.removed) expected.erase(name);
    EXPECT_EQ(updated(each.text, before), to_json(expected)) << each.text;
  }
  EXPECT_EQ(updated("DELETE ss :ss", item(R"({"ss":{"SS":["a","z"]}})")), "{}");
}

TEST(UpdateTest, RemovesFromListsInsideLists) {
  const Item before =
      item(R"({"l":{"L":[{"S":"x"},{"L":[{"N":"0"},{"N":"1"},{"N":"2"}]},{"S":"y"}]}})");
  EXPECT_EQ(updated("REMOVE l[0], l[1][0], l[1][2], l[2]", before),
            R"({"l":{"L":[{"L":[{"N":"1"}]}]}})");
  EXPECT_EQ(updated("REMOVE l[0] SET l[1][9] = :s, l[9] = :a", before),
            R"({"l":{"L":[{"L":[{"N":"0"},{"N":"1"},{"N":"2"},{"S":"s"}]},{"S":"y"},{"S":"a"}]}})");
}

TEST(UpdateTest, CreatesTheItem) {
  const Item key = item(R"({"pk":{"S":"k"}})");
  EXPECT_EQ(updated("SET a = :n1", Item(), key), R"({"a":{"N":"1"},"pk":{"S":"k"}})");
  EXPECT_EQ(updated("REMOVE b SET a = :n1", Item(), key), R"({"a":{"N":"1"},"pk":{"S":"k"}})");
  EXPECT_EQ(updated("SET b.c = :n1", Item(), key),
            "run time: The document path provided in the update expression is invalid for update");
  EXPECT_EQ(to_json(*Update({}).apply(Item(), key)), R"({"pk":{"S":"k"}})");
}

TEST(UpdateTest, RemovalsAloneCreateNoItem) {
  const Item key = item(R"({"pk":{"S":"k"}})");
  for (const char* text : {"REMOVE a, b.c, d[0]", "DELETE a :ss", "REMOVE b DELETE a :ss"}) {
    EXPECT_EQ(updated(text, Item(), key), "{}") << text;
  }
}

TEST(UpdateTest, ErrorTexts) {
  const std::string count =
      "Incorrect number of operands for operator or function; operator or function: ";
  const std::string type =
      "Incorrect operand type for operator or function; operator or function: ";
  const std::string action = "Incorrect operand type for operator or function; operator: ";
  const std::string overlap =
      "Two document paths overlap with each other; must remove or rewrite one of these paths; path "
      "one: ";
  const std::pair<std::string, std::string> cases[] = {
      {"", "The expression can not be empty;"},
      {std::string(4097, 'a'), "Expression size has exceeded the maximum allowed size;"},
      {"INVALID SYNTAX", R"(Syntax error; token: "INVALID", near: "INVALID SYNTAX")"},
      {"SET _123", R"(Syntax error; token: "_", near: "SET _123")"},
      {"SET a", R"(Syntax error; token: "<EOF>", near: "a")"},
      {"SET a = b + c + d", R"(Syntax error; token: "+", near: "c + d")"},
      {"SET a = list_append(b + c, d)", R"(Syntax error; token: "+", near: "b + c")"},
      {"ADD a b", R"(Syntax error; token: "b", near: "a b")"},
      {"REMOVE a :n1", R"(Syntax error; token: ":n1", near: "a :n1")"},
      {"SET status = :s", "Attribute name is a reserved keyword; reserved keyword: status"},
      {"SET a = size(b)", "Invalid function name; function: size"},
      {"SET a = list_append(list_append(b, :l), :l)",
       "The function is not allowed to be used this way in an expression; function: list_append"},
      {"SET a = :n1 SET b = :n1",
       "The \"SET\" section can only be used once in an update expression;"},
      {"SET #x = :n1",
       "An expression attribute name used in the document path is not defined; attribute name: #x"},
      {"SET a = :x",
       "An expression attribute value used in expression is not defined; attribute value: :x"},
      {"SET a = if_not_exists(:x, :n1)",
       "An expression attribute value used in expression is not defined; attribute value: :x"},
      {"SET #a = :n1 REMOVE a", overlap + "[a], path two: [a]"},
      {"SET a = :n1, a.b = :n1", overlap + "[a], path two: [a, b]"},
      {"SET a[0].b = :n1 REMOVE a[0]", overlap + "[a, [0], b], path two: [a, [0]]"},
      {"SET a.b = :n1, a[1] = :n1",
       "Two document paths conflict with each other; must remove or rewrite one of these paths; "
       "path one: [a, b], path two: [a, [1]]"},
      {"ADD a :s", action + "ADD, operand type: STRING"},
      {"ADD a :l", action + "ADD, operand type: LIST"},
      {"DELETE a :n1", action + "DELETE, operand type: NUMBER"},
      {"DELETE a :null", action + "DELETE, operand type: NULL"},
      {"SET a = :s + :n1", type + "+, operand type: S"},
      {"SET a = b - :t", type + "-, operand type: BOOL"},
      {"SET a = list_append(b, :s)", type + "list_append, operand type: S"},
      {"SET a = list_append(b)", count + "list_append, number of operands: 1"},
      {"SET a = if_not_exists(b, c, :n1)", count + "if_not_exists, number of operands: 3"},
      {"SET a = if_not_exists(:n1, :n1)",
       "Operator or function requires a document path; operator or function: if_not_exists"},
      // Several faults.
      {"SET a = nope(b), status = :x",
       "Attribute name is a reserved keyword; reserved keyword: "
       "status"},
      {"SET a = :x, #x = :n1",
       "An expression attribute name used in the document path is not defined; attribute name: #x"},
      {"SET a.b = :n1, a[0] = :n1, c = :n1, c = :n2", overlap + "[c], path two: [c]"},
      {"ADD a :s, a :n1", overlap + "[a], path two: [a]"},
  };
  for (const auto& [text, detail] : cases) {
    EXPECT_EQ(updated(text, Item()), "Invalid UpdateExpression: " + detail) << text;
  }
}

TEST(UpdateTest, RunTimeErrors) {
  const Item before =
      item(R"({"n":{"N":"1"},"s":{"S":"x"},"l":{"L":[{"N":"0"}]},"m":{"M":{}},"ns":{"NS":["1"]}})");
  const std::string absent =
      "The provided expression refers to an attribute that does not exist in the item";
  const std::string type = "An operand in the update expression has an incorrect data type";
  const std::string target =
      "The document path provided in the update expression is invalid for update";
  const std::pair<std::string, std::string> cases[] = {
      {"SET a = absent", absent},
      {"SET a = l[1]", absent},
      {"SET n = absent + :n1", absent},
      {"SET l = list_append(absent, :l)", absent},
      {"SET n = s + :n1", type},
      {"SET l = list_append(l, s)", type},
      {"ADD s :n1", type},
      {"ADD ns :ss", type},
      {"ADD n :ns", type},
      {"DELETE n :ns", type},
      {"DELETE ns :ss", type},
      {"SET a.b = :n1", target},
      {"SET n.b = :n1", target},
      {"SET m[0] = :n1", target},
      {"SET l.x = :n1", target},
      {"SET l[1].x = :n1", target},
      {"REMOVE a.b", target},
      {"REMOVE m[0]", target},
      {"ADD a.b :n1", target},
      {"DELETE a.b :ss", target},
      {"ADD n :big SET m.x = :big + :big",
       "Number overflow. Attempting to store a number with magnitude larger than supported range"},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_EQ(updated(text, before), "run time: " + message) << text;
  }
}

TEST(UpdateTest, NestingStaysWithinItsLimit) {
  AttributeValue deep;
  for (int i = 0; i < 31; ++i) deep = AttributeValue(AttributeList{deep});
  Item before;
  before.emplace("deep", std::move(deep));  // 32 levels
  EXPECT_EQ(updated("SET a = deep", before).substr(0, 5), R"({"a":)");
  before.emplace("m", AttributeValue(AttributeMap{}));
  EXPECT_EQ(updated("SET m.a = deep", before),
            "run time: Nesting Levels have exceeded supported limits: Attributes in the item have "
            "nested levels beyond supported limit");
}

std::string touched(std::string_view text, std::string_view image) {
  Substitutions names = substitutions();
  return to_json(parse_update(text, names).value()->touched(item(image)));
}

TEST(UpdateTest, TouchedPathsKeepTheirParents) {
  const std::string_view image =
      R"({"a":{"N":"1"},"m":{"M":{"b":{"S":"s"},"c":{"S":"t"}}},"l":{"L":[{"N":"0"},{"N":"1"}]}})";
  EXPECT_EQ(touched("SET m.b = :s", image), R"({"m":{"M":{"b":{"S":"s"}}}})");
  EXPECT_EQ(touched("SET a = :n1, z = :n1", image), R"({"a":{"N":"1"}})");
  EXPECT_EQ(touched("SET l[100] = :n1", image), "{}");
  EXPECT_EQ(touched("REMOVE l[1]", image), R"({"l":{"L":[{"N":"1"}]}})");
  EXPECT_EQ(touched("REMOVE m.z", image), "{}");
}

TEST(UpdateTest, KeysMayNotBeTargets) {
  Substitutions names = substitutions();
  const auto update = parse_update("SET a = pk, b = :n1 REMOVE c.d", names);
  ASSERT_TRUE(update);
  EXPECT_EQ((*update)->targets().size(), 3U);
  EXPECT_EQ((*update)->paths().size(), 4U);
  EXPECT_TRUE((*update)->check_keys_untouched({"pk", "sk"}));
  EXPECT_EQ((*update)->check_keys_untouched({"pk", "b"}).error().message,
            "One or more parameter values were invalid: Cannot update attribute b. This attribute "
            "is part of the key");
}

TEST(UpdateTest, Charges) {
  // Base 3; a clause that writes 19, one that removes 1.
  const std::pair<const char*, size_t> cases[] = {
      {"SET a = :abc", 3 + 19 + 1 + 3},
      {"SET #status = :abc", 3 + 19 + 6 + 3},
      {"SET a = :abc, b = :s", 3 + 19 + 1 + 3 + 19 + 1 + 1},
      {"SET m.leaf = :abc", 3 + 19 + 1 + (4 + 4) + 3},
      {"SET l[10] = :abc", 3 + 19 + 1 + (4 + 2) + 3},
      {"SET a = :m", 3 + 19 + 1 + (3 + 1 + 1 + 2)},
      {"SET a = place", 3 + 19 + 1 + (1 + 14 + 5)},
      {"SET a = m.k", 3 + 19 + 1 + (1 + 14 + 1 + 14 + 1)},
      {"SET a = l[10]", 3 + 19 + 1 + (1 + 14 + 1 + 14 + 2)},
      {"SET a = a + :n1", 3 + 19 + 1 + 34 + (1 + 14 + 1) + 2},
      {"SET a = a - :n1", 3 + 19 + 1 + 37 + (1 + 14 + 1) + 2},
      {"SET a = if_not_exists(a, :abc)", 3 + 19 + 1 + 39 + (1 + 14 + 1) + 3},
      {"SET l = list_append(l, :l)", 3 + 19 + 1 + 37 + (1 + 14 + 1) + (3 + 1 + 2)},
      {"ADD titl :n1", 3 + 19 + 4 + 2},
      {"ADD st :ss", 3 + 19 + 2 + 2},
      {"REMOVE r", 3 + 1 + 1},
      {"REMOVE l[10]", 3 + 1 + 1 + (4 + 2)},
      {"DELETE st :ss", 3 + 1 + 2},
  };
  for (const auto& [text, bytes] : cases) {
    Substitutions names = substitutions();
    const auto update = parse_update(text, names);
    ASSERT_TRUE(update) << text << ": " << update.error().message;
    EXPECT_EQ((*update)->charged_bytes(), bytes) << text;
  }
}

}  // namespace
}  // namespace millrace::dynamodb::expression
