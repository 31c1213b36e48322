#include "aws/protocol/rest_json_protocol.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "aws/protocol/lambda_paths.h"
#include "aws/testing.h"

namespace millrace::aws {
namespace {

using nlohmann::json;
using testing::header;
using testing::make_request;
using Parameters = std::map<std::string, std::string>;

Route lambda(std::string method, std::string target) {
  return route_lambda(make_request(std::move(method), std::move(target)));
}

TEST(LambdaRoute, MethodAndPathNameTheOperation) {
  EXPECT_EQ(lambda("POST", "/2015-03-31/functions").operation, "CreateFunction");
  EXPECT_EQ(lambda("GET", "/2015-03-31/functions/").operation, "ListFunctions");
  EXPECT_EQ(lambda("GET", "/2015-03-31/functions/f").operation, "GetFunction");
  EXPECT_EQ(lambda("PUT", "/2015-03-31/functions/f/code").operation, "UpdateFunctionCode");
  EXPECT_EQ(lambda("POST", "/2015-03-31/event-source-mappings/").operation,
            "CreateEventSourceMapping");
  EXPECT_EQ(lambda("PUT", "/2017-10-31/functions/f/concurrency").operation,
            "PutFunctionConcurrency");
  EXPECT_EQ(lambda("GET", "/2018-10-31/layers").operation, "ListLayers");
  EXPECT_EQ(lambda("GET", "/2018-10-31/layers?find=LayerVersion&Arn=a").operation,
            "GetLayerVersionByArn");
  EXPECT_EQ(lambda("PATCH", "/2015-03-31/functions/f").operation, "");
  EXPECT_EQ(lambda("GET", "/2015-03-31/functions/f/g/h/i").operation, "");
  EXPECT_EQ(lambda("GET", "/").operation, "");
}

TEST(LambdaRoute, SuccessStatusesAreTheModels) {
  EXPECT_EQ(lambda("POST", "/2015-03-31/functions").success_status, 201);
  EXPECT_EQ(lambda("DELETE", "/2015-03-31/functions/f").success_status, 200);
  EXPECT_EQ(lambda("POST", "/2015-03-31/event-source-mappings").success_status, 202);
  EXPECT_EQ(lambda("PUT", "/2015-03-31/event-source-mappings/u").success_status, 202);
  EXPECT_EQ(lambda("GET", "/2015-03-31/event-source-mappings/u").success_status, 200);
  EXPECT_EQ(lambda("DELETE", "/2015-03-31/functions/f/aliases/a").success_status, 204);
}

TEST(LambdaRoute, NamesInPathsAreDecodedAfterSplitting) {
  EXPECT_EQ(lambda("GET", "/2015-03-31/functions/a%2Fb%20c").parameters,
            (Parameters{{"FunctionName", "a/b c"}}));
  EXPECT_EQ(
      lambda("POST",
             "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af"
             "/invocations?Qualifier=live")
          .parameters,
      (Parameters{{"FunctionName", "arn:aws:lambda:us-east-1:000000000000:function:f"},
                  {"Qualifier", "live"}}));
  EXPECT_EQ(lambda("GET", "/2015-03-31/functions/f:live").parameters["FunctionName"], "f:live");
  EXPECT_EQ(lambda("GET", "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aeu%3A1%3Afunction%3Af")
                .parameters["Resource"],
            "arn:aws:lambda:eu:1:function:f");
  EXPECT_EQ(lambda("GET", "/2015-03-31/functions/%zz%4").parameters["FunctionName"], "%zz%4");
}

TEST(LambdaRoute, ParametersComeFromPathQueryAndHeaders) {
  Route list =
      lambda("GET", "/2015-03-31/event-source-mappings?FunctionName=f&MaxItems=5&Marker=a%2Bb");
  EXPECT_EQ(list.parameters,
            (Parameters{{"FunctionName", "f"}, {"MaxItems", "5"}, {"Marker", "a+b"}}));
  Route invoke = route_lambda(make_request(
      "POST", "/2015-03-31/functions/f/invocations?FunctionName=other",
      {{"x-amz-invocation-type", "Event"}, {"X-Amz-Log-Type", "Tail"}, {"X-Amz-Other", "x"}}));
  EXPECT_EQ(invoke.parameters,
            (Parameters{{"FunctionName", "f"}, {"InvocationType", "Event"}, {"LogType", "Tail"}}));
  EXPECT_TRUE(invoke.body_is_payload);
}

TEST(LambdaRoute, RepeatedTagKeysAreOneList) {
  Route route = lambda("DELETE", "/2017-03-31/tags/arn?tagKeys=a&tagKeys=b%22");
  EXPECT_EQ(route.operation, "UntagResource");
  auto input = RestJsonProtocol().input(route, "");
  ASSERT_TRUE(input);
  EXPECT_EQ(json::parse(*input), json::parse(R"({"TagKeys":["a","b\""]})"));
}

TEST(LambdaRoute, EachOperationIsListedOnce) {
  std::set<std::string_view> names;
  for (const RestOperation& operation : lambda_operations()) {
    EXPECT_TRUE(names.insert(operation.name).second) << operation.name;
    std::string target(operation.path);
    for (size_t brace; (brace = target.find('{')) != std::string::npos;) {
      target.replace(brace, target.find('}') - brace + 1, "x");
    }
    EXPECT_EQ(lambda(std::string(operation.method), target).operation, operation.name);
    EXPECT_TRUE(is_lambda_path(target.substr(0, target.find('?')))) << target;
  }
}

TEST(LambdaRoute, OnlyLambdasPathsAreLambdas) {
  EXPECT_TRUE(is_lambda_path("/2015-03-31/functions/f"));
  EXPECT_FALSE(is_lambda_path("/2015-03-31"));
  EXPECT_FALSE(is_lambda_path("/bucket/functions"));
  EXPECT_FALSE(is_lambda_path("/"));
  EXPECT_FALSE(is_lambda_path(""));
}

TEST(RestJsonProtocol, AnswersHaveTheOperationsStatus) {
  Route route = lambda("POST", "/2015-03-31/functions");
  Output output;
  output.body = "{}";
  HttpResponse created = RestJsonProtocol().output(route, HttpRequest(), "ID", output);
  EXPECT_EQ(created.status, 201);
  EXPECT_EQ(created.content_type, "application/json");
  EXPECT_EQ(header(created, "x-amzn-RequestId"), "ID");
  output.http_status = 202;
  output.headers.emplace_back("X-Amz-Executed-Version", "$LATEST");
  HttpResponse accepted = RestJsonProtocol().output(route, HttpRequest(), "ID", output);
  EXPECT_EQ(accepted.status, 202);
  EXPECT_EQ(header(accepted, "X-Amz-Executed-Version"), "$LATEST");
  Route removed = lambda("DELETE", "/2015-03-31/functions/f/aliases/a");
  HttpResponse nothing = RestJsonProtocol().output(removed, HttpRequest(), "ID", Output{"{}"});
  EXPECT_EQ(nothing.status, 204);
  EXPECT_EQ(nothing.body, "");
  EXPECT_EQ(nothing.content_type, "");
}

TEST(RestJsonProtocol, ErrorsAreNamedInTheHeader) {
  Route route = lambda("GET", "/2015-03-31/functions/f");
  HttpResponse missing = RestJsonProtocol().error(
      route, HttpRequest(), "ID", {404, "ResourceNotFoundException", "Function not found: f", {}});
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(header(missing, "x-amzn-ErrorType"), "ResourceNotFoundException");
  EXPECT_EQ(missing.body, R"({"Type":"User","Message":"Function not found: f"})");
  HttpResponse bad = RestJsonProtocol().error(route, HttpRequest(), "ID",
                                              {400, "InvalidParameterValueException", "no\"", {}});
  EXPECT_EQ(bad.body, R"({"Type":"User","message":"no\""})");
  HttpResponse fault =
      RestJsonProtocol().error(route, HttpRequest(), "ID", {500, "ServiceException", "oops", {}});
  EXPECT_EQ(fault.body, R"({"Type":"Service","Message":"oops"})");
}

}  // namespace
}  // namespace millrace::aws
