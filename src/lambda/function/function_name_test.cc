#include "lambda/function/function_name.h"

#include <gtest/gtest.h>

namespace millrace::lambda {
namespace {

aws::RequestContext context() {
  aws::RequestContext context;
  context.account = "123456789012";
  context.region = "eu-west-1";
  context.operation = "Invoke";
  return context;
}

TEST(FunctionName, TakesEveryForm) {
  for (std::string_view form :
       {"f", "function:f", "123456789012:function:f", "eu-west-1:123456789012:function:f",
        "123456789012:f", "arn:aws:lambda:eu-west-1:123456789012:function:f"}) {
    auto reference = parse_function_name(context(), form);
    ASSERT_TRUE(reference) << form;
    EXPECT_EQ(reference->arn(), "arn:aws:lambda:eu-west-1:123456789012:function:f") << form;
  }
}

TEST(FunctionName, TakesTheQualifierFromEitherPlace) {
  EXPECT_EQ(parse_function_name(context(), "f:prod")->qualifier, "prod");
  EXPECT_EQ(parse_function_name(context(), "f", "prod")->qualifier, "prod");
  EXPECT_EQ(parse_function_name(context(), "f:$LATEST", "$LATEST")->arn(),
            "arn:aws:lambda:eu-west-1:123456789012:function:f:$LATEST");
  auto differing = parse_function_name(context(), "f:prod", "test");
  ASSERT_FALSE(differing);
  EXPECT_EQ(differing.error().type, "InvalidParameterValueException");
  EXPECT_EQ(differing.error().message,
            "The derived qualifier from the function name does not match the specified qualifier.");
}

TEST(FunctionName, RefusesWhatHasNoForm) {
  for (std::string_view form : {"", "a b", "f:", "f:a:b", "arn:aws:sqs:eu-west-1:123456789012:f",
                                "arn:aws:lambda:eu-west-1:1234:function:f", "f/g", "f:$OTHER"}) {
    auto reference = parse_function_name(context(), form);
    ASSERT_FALSE(reference) << form;
    EXPECT_EQ(reference.error().type, "ValidationException") << form;
  }
  EXPECT_FALSE(parse_function_name(context(), std::string(171, 'f')));
}

TEST(FunctionName, StaysInsideRegionAndAccount) {
  auto region = parse_function_name(context(), "arn:aws:lambda:us-east-1:123456789012:function:f");
  ASSERT_FALSE(region);
  EXPECT_EQ(region.error().http_status, 404);
  EXPECT_EQ(region.error().message,
            "Functions from 'us-east-1' are not reachable in this region ('eu-west-1')");
  auto account = parse_function_name(context(), "000000000000:function:f");
  ASSERT_FALSE(account);
  EXPECT_EQ(account.error().type, "AccessDeniedException");
}

TEST(FunctionName, ParsesArnsOfAnyAccount) {
  auto reference = parse_function_arn("arn:aws-cn:lambda:cn-north-1:999999999999:function:f:7");
  ASSERT_TRUE(reference);
  EXPECT_EQ(reference->partition, "aws-cn");
  EXPECT_EQ(reference->qualifier, "7");
  EXPECT_FALSE(parse_function_arn("f"));
  EXPECT_FALSE(parse_function_arn("arn:aws:sqs:cn-north-1:999999999999:queue"));
}

}  // namespace
}  // namespace millrace::lambda
