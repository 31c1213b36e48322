#include "dynamodb/expression/condition.h"

#include <gtest/gtest.h>

#include "dynamodb/expression/reserved_words.h"
#include "dynamodb/expression/testing.h"
#include "dynamodb/item/item_codec.h"

namespace millrace::dynamodb::expression {
namespace {

using testing::item;
using testing::substitutions;

const char* const kItem = R"({
    "a":{"N":"1"},"txt":{"S":"abc"},"x.y":{"S":"dotted"},"status":{"S":"s"},"e":{"S":""},
    "bin":{"B":"YWJj"},"yes":{"BOOL":true},"nothing":{"NULL":true},"wide":{"S":"é😀"},
    "m":{"M":{"k":{"L":[{"N":"1"},{"S":"s"},{"M":{"x":{"N":"1"}}}]}}},"mx":{"M":{"x":{"N":"1"}}},
    "strings":{"SS":["z","a"]},"numbers":{"NS":["7.0","1"]},"binaries":{"BS":["YWI="]}})";

std::string outcome(std::string_view text, const Item& stored) {
  Substitutions names = substitutions();
  const auto condition = parse_condition(text, names);
  if (!condition) return condition.error().message;
  const bool holds = (*condition)->evaluate(stored);
  EXPECT_EQ((*condition)->evaluate_encoded(stored.empty() ? "" : encode_item(stored)), holds);
  return holds ? "true" : "false";
}

TEST(ConditionTest, Holds) {
  const Item stored = item(kItem);
  for (const char* const text : {"#a = :n1",
                                 ":n1 = #a",
                                 "a = :n1",
                                 "a<>:n2",
                                 "absent <> :n1",
                                 "a <> :s",
                                 "NOT absent = :n1",
                                 "NOT NOT a = :n1",
                                 "not a = :n2",
                                 "a < :n2 AND a >= :n1",
                                 "a = :n2 or txt = :s OR attribute_exists(m.k[1])",
                                 "a = :n1 OR a = :n2 AND a = :n3",
                                 "(a = :n1 OR a = :n2) AND txt = :abc",
                                 "(a) = (:n1)",
                                 "(m).k[0] = :n1",
                                 "a BETWEEN :n0 AND :n1",
                                 "a BETWEEN a AND :n2 AND txt = :abc",
                                 "a IN (:n3, :n1)",
                                 "a IN (txt, m.k[0])",
                                 "attribute_exists(m.k[1])",
                                 "attribute_not_exists(m.k[3])",
                                 "attribute_not_exists(a.b)",
                                 "(attribute_exists(a))",
                                 "attribute_type(m, :M)",
                                 "attribute_type(nothing, :NULL)",
                                 "begins_with(txt, :ab)",
                                 "begins_with(bin, :b)",
                                 "begins_with(:abc, :ab)",
                                 "begins_with(txt, :e)",
                                 "contains(txt, :ab)",
                                 "contains(bin, :b)",
                                 "contains(strings, :a)",
                                 "contains(numbers, :n1)",
                                 "contains(binaries, :b)",
                                 "contains(m.k, :s)",
                                 "contains(m.k, :m)",
                                 "size(txt) = :n3",
                                 "size(m.k) > :n2",
                                 "size(e) = :n0",
                                 "size(wide) = :n3",
                                 "size(strings) = :n2",
                                 "size(bin) >= size(:abc)",
                                 "size(m) = :n1",
                                 ":n1 < size(txt)",
                                 "mx = :m",
                                 "#dot <> :s",
                                 "attribute_exists(#dot)",
                                 "#status = :s",
                                 "m . k [ 0 ] = :n1",
                                 "yes = :t",
                                 "nothing = :null",
                                 "m.k[2] = :m",
                                 "m.k[2].x = a",
                                 "txt > :ab"}) {
    EXPECT_EQ(outcome(text, stored), "true") << text;
  }
}

TEST(ConditionTest, DoesNotHold) {
  const Item stored = item(kItem);
  for (const char* const text : {"a = :n2",
                                 "absent = :n1",
                                 "absent = another",
                                 "a = :s",
                                 "NOT a = :n1",
                                 "absent < :n1",
                                 "a < :s",
                                 "txt > :n1",
                                 "NOT absent <> :n1",
                                 "absent BETWEEN :n0 AND :n1",
                                 "txt BETWEEN :n0 AND :n1",
                                 "absent IN (:n1)",
                                 "attribute_exists(absent)",
                                 "attribute_type(absent, :S)",
                                 "attribute_type(a, :S)",
                                 "begins_with(a, :ab)",
                                 "begins_with(absent, :ab)",
                                 "begins_with(txt, :b)",
                                 "contains(a, :n1)",
                                 "contains(mx, :n1)",
                                 "contains(strings, :n1)",
                                 "contains(strings, :s)",
                                 "contains(absent, :s)",
                                 "size(a) > :n0",
                                 "size(a) <> :n0",
                                 "size(absent) >= :n0",
                                 "yes = :f",
                                 "attribute_exists(a[0])",
                                 "strings = :a",
                                 "a = :n1 AND a = :n2"}) {
    EXPECT_EQ(outcome(text, stored), "false") << text;
  }
}

