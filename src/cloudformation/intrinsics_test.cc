#include "cloudformation/intrinsics.h"

#include <gtest/gtest.h>

#include "cloudformation/resource_graph.h"

namespace millrace::cloudformation {
namespace {

json parsed(const std::string& text) {
  auto document = parse_template(text);
  EXPECT_TRUE(document) << (document ? "" : document.error().message);
  return document ? *document : json();
}

TEST(TemplateTest, ShortTagsBecomeLongForms) {
  EXPECT_EQ(parsed(R"(
Resources:
  A:
    Ref: !Ref B
    Att: !GetAtt B.Outputs.C
    Sub: !Sub ["${X}-${AWS::Region}", {X: !Ref B}]
    If: !If [IsProd, 1, !Ref "AWS::NoValue"]
    Text: "5"
    Number: 5
    Zero: 007
    Yes: true
    Date: 2010-09-09
)")["Resources"]["A"],
            json::parse(R"({
    "Ref": {"Ref": "B"},
    "Att": {"Fn::GetAtt": ["B", "Outputs.C"]},
    "Sub": {"Fn::Sub": ["${X}-${AWS::Region}", {"X": {"Ref": "B"}}]},
    "If": {"Fn::If": ["IsProd", 1, {"Ref": "AWS::NoValue"}]},
    "Text": "5", "Number": 5, "Zero": "007", "Yes": true, "Date": "2010-09-09"})"));
}

TEST(TemplateTest, SaysWhereATextIsNotATemplate) {
  for (const char* bad : {"a: [1", "a: !Unknown x", "a: 1\na: 2", "just text", "a: !GetAtt B"}) {
    auto document = parse_template(bad);
    ASSERT_FALSE(document) << bad;
    EXPECT_EQ(document.error().type, "ValidationError");
    EXPECT_EQ(document.error().message.rfind("Template format error: ", 0), 0u) << bad;
  }
}

class IntrinsicsTest : public testing::Test {
 protected:
  IntrinsicsTest() {
    resolver_.set_resource(
        "Table", "users",
        {{"Arn", "arn:table"}, {"StreamArn", "arn:aws:dynamodb:r:0:table/users/stream/now"}});
  }
  std::string resolve(const std::string& yaml) {
    auto value = resolver_.resolve(parsed("v: " + yaml)["v"]);
    return value ? value->dump() : "error: " + value.error().message;
  }
  const json document_ = json::parse(R"({
    "Mappings": {"Sizes": {"small": {"memory": 128}}},
    "Conditions": {
      "IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
      "NotProd": {"Fn::Not": [{"Condition": "IsProd"}]},
      "Both": {"Fn::And": [{"Condition": "IsProd"}, {"Condition": "NotProd"}]},
      "Any": {"Fn::Or": [{"Condition": "IsProd"}, {"Condition": "NotProd"}]},
      "Loop": {"Fn::Not": [{"Condition": "Loop"}]}}})");
  Resolver resolver_{document_, {{"Stage", "dev"}, {"AWS::Region", "eu-west-1"}, {"Empty", ""}}};
};

TEST_F(IntrinsicsTest, Functions) {
  EXPECT_EQ(resolve("!Ref Table"), R"("users")");
  EXPECT_EQ(resolve("!GetAtt Table.Arn"), R"("arn:table")");
  EXPECT_EQ(resolve("!Sub '${Table}/${Table.Arn}/${!Literal}/${AWS::Region}'"),
            R"("users/arn:table/${Literal}/eu-west-1")");
  EXPECT_EQ(resolve("!Sub ['${A}${Stage}', {A: !Ref Table}]"), R"("usersdev")");
  EXPECT_EQ(resolve("!Select [3, !Split ['/', !GetAtt Table.StreamArn]]"), R"("now")");
  EXPECT_EQ(resolve("!Join ['-', [a, !Ref Stage, 3]]"), R"("a-dev-3")");
  EXPECT_EQ(resolve("!If [IsProd, 1, 2]"), "2");
  EXPECT_EQ(resolve("{a: !If [IsProd, 1, !Ref 'AWS::NoValue'], b: 2}"), R"({"b":2})");
  EXPECT_EQ(resolve("[1, !Ref 'AWS::NoValue']"), "[1]");
  EXPECT_EQ(resolve("!FindInMap [Sizes, small, memory]"), "128");
  EXPECT_EQ(resolve("!Base64 hi"), R"("aGk=")");
}

TEST_F(IntrinsicsTest, ErrorsNameWhatIsWrong) {
  EXPECT_EQ(resolve("!Ref Nothing"),
            "error: Template format error: Unresolved resource dependencies [Nothing] in the "
            "Resources block of the template");
  EXPECT_EQ(resolve("!GetAtt Table.Color"),
            "error: Template error: resource Table does not support attribute type Color in "
            "Fn::GetAtt");
  EXPECT_EQ(resolve("!Select [4, [a]]"),
            "error: Template error: Fn::Select cannot select nonexistent value at index 4");
  EXPECT_EQ(resolve("!Sub 'a ${b'"), "error: Template error: a ${ of Fn::Sub is not closed");
  EXPECT_EQ(resolve("!If [Nope, 1, 2]"),
            "error: Template error: unresolved condition dependency Nope");
}

TEST_F(IntrinsicsTest, Conditions) {
  EXPECT_FALSE(*resolver_.condition("IsProd"));
  EXPECT_TRUE(*resolver_.condition("NotProd"));
  EXPECT_FALSE(*resolver_.condition("Both"));
  EXPECT_TRUE(*resolver_.condition("Any"));
  EXPECT_FALSE(resolver_.condition("Loop"));
}

TEST(ParametersTest, DefaultsGivenValuesAndConstraints) {
  json document = parsed(R"(
Parameters:
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Count: {Type: Number}
  Names: {Type: CommaDelimitedList, Default: "a, b"}
  Code: {Type: String, Default: x1, AllowedPattern: "[a-z][0-9]"}
)");
  auto message = [&](std::map<std::string, std::string> given) {
    auto values = parameter_values(document, given, {});
    return values ? json(*values).dump() : values.error().message;
  };
  EXPECT_EQ(message({{"Count", "3"}}),
            R"({"Code":"x1","Count":"3","Names":["a","b"],"Stage":"dev"})");
  EXPECT_EQ(message({}), "Parameters: [Count] must have values");
  EXPECT_EQ(message({{"Count", "3"}, {"Extra", "1"}}),
            "Parameters: [Extra] do not exist in the template");
  EXPECT_EQ(message({{"Count", "3"}, {"Stage", "test"}}),
            "Parameter 'Stage' must be one of AllowedValues: [dev, prod]");
  EXPECT_EQ(message({{"Count", "many"}}), "Parameter 'Count' must be a number.");
  EXPECT_EQ(message({{"Count", "3"}, {"Code", "9"}}),
            "Parameter 'Code' must match pattern: [a-z][0-9]");
}

TEST(ResourceGraphTest, DependenciesComeFirst) {
  json document = parsed(R"(
Conditions: {Never: !Equals [a, b]}
Resources:
  A: {Type: T, Properties: {x: !Sub "${C.Arn}"}}
  B: {Type: T, DependsOn: A}
  C: {Type: T, Properties: {x: !If [Never, !Ref D, 1]}}
  D: {Type: T, Condition: Never}
)");
  Resolver resolver(document, {});
  auto order = creation_order(document, resolver, {});
  ASSERT_TRUE(order);
  EXPECT_EQ(*order, (std::vector<std::string>{"C", "A", "B"}));
}

TEST(ResourceGraphTest, CyclesAndMissingResourcesAreErrors) {
  auto error = [](const std::string& yaml) {
    json document = parsed(yaml);
    Resolver resolver(document, {});
    auto order = creation_order(document, resolver, {});
    return order ? "none" : order.error().message;
  };
  EXPECT_EQ(error("Resources: {A: {Type: T, DependsOn: B}, B: {Type: T, DependsOn: A}}"),
            "Circular dependency between resources: [A]");
  EXPECT_EQ(error("Resources: {A: {Type: T, Properties: {x: !Ref Lost}}}"),
            "Template format error: Unresolved resource dependencies [Lost] in the Resources block "
            "of the template");
}

}  // namespace
}  // namespace millrace::cloudformation
