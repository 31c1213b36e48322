#include "aws/http_message.h"

#include <gtest/gtest.h>

#include "aws/arn.h"
#include "aws/credential_scope.h"
#include "aws/testing.h"

namespace millrace::aws {
namespace {

using testing::make_request;

TEST(HttpRequest, HeadersAreFoundWhateverTheirCase) {
  HttpRequest request = make_request("GET", "/a%20b?c=d?e", {{"X-First", "1"}, {"x-first", "2"}});
  EXPECT_EQ(request.header("X-FIRST"), "1");
  EXPECT_EQ(request.headers().size(), 2u);
  EXPECT_EQ(request.header("X-Fir"), "");
  EXPECT_FALSE(request.find_header("X-Other"));
  EXPECT_EQ(request.path(), "/a%20b");
  EXPECT_EQ(request.query(), "c=d?e");
}

TEST(NameValues, AreDecodedInOrder) {
  using Values = NameValues;
  EXPECT_EQ(parse_name_values("a=1&&b&c=%26=+&a=2", false),
            (Values{{"a", "1"}, {"b", ""}, {"c", "&=+"}, {"a", "2"}}));
  EXPECT_EQ(parse_name_values("a+b=c+d", true), (Values{{"a b", "c d"}}));
  EXPECT_EQ(*find_value({{"a", "1"}, {"a", "2"}}, "a"), "1");
  EXPECT_FALSE(find_value({}, "a"));
}

TEST(Trim, RemovesBlanks) {
  EXPECT_EQ(trim(" \ta b\t "), "a b");
  EXPECT_EQ(trim(" \t"), "");
}

TEST(CredentialScope, IsReadFromHeaderOrUrl) {
  auto scope = find_credential_scope(make_request(
      "GET", "/",
      {{"Authorization",
        "AWS4-HMAC-SHA256 Credential=A/B/20261124/eu-west-1/sqs/aws4_request,Signature=0"}}));
  ASSERT_TRUE(scope);
  EXPECT_EQ(scope->access_key_id, "A/B");  // any text that a user made up
  EXPECT_EQ(scope->date, "20261124");
  EXPECT_EQ(scope->region, "eu-west-1");
  EXPECT_EQ(scope->service, "sqs");
  auto presigned = find_credential_scope(
      make_request("GET", "/?X-Amz-Credential=AKID%2F20261124%2Fus-east-1%2Fsts%2Faws4_request"));
  ASSERT_TRUE(presigned);
  EXPECT_EQ(presigned->service, "sts");
}

TEST(CredentialScope, IsNothingInOtherForms) {
  for (const char* credential :
       {"", "AKID", "AKID/20261124/us-east-1/sqs", "/20261124/us-east-1/sqs/aws4_request",
        "AKID/20261124/us-east-1/sqs/aws5_request"}) {
    EXPECT_FALSE(parse_credential_scope(credential)) << credential;
  }
  EXPECT_FALSE(find_credential_scope(make_request("GET", "/", {{"Authorization", "Basic YTpi"}})));
  EXPECT_FALSE(find_credential_scope(make_request("GET", "/")));
}

TEST(Arn, HasSixParts) {
  auto arn =
      Arn::parse("arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-11-24T00:00:00");
  ASSERT_TRUE(arn);
  EXPECT_EQ(arn->resource, "table/t/stream/2026-11-24T00:00:00");
  EXPECT_EQ(arn->text(),
            "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-11-24T00:00:00");
  for (const char* text : {"", "arn", "arn:aws:s3:::", "urn:aws:s3:::b", "arn::s3:::b", "table"}) {
    EXPECT_FALSE(Arn::parse(text)) << text;
  }
  RequestContext context;
  context.partition = "aws-cn";
  context.region = "cn-north-1";
  EXPECT_EQ(make_arn(context, "sqs", "q").text(), "arn:aws-cn:sqs:cn-north-1:000000000000:q");
}

}  // namespace
}  // namespace millrace::aws