TEST(ConditionTest, AnAbsentItemHasNoAttributes) {
  EXPECT_EQ(outcome("attribute_not_exists(a)", Item()), "true");
  EXPECT_EQ(outcome("a = :n1", Item()), "false");
  EXPECT_EQ(outcome("a <> :n1", Item()), "true");
}

std::string operand_type(const std::string& operation, const std::string& type) {
  return "Incorrect operand type for operator or function; operator or function: " + operation +
         ", operand type: " + type;
}

TEST(ConditionTest, ErrorTexts) {
  const std::string misused =
      "The function is not allowed to be used this way in an expression; function: ";
  const std::string distinct =
      "The first operand must be distinct from the remaining operands for this operator or "
      "function; operator: ";
  const std::string count =
      "Incorrect number of operands for operator or function; operator or function: ";
  const std::pair<std::string, std::string> cases[] = {
      {"", "The expression can not be empty;"},
      {"  ", R"(Syntax error; token: "<EOF>", near: "")"},
      {"!!", R"(Syntax error; token: "!", near: "!!")"},
      {"(", R"(Syntax error; token: "<EOF>", near: "(")"},
      {"a = = b", R"(Syntax error; token: "=", near: "= = b")"},
      {"a", R"(Syntax error; token: "<EOF>", near: "a")"},
      {"a = :n1 AND b", R"(Syntax error; token: "<EOF>", near: "b")"},
      {"_a = :n1", R"(Syntax error; token: "_", near: "_a")"},
      {"a[:n1] = :n1", R"(Syntax error; token: ":n1", near: "[:n1]")"},
      {"a = :n1 :n2", R"(Syntax error; token: ":n2", near: ":n1 :n2")"},
      {"a é :n1", R"(Syntax error; token: "é", near: "a é :n1")"},
      {"((a = :n1))", "The expression has redundant parentheses;"},
      {"((a)) = :n1", "The expression has redundant parentheses;"},
      {"((a = :n1) AND nope(b))", "Invalid function name; function: nope"},
      {"Size(a) = :n1", "Invalid function name; function: Size"},
      {"if_not_exists(a, :n1)", misused + "if_not_exists"},
      {"list_append(a, :l) = :l", misused + "list_append"},
      {"size(a)", misused + "size"},
      {"contains(a, :s) = :n1", misused + "contains"},
      {"size(begins_with(a, :s)) = :n1", misused + "begins_with"},
      {"status = :s", "Attribute name is a reserved keyword; reserved keyword: status"},
      {"m.Name = :s", "Attribute name is a reserved keyword; reserved keyword: Name"},
      {"a[99999999999999] = :n1",
       "List index is not within the allowable range; index: [99999999999999]"},
      {"#x = :n1",
       "An expression attribute name used in the document path is not defined; attribute name: #x"},
      {"a = :x",
       "An expression attribute value used in expression is not defined; attribute value: :x"},
      {"begins_with(a)", count + "begins_with, number of operands: 1"},
      {"size(a, b) = :n1", count + "size, number of operands: 2"},
      {"attribute_exists(a, b)", count + "attribute_exists, number of operands: 2"},
      {"#a = a", distinct + "=, first operand: [a]"},
      {"a[0].b < a[0].b", distinct + "<, first operand: [a, [0], b]"},
      {"contains(#a, a)", distinct + "contains, first operand: [a]"},
      {"a IN (:n1, a)", distinct + "IN, first operand: [a]"},
      {"attribute_exists(:n1)",
       "Operator or function requires a document path; operator or function: attribute_exists"},
      {"begins_with(a, :n1)", operand_type("begins_with", "N")},
      {"begins_with(:ss, a)", operand_type("begins_with", "SS")},
      {"size(:n1) = :n1", operand_type("size", "N")},
      {"size(size(a)) = :n1", operand_type("size", "N")},
      {"size(:t) = :n1", operand_type("size", "BOOL")},
      {"a < :t", operand_type("<", "BOOL")},
      {":null >= a", operand_type(">=", "NULL")},
      {"a BETWEEN :m AND :n1", operand_type("BETWEEN", "M")},
      {"attribute_type(a, :n1)", operand_type("attribute_type", "N")},
      {"attribute_type(a, b)", operand_type("attribute_type", "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}")},
      {"attribute_type(a, :X)",
       "Invalid attribute type name found; type: X, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"},
      {"a BETWEEN :s AND :n1",
       "The BETWEEN operator requires same data type for lower and upper bounds; lower bound "
       "operand: AttributeValue: {S:s}, upper bound operand: AttributeValue: {N:1}"},
      {"a BETWEEN :n2 AND :n1",
       "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
       "lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}"},
  };
  for (const auto& [text, detail] : cases) {
    EXPECT_EQ(outcome(text, Item()), "Invalid ConditionExpression: " + detail) << text;
  }
}

TEST(ConditionTest, OfSeveralFaultsDynamoDbsFirstCounts) {
  const std::pair<std::string, std::string> cases[] = {
      {"status = :x AND ((a = :n1)) AND nope(a)", "The expression has redundant parentheses;"},
      {"status = :x AND size(a) AND nope(a)", "Invalid function name; function: nope"},
      {"status = :x AND size(a)",
       "The function is not allowed to be used this way in an expression; function: size"},
      {"#x = :n1 AND status = :x",
       "Attribute name is a reserved keyword; reserved keyword: status"},
      {"a < :t AND begins_with(a) AND a = :x AND #x = a",
       "An expression attribute value used in expression is not defined; attribute value: :x"},
      {"a < :t AND a = a AND begins_with(a)",
       "Incorrect number of operands for operator or function; operator or function: begins_with, "
       "number of operands: 1"},
      {"a < :t AND b = b",
       "The first operand must be distinct from the remaining operands for this operator or "
       "function; operator: =, first operand: [b]"},
      {"status = status =", R"(Syntax error; token: "=", near: "status =")"},
  };
  for (const auto& [text, detail] : cases) {
    EXPECT_EQ(outcome(text, Item()), "Invalid ConditionExpression: " + detail) << text;
  }
}

std::string repeated(int times, const std::string& part, const std::string& separator) {
  std::string text = part;
  for (int i = 1; i < times; ++i) text += separator + part;
  return text;
}

TEST(ConditionTest, Limits) {
  const std::string prefix = "Invalid ConditionExpression: ";
  EXPECT_EQ(outcome(std::string(4096 - 7, ' ') + "a = :n1", item(kItem)), "true");
  EXPECT_EQ(
      outcome(std::string(4109, 'a'), Item()),
      prefix + "Expression size has exceeded the maximum allowed size; expression size: 4109");
  EXPECT_EQ(outcome(repeated(150, "a=:n1", " AND "), item(kItem)), "true");  // 299 operators
  EXPECT_EQ(outcome(repeated(151, "a=:n1", " AND "), item(kItem)),
            prefix + "The expression contains too many operators; operator count: 301");
  EXPECT_EQ(outcome("a IN (" + repeated(100, ":n1", ",") + ")", item(kItem)), "true");
  EXPECT_EQ(outcome("a IN (" + repeated(101, ":n1", ",") + ")", item(kItem)),
            prefix + "The IN operator is provided with too many operands; number of operands: 101");
  EXPECT_EQ(outcome(repeated(32, "b", ".") + " = :n1", item(kItem)), "false");
  EXPECT_EQ(outcome(repeated(33, "b", ".") + " = :n1", Item()),
            prefix + "The document path has too many nesting levels; nesting levels: 33");
  EXPECT_EQ(outcome(std::string(4000, '('), Item()),
            prefix + "The expression has redundant parentheses;");
  EXPECT_EQ(outcome(repeated(1000, "NOT", " "), Item()),
            prefix + "The expression contains too many operators; operator count: 321");
}

TEST(ConditionTest, FiltersNameThemselvesAndMayNotNameKeys) {
  Substitutions names = substitutions();
  EXPECT_EQ(parse_filter("a = = b", names).error().message,
            R"(Invalid FilterExpression: Syntax error; token: "=", near: "= = b")");
  const auto filter = parse_filter("a = :n1 AND size(b.c) > :n1 AND sk <> :s", names);
  ASSERT_TRUE(filter);
  EXPECT_EQ((*filter)->paths().size(), 3U);
  EXPECT_TRUE(check_no_key_attributes(**filter, {"pk"}, "Filter Expression"));
  EXPECT_EQ(
      check_no_key_attributes(**filter, {"pk", "sk"}, "Filter Expression").error().message,
      "Filter Expression can only contain non-primary key attributes: Primary key attribute: sk");
  EXPECT_TRUE(check_key_paths((*filter)->paths(), {"a", "sk"}, "Key"));
  EXPECT_EQ(check_key_paths((*filter)->paths(), {"b"}, "IndexKey").error().message,
            "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
            "allowed: IndexKey: b");
}

TEST(ReservedWordsTest, KnowsThemInAnyCase) {
  for (const char* const word : {"status", "NAME", "Ttl", "abort", "ZONE", "INNTER", "FLATTERN",
                                 "LOGED", "localtimestamp", "size"}) {
    EXPECT_TRUE(is_reserved_word(word)) << word;
  }
  for (const char* const word : {"", "id", "pk", "statuses", "email", "LOCALTIMESTAMPS"}) {
    EXPECT_FALSE(is_reserved_word(word)) << word;
  }
}

}  // namespace
}  // namespace millrace::dynamodb::expression
