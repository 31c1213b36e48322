#include "aws/protocol/route.h"

#include <gtest/gtest.h>

#include "aws/testing.h"

namespace millrace::aws {
namespace {

using testing::make_request;

constexpr char kForm[] = "application/x-www-form-urlencoded; charset=utf-8";

std::string authorization(const std::string& service) {
  return "AWS4-HMAC-SHA256 Credential=AKID/20261124/us-east-1/" + service +
         "/aws4_request, SignedHeaders=host, Signature=00";
}

// "service.Operation" of a route, or "none".
std::string name_of(const Route& route) {
  if (route.protocol == ProtocolKind::kNone) return "none";
  return std::string(route.service->name) + '.' + route.operation;
}

std::string by_target(std::string_view target) {
  return name_of(route_request(make_request("POST", "/", {{"X-Amz-Target", target}}), "{}"));
}

std::string by_form(std::string_view form, std::string_view scope = "") {
  HttpRequest request = make_request("POST", "/", {{"Content-Type", kForm}});
  if (!scope.empty()) request.add_header("Authorization", authorization(std::string(scope)));
  return name_of(route_request(request, form));
}

TEST(Route, TargetsNameServiceAndOperation) {
  EXPECT_EQ(by_target("DynamoDB_20120810.PutItem"), "dynamodb.PutItem");
  EXPECT_EQ(by_target("DynamoDBStreams_20120810.GetRecords"), "dynamodbstreams.GetRecords");
  EXPECT_EQ(by_target("AmazonSQS.SendMessage"), "sqs.SendMessage");
  EXPECT_EQ(by_target("Logs_20140328.FilterLogEvents"), "logs.FilterLogEvents");
  EXPECT_EQ(by_target("GraniteServiceVersion20100801.PutMetricData"), "cloudwatch.PutMetricData");
  EXPECT_EQ(by_target("Kinesis_20131202.PutRecord"), "kinesis.PutRecord");
}

TEST(Route, TargetsOfNoServiceAreAnsweredAsByDynamoDb) {
  EXPECT_EQ(by_target("Nothing_20200101.PutItem"), "dynamodb.");
  EXPECT_EQ(by_target("PutItem"), "dynamodb.");
  EXPECT_EQ(by_target(""), "dynamodb.");
}

TEST(Route, TheTargetHeaderComesBeforeTheScope) {
  // Both services of DynamoDB share one scope.
  HttpRequest request = make_request("POST", "/", {{"X-Amz-Target", "DynamoDBStreams_20120810.X"}});
  request.add_header("Authorization", authorization("dynamodb"));
  EXPECT_EQ(name_of(route_request(request, "{}")), "dynamodbstreams.X");
}

TEST(Route, FormsAreToldApartByVersionBecauseActionsShareNames) {
  EXPECT_EQ(by_form("Action=TagResource&Version=2010-03-31"), "sns.TagResource");
  EXPECT_EQ(by_form("Action=DescribeStacks&Version=2010-05-15"), "cloudformation.DescribeStacks");
  EXPECT_EQ(by_form("Action=GetRole&Version=2010-05-08"), "iam.GetRole");
  EXPECT_EQ(by_form("Action=GetCallerIdentity&Version=2011-06-15"), "sts.GetCallerIdentity");
  EXPECT_EQ(by_form("Action=SendMessage&Version=2012-11-05"), "sqs.SendMessage");
  EXPECT_EQ(by_form("Action=PutMetricData&Version=2010-08-01"), "cloudwatch.PutMetricData");
}

TEST(Route, FormsWithoutAVersionGoByTheScope) {
  EXPECT_EQ(by_form("Action=CreateQueue", "sqs"), "sqs.CreateQueue");
  EXPECT_EQ(by_form("Action=Anything", "dynamodb"), "sns.Anything");  // has no query protocol
  EXPECT_EQ(by_form("Version=2012-11-05", "sqs"), "none");
}

TEST(Route, PresignedQueriesNameTheActionInTheUrl) {
  HttpRequest request = make_request(
      "GET", "/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256");
  EXPECT_EQ(name_of(route_request(request, "")), "sts.GetCallerIdentity");
  HttpRequest other = make_request("GET", "/?TransAction=1");
  EXPECT_EQ(name_of(route_request(other, "")), "none");
}

TEST(Route, UploadsToTheObjectStoreAreNotForms) {
  // What urllib sends to a presigned URL.
  HttpRequest request = make_request(
      "POST", "/bucket/key?X-Amz-Credential=AKID%2F20261124%2Fus-east-1%2Fs3%2Faws4_request",
      {{"Content-Type", kForm}});
  EXPECT_EQ(name_of(route_request(request, "Action=x&Version=2012-11-05")), "none");
}

TEST(Route, QueriesToAQueuesOwnUrlNameItByThePath) {
  HttpRequest request = make_request("POST", "/000000000000/my%2Dqueue", {{"Content-Type", kForm}});
  Route route = route_request(request, "Action=ReceiveMessage&Version=2012-11-05");
  EXPECT_EQ(route.parameters["QueueUrl"], "http://queue/000000000000/my-queue");
  Route named = route_request(
      request, "Action=ReceiveMessage&Version=2012-11-05&QueueUrl=http%3A%2F%2Fhost%2F1%2Fother");
  EXPECT_EQ(named.parameters.count("QueueUrl"), 0u);
}

TEST(Route, LambdaIsKnownByItsScopeOrItsPaths) {
  HttpRequest by_scope = make_request("GET", "/2099-01-01/novelties");
  by_scope.add_header("Authorization", authorization("lambda"));
  EXPECT_EQ(name_of(route_request(by_scope, "")), "lambda.");
  EXPECT_EQ(name_of(route_request(make_request("GET", "/2015-03-31/functions/"), "")),
            "lambda.ListFunctions");
  EXPECT_EQ(name_of(route_request(make_request("GET", "/2015-03-31/novelties"), "")), "none");
}

TEST(Route, WhatBelongsToNobody) {
  EXPECT_EQ(name_of(route_request(make_request("POST", "/"), "{}")), "none");
  EXPECT_EQ(name_of(route_request(make_request("POST", "/", {{"Content-Type", kForm}}), "")),
            "none");
  HttpRequest broken =
      make_request("GET", "/", {{"Authorization", "AWS4-HMAC-SHA256 Credential=a/b"}});
  EXPECT_EQ(name_of(route_request(broken, "")), "none");
}

}  // namespace
}  // namespace millrace::aws
