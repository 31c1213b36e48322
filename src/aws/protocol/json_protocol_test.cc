#include "aws/protocol/json_protocol.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "aws/protocol/content_encoding.h"
#include "aws/testing.h"
#include "base/encoding.h"

namespace millrace::aws {
namespace {

using nlohmann::json;
using testing::header;
using testing::make_request;

HttpRequest json_request(std::string_view type = "application/x-amz-json-1.0") {
  return make_request("POST", "/", {{"Content-Type", type}});
}

Route route_to(std::string_view service) {
  Route route;
  route.protocol = ProtocolKind::kJson;
  route.service = find_service(service);
  return route;
}

HttpResponse error_of(std::string_view service, ApiError error) {
  return JsonProtocol().error(route_to(service), json_request(), "ID", error);
}

std::string body_of(std::string_view service, ApiError error) {
  return error_of(service, std::move(error)).body;
}

TEST(JsonProtocol, AnswersInTheTypeOfTheRequest) {
  Output output;
  output.body = R"({"a":1})";
  HttpResponse response = JsonProtocol().output(route_to("dynamodb"), json_request(), "ID", output);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"a":1})");
  EXPECT_EQ(response.content_type, "application/x-amz-json-1.0");
  EXPECT_EQ(header(response, "x-amzn-RequestId"), "ID");
  HttpRequest plain = json_request("application/json; charset=utf-8");
  EXPECT_EQ(JsonProtocol().output(route_to("dynamodb"), plain, "ID", {}).content_type,
            "application/json");
  HttpRequest none = make_request("POST", "/");
  EXPECT_EQ(JsonProtocol().output(route_to("logs"), none, "ID", {}).content_type,
            "application/x-amz-json-1.1");
}

TEST(JsonProtocol, LongDynamoDbAnswersAreCompressedIfTheClientWants) {
  HttpRequest request = json_request();
  request.add_header("Accept-Encoding", "gzip, deflate");
  request.add_header("Accept-Encoding", "identity");
  Output output;
  output.body = std::string(4096, ' ');
  HttpResponse response = JsonProtocol().output(route_to("dynamodb"), request, "ID", output);
  EXPECT_EQ(response.body, output.body);
  EXPECT_EQ(header(response, "Content-Encoding"), "");
  output.body += ' ';
  response = JsonProtocol().output(route_to("dynamodb"), request, "ID", output);
  EXPECT_EQ(header(response, "Content-Encoding"), "gzip");
  EXPECT_EQ(header(response, "x-amz-crc32"), std::to_string(crc32(response.body)));
  EXPECT_EQ(*decode_content("gzip", response.body, 10'000), output.body);
  EXPECT_EQ(JsonProtocol().output(route_to("dynamodb"), json_request(), "ID", output).body,
            output.body);
  EXPECT_EQ(JsonProtocol().output(route_to("logs"), request, "ID", output).body, output.body);
}

TEST(JsonProtocol, DynamoDbAnswersCarryTheChecksumOfTheirBytes) {
  Output output;
  output.body = "{}";
  // Decimal CRC-32 (IEEE) of the two bytes, computed elsewhere.
  for (std::string_view service : {"dynamodb", "dynamodbstreams"}) {
    HttpResponse response = JsonProtocol().output(route_to(service), json_request(), "ID", output);
    EXPECT_EQ(header(response, "x-amz-crc32"), "2745614147");
  }
  HttpResponse error = error_of("dynamodb", {400, "ResourceNotFoundException", "gone", {}});
  EXPECT_EQ(header(error, "x-amz-crc32"), std::to_string(crc32(error.body)));
  HttpResponse other = JsonProtocol().output(route_to("sqs"), json_request(), "ID", output);
  EXPECT_EQ(header(other, "x-amz-crc32"), "");
}

TEST(JsonProtocol, ErrorsNameTheirNamespace) {
  EXPECT_EQ(body_of("dynamodb", {400, "ResourceNotFoundException", "gone", {}}),
            R"({"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",)"
            R"("message":"gone"})");
  EXPECT_EQ(body_of("dynamodb", {400, "ValidationException", "bad", {}}),
            R"({"__type":"com.amazon.coral.validate#ValidationException","message":"bad"})");
  EXPECT_EQ(body_of("dynamodbstreams", {400, "ThrottlingException", "slow", {}}),
            R"({"__type":"com.amazon.coral.availability#ThrottlingException","message":"slow"})");
  EXPECT_EQ(body_of("dynamodb", {400, "UnrecognizedClientException", "who", {}}),
            R"({"__type":"com.amazon.coral.service#UnrecognizedClientException","message":"who"})");
  EXPECT_EQ(body_of("dynamodb", {400, "UnknownOperationException", "", {}}),
            R"({"__type":"com.amazon.coral.service#UnknownOperationException"})");
  EXPECT_EQ(body_of("logs", {400, "ResourceNotFoundException", "gone", {}}),
            R"({"__type":"ResourceNotFoundException","message":"gone"})");
}

TEST(JsonProtocol, SomeErrorsOfDynamoDbWriteTheirTextInCapitals) {
  ApiError cancelled{400, "TransactionCanceledException", "cancelled", {}};
  cancelled.members.emplace_back("CancellationReasons", R"([{"Code":"None"}])");
  EXPECT_EQ(body_of("dynamodb", cancelled),
            R"({"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException",)"
            R"("Message":"cancelled","CancellationReasons":[{"Code":"None"}]})");
}

TEST(JsonProtocol, ErrorTextIsAlwaysValidJson) {
  json parsed = json::parse(body_of("dynamodb", {400, "ValidationException", "\"\n\xff\x01", {}}));
  EXPECT_EQ(parsed["message"], "\"\n\xEF\xBF\xBD\x01");
}

TEST(JsonProtocol, QueryCompatibleServicesNameTheOlderCode) {
  HttpResponse missing = error_of("sqs", {400, "QueueDoesNotExist", "gone", {}});
  EXPECT_EQ(header(missing, "x-amzn-query-error"),
            "AWS.SimpleQueueService.NonExistentQueue;Sender");
  EXPECT_EQ(json::parse(missing.body)["__type"], "com.amazonaws.sqs#QueueDoesNotExist");
  HttpResponse fault = error_of("sqs", {500, "InternalServerError", "fault", {}});
  EXPECT_EQ(header(fault, "x-amzn-query-error"), "InternalFailure;Receiver");
  HttpResponse exists = error_of("sqs", {400, "QueueNameExists", "twice", {}});
  EXPECT_EQ(header(exists, "x-amzn-query-error"), "QueueAlreadyExists;Sender");
  HttpResponse other = error_of("logs", {400, "ResourceNotFoundException", "gone", {}});
  EXPECT_EQ(header(other, "x-amzn-query-error"), "");
}

}  // namespace
}  // namespace millrace::aws
