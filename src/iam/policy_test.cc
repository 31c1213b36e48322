#include "iam/policy.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "iam/wildcard.h"

namespace millrace::iam {
namespace {

using nlohmann::json;

Policy policy(const std::string& statements) {
  auto parsed =
      Policy::parse(json{{"Version", "2012-10-17"}, {"Statement", json::parse(statements)}});
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error());
  return std::move(parsed).value();
}
std::string error_of(const std::string& statement) {
  auto parsed =
      Policy::parse(json{{"Version", "2012-10-17"}, {"Statement", json::parse(statement)}});
  return parsed ? "" : parsed.error();
}

const std::string kUsers = "arn:aws:dynamodb:us-east-1:123456789012:table/Users";

Permission on(const std::string& action, const std::string& resource = kUsers) {
  return {action, resource, {}, {}};
}

TEST(Wildcard, StarsAndQuestionMarks) {
  auto matches = [](std::string_view pattern, std::string_view text) {
    return matches_wildcard(pattern, text, Case::kSensitive);
  };
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("a*c", "abbc"));
  EXPECT_TRUE(matches("a*b*c", "a-b-b-c"));
  EXPECT_FALSE(matches("a*b*c", "a-c-b"));
  EXPECT_TRUE(matches("a?c", "abc"));
  EXPECT_FALSE(matches("a?c", "ac"));
  EXPECT_FALSE(matches("abc", "ABC"));
  EXPECT_TRUE(matches_wildcard("abc*", "ABCD", Case::kInsensitive));
  // Not exponential.
  EXPECT_FALSE(matches(std::string(200, '*') + "b", std::string(2000, 'a')));
}

TEST(Policy, AllowsWhatItNames) {
  Policy reader = policy(R"([{"Effect":"Allow","Action":["dynamodb:Get*","dynamodb:query"],
      "Resource":"arn:aws:dynamodb:*:*:table/U?ers"}])");
  EXPECT_EQ(reader.judge(on("dynamodb:GetItem")), Verdict::kAllowed);
  EXPECT_EQ(reader.judge(on("dynamodb:Query")), Verdict::kAllowed);
  EXPECT_EQ(reader.judge(on("dynamodb:PutItem")), Verdict::kNothingSaid);
  EXPECT_EQ(reader.judge(on("dynamodb:GetItem", kUsers + "/index/byMail")), Verdict::kNothingSaid);
  EXPECT_EQ(reader.judge(on("dynamodb:GetItem", "*")), Verdict::kNothingSaid);
}

TEST(Policy, ADenialWins) {
  Policy both = policy(R"([{"Effect":"Allow","Action":"*","Resource":"*"},
      {"Effect":"Deny","Action":"dynamodb:Delete*","Resource":"arn:aws:dynamodb:*:*:table/Users"},
      {"Effect":"Allow","Action":"dynamodb:DeleteItem","Resource":"*"}])");
  EXPECT_EQ(both.judge(on("dynamodb:DeleteItem")), Verdict::kDenied);
  EXPECT_EQ(both.judge(on("dynamodb:DeleteItem", kUsers + "2")), Verdict::kAllowed);
  Policy allow = policy(R"([{"Effect":"Allow","Action":"*","Resource":"*"}])");
  EXPECT_EQ(judge({allow, both}, on("dynamodb:DeleteTable")), Verdict::kDenied);
}

TEST(Policy, NotActionAndNotResourceAreAllButThese) {
  Policy others = policy(R"({"Effect":"Allow","NotAction":"dynamodb:*",
      "NotResource":"arn:aws:sqs:*:*:secret"})");
  EXPECT_EQ(others.judge(on("dynamodb:GetItem")), Verdict::kNothingSaid);
  EXPECT_EQ(others.judge(on("sqs:SendMessage", "arn:aws:sqs:r:1:open")), Verdict::kAllowed);
  EXPECT_EQ(others.judge(on("sqs:SendMessage", "arn:aws:sqs:r:1:secret")), Verdict::kNothingSaid);
}

TEST(Policy, ConditionsOnLeadingKeys) {
  Policy own = policy(R"([{"Effect":"Allow","Action":"*","Resource":"*","Condition":
      {"ForAllValues:StringEquals":{"dynamodb:LeadingKeys":["${aws:username}"]}}}])");
  Permission permission = on("dynamodb:GetItem");
  permission.keys["aws:username"] = {"ada"};
  permission.keys["dynamodb:leadingkeys"] = {"ada"};
  EXPECT_EQ(own.judge(permission), Verdict::kAllowed);
  permission.keys["dynamodb:leadingkeys"] = {"ada", "bob"};
  EXPECT_EQ(own.judge(permission), Verdict::kNothingSaid);
  permission.keys["dynamodb:leadingkeys"] = {"*"};
  EXPECT_EQ(own.judge(permission), Verdict::kNothingSaid);
  permission.keys.erase("dynamodb:leadingkeys");
  EXPECT_EQ(own.judge(permission), Verdict::kAllowed) << "as IAM: all of no values";
  permission.untold_keys = {"dynamodb:leadingkeys"};
  EXPECT_EQ(own.judge(permission), Verdict::kNothingSaid);
}

