#include "dynamodb/expression/legacy_conditions.h"

#include <gtest/gtest.h>

#include "dynamodb/expression/testing.h"

namespace millrace::dynamodb::expression {
namespace {

using testing::item;
using testing::to_json;

const char* const kItem =
    R"({"n":{"N":"5"},"s":{"S":"text"},"ss":{"SS":["a","b"]},"l":{"L":[{"N":"1"}]}})";

template <class Build>
std::string outcome(const std::string& member, const std::string& conditions, Build build) {
  const auto document = json::Document::parse("{\"" + member + "\":" + conditions + "}");
  auto read = read_legacy_conditions(document.value().root(), member, ValueLayer::kCurrent);
  if (!read) return read.error().message;
  const auto condition = build(read.value().value());
  if (!condition) return condition.error().message;
  return (*condition)->evaluate(item(kItem)) ? "true" : "false";
}

std::string expected(const std::string& conditions,
                     ConditionalOperator op = ConditionalOperator::kAnd) {
  return outcome("Expected", conditions, [op](const LegacyConditions& parsed) {
    return condition_from_expected(parsed, op);
  });
}

std::string filter(const std::string& conditions,
                   ConditionalOperator op = ConditionalOperator::kAnd) {
  return outcome("ScanFilter", conditions, [op](const LegacyConditions& parsed) {
    return condition_from_filter(parsed, op);
  });
}

TEST(LegacyConditionsTest, ExpectedHolds) {
  EXPECT_EQ(expected(R"({"x":{"Exists":false}})"), "true");
  EXPECT_EQ(expected(R"({"n":{"Exists":false}})"), "false");
  EXPECT_EQ(expected(R"({"n":{"Value":{"N":"5.0"}}})"), "true");
  EXPECT_EQ(expected(R"({"n":{"Value":{"N":"5"},"Exists":true}})"), "true");
  EXPECT_EQ(expected(R"({"n":{"ComparisonOperator":"GT","Value":{"N":"4"}}})"), "true");
  EXPECT_EQ(expected(R"({"n":{"ComparisonOperator":"LT","AttributeValueList":[{"N":"4"}]}})"),
            "false");
  EXPECT_EQ(
      expected(R"({"n":{"ComparisonOperator":"NOT_NULL"},"x":{"ComparisonOperator":"NULL"}})"),
      "true");
  const std::string two = R"({"n":{"Value":{"N":"6"}},"s":{"Value":{"S":"text"}}})";
  EXPECT_EQ(expected(two), "false");
  EXPECT_EQ(expected(two, ConditionalOperator::kOr), "true");
  EXPECT_EQ(expected("{}", ConditionalOperator::kOr), "true");
}

TEST(LegacyConditionsTest, FiltersHold) {
  const auto one = [](const std::string& attribute, const std::string& op,
                      const std::string& values) {
    return filter("{\"" + attribute + R"(":{"ComparisonOperator":")" + op +
                  R"(","AttributeValueList":[)" + values + "]}}");
  };
  EXPECT_EQ(one("n", "BETWEEN", R"({"N":"1"},{"N":"5"})"), "true");
  EXPECT_EQ(one("n", "IN", R"({"N":"1"},{"N":"5"})"), "true");
  EXPECT_EQ(one("s", "BEGINS_WITH", R"({"S":"te"})"), "true");
  EXPECT_EQ(one("ss", "CONTAINS", R"({"S":"a"})"), "true");
  EXPECT_EQ(one("ss", "NOT_CONTAINS", R"({"S":"c"})"), "true");
  EXPECT_EQ(one("ss", "NOT_CONTAINS", R"({"S":"a"})"), "false");
  EXPECT_EQ(one("missing", "NOT_CONTAINS", R"({"S":"a"})"), "false");
  EXPECT_EQ(one("missing", "NE", R"({"S":"a"})"), "true");
  EXPECT_EQ(one("l", "EQ", R"({"L":[{"N":"1.0"}]})"), "true");
  EXPECT_EQ(one("ss", "EQ", R"({"SS":["b","a"]})"), "true");
  EXPECT_EQ(one("n", "GE", R"({"N":"6"})"), "false");
}

TEST(LegacyConditionsTest, ErrorTexts) {
  const std::string invalid = "One or more parameter values were invalid: ";
  const std::pair<std::string, std::string> cases[] = {
      {R"({"a":{"Value":{"S":"x"},"AttributeValueList":[{"S":"x"}]}})",
       invalid + "Value and AttributeValueList cannot be used together for Attribute: a"},
      {R"({"a":{"Exists":true,"ComparisonOperator":"EQ"}})",
       invalid + "Exists and ComparisonOperator cannot be used together for Attribute: a"},
      {R"({"a":{"ComparisonOperator":"EQ"}})",
       invalid + "Value or AttributeValueList must be used with ComparisonOperator: EQ for "
                 "Attribute: a"},
      {R"({"a":{"ComparisonOperator":"BETWEEN","AttributeValueList":[{"N":"1"}]}})",
       invalid + "Invalid number of argument(s) for the BETWEEN ComparisonOperator"},
      {R"({"a":{"ComparisonOperator":"BETWEEN","AttributeValueList":[{"N":"1"},{"S":"a"}]}})",
       invalid + "AttributeValues inside AttributeValueList must be of same type"},
      {R"({"a":{"ComparisonOperator":"BETWEEN","AttributeValueList":[{"N":"2"},{"N":"1"}]}})",
       "The BETWEEN condition was provided a range where the lower bound is greater than the upper "
       "bound"},
      {R"({"a":{"AttributeValueList":[{"S":"x"}]}})",
       invalid + "AttributeValueList can only be used with a ComparisonOperator for Attribute: a"},
      {R"({"a":{}})", invalid + "Value must be provided when Exists is null for Attribute: a"},
      {R"({"a":{"Exists":true}})",
       invalid + "Value must be provided when Exists is true for Attribute: a"},
      {R"({"a":{"Exists":false,"Value":{"S":"x"}}})",
       invalid + "Value cannot be used when Exists is false for Attribute: a"},
      {R"({"a":{"ComparisonOperator":"NULL","AttributeValueList":[{"S":"x"}]}})",
       invalid + "Invalid number of argument(s) for the NULL ComparisonOperator"},
      {R"({"a":{"ComparisonOperator":"LT","Value":{"BOOL":true}}})",
       invalid + "ComparisonOperator LT is not valid for BOOL AttributeValue type"},
      {R"({"a":{"ComparisonOperator":"BEGINS_WITH","Value":{"N":"1"}}})",
       invalid + "ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type"},
      {R"({"a":{"Value":{"N":"x"}}})", "The parameter cannot be converted to a numeric value: x"},
      {R"({"":{"Exists":false}})", "Empty attribute name"},
      {R"({"a":[]})",
       "Unrecognized collection type class "
       "com.amazonaws.dynamodb.v20120810.ExpectedAttributeValue"},
      {R"([])",
       "Unrecognized collection type java.util.Map<java.lang.String, "
       "com.amazonaws.dynamodb.v20120810.ExpectedAttributeValue>"},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(expected(text), message) << text;
  EXPECT_EQ(filter("[]"),
            "Unrecognized collection type java.util.Map<java.lang.String, "
            "com.amazonaws.dynamodb.v20120810.Condition>");
}

TEST(LegacyConditionsTest, OperatorsNeedTwoConditions) {
  const LegacyCondition condition;
  using Conditions = std::optional<LegacyConditions>;
  for (const char* name : {"AND", "OR"}) {
    EXPECT_TRUE(check_conditional_operator(name, LegacyConditions{condition, condition}));
    for (const auto& none : {Conditions(), Conditions(LegacyConditions{})}) {
      EXPECT_EQ(check_conditional_operator(name, none).error().message,
                "ConditionalOperator cannot be used without Filter or Expected");
    }
    EXPECT_EQ(check_conditional_operator(name, LegacyConditions{condition}).error().message,
              "ConditionalOperator can only be used when Filter or Expected has two or more "
              "elements");
  }
  EXPECT_TRUE(check_conditional_operator(std::nullopt, std::nullopt));
}

std::string key_condition(const std::string& conditions) {
  const auto document = json::Document::parse(R"({"KeyConditions":)" + conditions + "}");
  auto read =
      read_legacy_conditions(document.value().root(), "KeyConditions", ValueLayer::kCurrent);
  const auto condition = key_condition_from_legacy(read.value().value());
  if (!condition) return condition.error().message;
  const KeySchema schema{{{"pk", AttributeType::kString}}, {{"sk", AttributeType::kNumber}}};
  const auto range = resolve_key_condition(*condition, schema);
  return range ? std::to_string(range->sort.size()) : range.error().message;
}

TEST(LegacyConditionsTest, KeyConditions) {
  const std::string pk = R"("pk":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"x"}]})";
  EXPECT_EQ(key_condition("{" + pk + "}"), "0");
  EXPECT_EQ(
      key_condition(
          "{" + pk +
          R"(,"sk":{"ComparisonOperator":"BETWEEN","AttributeValueList":[{"N":"1"},{"N":"2"}]}})"),
      "1");
  EXPECT_EQ(key_condition("{}"), "Conditions can be of length 1 or 2 only");
  EXPECT_EQ(key_condition(R"({"pk":{"ComparisonOperator":"NE","AttributeValueList":[{"S":"x"}]}})"),
            "Attempted conditional constraint is not an indexable operation");
  EXPECT_EQ(key_condition(R"({"pk":{"ComparisonOperator":"GT","AttributeValueList":[{"S":"x"}]}})"),
            "Query key condition not supported");
}

std::string attribute_updates(const std::string& updates) {
  const auto document = json::Document::parse(R"({"AttributeUpdates":)" + updates + "}");
  auto read = read_attribute_updates(document.value().root(), ValueLayer::kCurrent);
  if (!read) return read.error().message;
  const auto update = update_from_attribute_updates(read.value().value());
  if (!update) return update.error().message;
  const auto after = (*update)->apply(item(kItem), Item());
  return after ? to_json(*after) : after.error().message;
}

TEST(LegacyConditionsTest, AttributeUpdates) {
  EXPECT_EQ(
      attribute_updates(
          R"({"n":{"Action":"ADD","Value":{"N":"1"}},"s":{"Action":"DELETE"},"a.b":{"Value":{"S":"x"}},)"
          R"("l":{"Action":"ADD","Value":{"L":[{"N":"2"}]}},"ss":{"Action":"DELETE","Value":{"SS":["a"]}}})"),
      R"({"a.b":{"S":"x"},"l":{"L":[{"N":"1"},{"N":"2"}]},"n":{"N":"6"},"ss":{"SS":["b"]}})");
  EXPECT_EQ(attribute_updates("{}"), to_json(item(kItem)));
  const std::string invalid = "One or more parameter values were invalid: ";
  EXPECT_EQ(attribute_updates(R"({"n":{"Action":"PUT"}})"),
            invalid + "Only DELETE action is allowed when no attribute value is specified");
  EXPECT_EQ(attribute_updates(R"({"n":{"Action":"DELETE","Value":{"N":"1"}}})"),
            invalid + "DELETE action with value is not supported for the type N");
  EXPECT_EQ(attribute_updates(R"({"n":{"Action":"ADD","Value":{"S":"x"}}})"),
            invalid + "ADD action is not supported for the type S");
  EXPECT_EQ(attribute_updates(R"({"":{"Action":"DELETE"}})"), "Empty attribute name");
  EXPECT_EQ(attribute_updates(R"({"s":{"Action":"ADD","Value":{"N":"1"}}})"),
            "Type mismatch for attribute to update");
}

}  // namespace
}  // namespace millrace::dynamodb::expression
