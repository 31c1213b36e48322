#include "dynamodb/expression/substitutions.h"

#include <gtest/gtest.h>

#include "dynamodb/expression/condition.h"
#include "dynamodb/expression/projection.h"
#include "dynamodb/item/json_reader.h"

namespace millrace::dynamodb::expression {
namespace {

aws::Result<SubstitutionMembers> read(std::string_view text, ValueLayer layer) {
  const auto document = json::Document::parse(text);
  return read_substitutions(document.value().root(), layer);
}

// The error of reading, checking and creating, or "".
std::string fault(std::string_view text, const ExpressionMembers& members,
                  ValueLayer layer = ValueLayer::kCurrent) {
  auto read_members = read(text, layer);
  if (!read_members) return read_members.error().message;
  const auto checked = check_expression_members(members, *read_members);
  if (!checked) return checked.error().message;
  const auto created = Substitutions::create(*std::move(read_members));
  return created ? "" : created.error().message;
}

TEST(SubstitutionsTest, ChecksMembersInDynamoDbsOrder) {
  const ExpressionMembers update{{}, {"UpdateExpression"}, true};
  const ExpressionMembers projection{{}, {"ProjectionExpression"}, false};
  const ExpressionMembers none;
  const ExpressionMembers mixed{
      {"AttributesToGet", "QueryFilter"}, {"ProjectionExpression", "FilterExpression"}, true};
  const std::string names_alone =
      "ExpressionAttributeNames can only be specified when using expressions";
  const std::string values_alone =
      "ExpressionAttributeValues can only be specified when using expressions";
  EXPECT_EQ(fault("{}", none), "");
  EXPECT_EQ(fault("{}", mixed),
            "Can not use both expression and non-expression parameters in the same request: "
            "Non-expression parameters: {AttributesToGet, QueryFilter} Expression parameters: "
            "{ProjectionExpression, FilterExpression}");
  EXPECT_EQ(fault(R"({"ExpressionAttributeNames":{},"ExpressionAttributeValues":{}})", none),
            names_alone);
  EXPECT_EQ(fault(R"({"ExpressionAttributeValues":{":v":{"S":"x"}}})", none), values_alone);
  EXPECT_EQ(fault(R"({"ExpressionAttributeValues":{":v":{"S":"x"}}})", projection), values_alone);
  EXPECT_EQ(fault(R"({"ExpressionAttributeNames":{}})", update),
            "ExpressionAttributeNames must not be empty");
  EXPECT_EQ(fault(R"({"ExpressionAttributeValues":{}})", update),
            "ExpressionAttributeValues must not be empty");
  EXPECT_EQ(fault(R"({"ExpressionAttributeNames":{"s":"a"}})", update),
            R"(ExpressionAttributeNames contains invalid key: Syntax error; key: "s")");
  EXPECT_EQ(fault(R"({"ExpressionAttributeNames":{"#":"a"}})", update),
            R"(ExpressionAttributeNames contains invalid key: Syntax error; key: "#")");
  EXPECT_EQ(fault(R"({"ExpressionAttributeValues":{":a":{"N":"x"},"v":{"S":"x"}}})", update),
            R"(ExpressionAttributeValues contains invalid key: Syntax error; key: "v")");
  EXPECT_EQ(fault(R"({"ExpressionAttributeNames":{"#1_b":"a"}})", update), "");
  EXPECT_EQ(fault(R"({"ExpressionAttributeNames":{"#a":1}})", update),
            "NUMBER_VALUE cannot be converted to String");
  EXPECT_EQ(fault(R"({"ExpressionAttributeValues":[]})", update),
            "Unrecognized collection type java.util.Map<java.lang.String, "
            "com.amazonaws.dynamodb.v20120810.AttributeValue>");
}

TEST(SubstitutionsTest, TheOlderLayerNamesThePlaceholder) {
  const ExpressionMembers update{{}, {"UpdateExpression"}, true};
  const std::string_view text = R"({"ExpressionAttributeValues":{":ok":{"S":"x"},":v":{"N":"x"}}})";
  const std::string message = "The parameter cannot be converted to a numeric value: x";
  EXPECT_EQ(fault(text, update), message);
  EXPECT_EQ(fault(text, update, ValueLayer::kOlder),
            "ExpressionAttributeValues contains invalid value: " + message + " for key :v");
}

TEST(SubstitutionsTest, UnusedOnesAreListedAfterAllExpressions) {
  auto members = read(R"({"ExpressionAttributeNames":{"#b":"b","#a":"a","#c":"c"},
                          "ExpressionAttributeValues":{":v":{"S":"x"},":w":{"S":"y"}}})",
                      ValueLayer::kCurrent);
  auto names = Substitutions::create(*std::move(members));
  ASSERT_TRUE(names);
  ASSERT_TRUE(parse_projection("#c", *names));
  EXPECT_EQ(names->check_all_used().error().message,
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b, #a}");
  // Used in a branch that is never evaluated counts too.
  ASSERT_TRUE(parse_condition("attribute_exists(#a) OR #b = :v", *names));
  EXPECT_EQ(names->check_all_used().error().message,
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}");
  ASSERT_TRUE(parse_condition("x = :w", *names));
  EXPECT_TRUE(names->check_all_used());
}

}  // namespace
}  // namespace millrace::dynamodb::expression