TEST(Policy, WhatCannotBeToldEscapesNoDenial) {
  Policy mixed = policy(R"([{"Effect":"Allow","Action":"*","Resource":"*"},
      {"Effect":"Deny","Action":"*","Resource":"*","Condition":
      {"ForAnyValue:StringLike":{"dynamodb:LeadingKeys":["secret*"]}}}])");
  Permission permission = on("dynamodb:GetItem");
  EXPECT_EQ(mixed.judge(permission), Verdict::kAllowed);
  permission.keys["dynamodb:leadingkeys"] = {"open", "secret7"};
  EXPECT_EQ(mixed.judge(permission), Verdict::kDenied);
  permission.keys.clear();
  permission.untold_keys = {"dynamodb:leadingkeys"};
  EXPECT_EQ(mixed.judge(permission), Verdict::kDenied);
}

bool holds(const std::string& condition) {
  auto parsed = Condition::parse(json::parse(condition));
  EXPECT_TRUE(parsed) << condition << (parsed ? "" : parsed.error());
  Permission permission;
  permission.keys["aws:requestedregion"] = {"eu-west-1"};
  permission.keys["aws:principalarn"] = {"arn:aws:iam::123456789012:user/ada"};
  permission.keys["aws:principalaccount"] = {"123456789012"};
  return parsed && parsed->holds(permission) == Truth::kTrue;
}

TEST(Condition, Operators) {
  EXPECT_TRUE(holds(R"({"StringEquals":{"aws:RequestedRegion":["us-east-1","eu-west-1"]}})"));
  EXPECT_FALSE(holds(R"({"StringNotEquals":{"aws:requestedregion":["us-east-1","eu-west-1"]}})"));
  EXPECT_TRUE(holds(R"({"StringEqualsIgnoreCase":{"aws:RequestedRegion":"EU-WEST-1"}})"));
  EXPECT_FALSE(holds(R"({"StringNotEqualsIgnoreCase":{"aws:RequestedRegion":"EU-WEST-1"}})"));
  EXPECT_TRUE(holds(R"({"StringLike":{"aws:RequestedRegion":"eu-*"}})"));
  EXPECT_FALSE(holds(R"({"StringNotLike":{"aws:RequestedRegion":"eu-*"}})"));
  EXPECT_TRUE(holds(R"({"NumericEquals":{"aws:PrincipalAccount":123456789012}})"));
  EXPECT_TRUE(holds(R"({"NumericLessThan":{"aws:PrincipalAccount":"123456789013"}})"));
  EXPECT_FALSE(holds(R"({"NumericGreaterThanEquals":{"aws:PrincipalAccount":"123456789013"}})"));
  EXPECT_TRUE(holds(R"({"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/*"}})"));
  EXPECT_FALSE(holds(R"({"ArnLike":{"aws:PrincipalArn":"arn:aws:*"}})"));
  EXPECT_FALSE(holds(R"({"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/*"}})"));
  EXPECT_TRUE(holds(R"({"Null":{"aws:username":"true","aws:PrincipalArn":false}})"));
  EXPECT_FALSE(holds(R"({"StringEquals":{"aws:username":"ada"}})"));
  EXPECT_TRUE(holds(R"({"StringEqualsIfExists":{"aws:username":"ada"}})"));
  EXPECT_TRUE(holds(R"({"StringNotEquals":{"aws:username":"ada"}})"));
  EXPECT_FALSE(holds(
      R"({"StringLike":{"aws:RequestedRegion":"eu-*"},"StringEquals":{"aws:username":"a"}})"));
}

TEST(Policy, WhatIsNotSupportedIsRefused) {
  const std::string start = R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":)";
  EXPECT_EQ(error_of(start + R"({"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}})"),
            "The condition operator IpAddress is not supported.");
  EXPECT_EQ(error_of(start + R"({"StringEquals":{"aws:SourceVpc":"v"}}})"),
            "The condition key aws:SourceVpc is not supported.");
  EXPECT_EQ(error_of(start + R"({"StringEquals":{"aws:username":"${aws:userid}"}}})"),
            "The policy variable in ${aws:userid} is not supported.");
  EXPECT_EQ(error_of(R"({"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"})"),
            "A policy statement has the element Principal, which is not supported.");
  EXPECT_EQ(error_of(R"({"Effect":"Allow","Resource":"*"})"),
            "A policy statement must have either Action or NotAction.");
  EXPECT_EQ(error_of(R"({"Effect":"allow","Action":"*","Resource":"*"})"),
            "The Effect of a policy statement must be Allow or Deny.");
  EXPECT_EQ(error_of(R"({"Effect":"Allow","Action":"GetItem","Resource":"*"})"),
            "The Action GetItem of a policy statement is not valid.");
  EXPECT_EQ(error_of(R"({"Effect":"Allow","Action":"*","Resource":"Users"})"),
            "The Resource Users of a policy statement is not valid.");
  EXPECT_FALSE(Policy::parse(json{{"Version", "2008-10-17"}, {"Statement", json::array()}}));
  EXPECT_FALSE(Policy::parse(json("text")));
}

}  // namespace
}  // namespace millrace::iam
