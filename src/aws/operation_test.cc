#include "aws/operation.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace millrace::aws {
namespace {

using nlohmann::json;

// What the handler answers: its output, or the error's type.
std::string call(const OperationHandler& handler, std::string body, RequestContext context = {}) {
  std::string answer = "none";
  handler(std::make_shared<RequestContext>(std::move(context)), std::move(body),
          [&](Result<Output> result) {
            answer = result ? result->body : result.error().type + ": " + result.error().message;
          });
  return answer;
}

OperationHandler echo() {
  return json_operation(
      [](const RequestContext&, const json& input) -> Result<json> { return input; });
}

OperationHandler number_of(const char* name) {
  return json_operation([name](const RequestContext&, const json& input) -> Result<json> {
    return json{{"number", input.at(name).get<int>()}};
  });
}

TEST(JsonOperation, InputIsAnObject) {
  EXPECT_EQ(call(echo(), ""), "{}");
  EXPECT_EQ(call(echo(), R"({"a":1})"), R"({"a":1})");
  for (const char* body : {"[]", "1", "null", "{", "{} {}", "\xff"}) {
    EXPECT_EQ(call(echo(), body), "SerializationException: The request body is not a JSON object");
  }
}

TEST(JsonOperation, NestingHasABound) {
  // Copying and writing JSON recurse: what is nested too deeply would end the server.
  auto nested = [](size_t depth) {
    return "{\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + '}';
  };
  EXPECT_EQ(call(echo(), nested(100)), nested(100));
  EXPECT_EQ(call(echo(), nested(101)),
            "SerializationException: The request body is nested too deeply");
  EXPECT_EQ(call(echo(), nested(1'000'000)),
            "SerializationException: The request body is nested too deeply");
  std::string brackets = "{\"a\":\"\\\"" + std::string(1000, '[') + "\"}";
  EXPECT_EQ(call(echo(), brackets), brackets);
}

TEST(JsonOperation, WrongTypesAreTheClientsError) {
  EXPECT_EQ(call(number_of("n"), R"({"n":7})"), R"({"number":7})");
  EXPECT_EQ(call(number_of("n"), R"({"n":"7"})"),
            "SerializationException: A member of the input has a wrong type");
  EXPECT_EQ(call(number_of("n"), "{}"),
            "SerializationException: A member of the input has a wrong type");
}

TEST(JsonOperation, WhatThePathSaysWinsOverTheBody) {
  RequestContext context;
  context.parameters["FunctionName"] = "path";
  EXPECT_EQ(call(echo(), R"({"FunctionName":"body"})", context), R"({"FunctionName":"path"})");
}

TEST(JsonOperation, OutputsAreValidUtf8) {
  auto handler = json_operation([](const RequestContext&, const json&) -> Result<json> {
    return json{{"a", "\xff"}};
  });
  EXPECT_EQ(call(handler, ""), "{\"a\":\"\xEF\xBF\xBD\"}");
}

TEST(AsyncJsonOperation, AnAnswerMayComeLater) {
  JsonRespond kept;
  auto handler = async_json_operation(
      [&](ContextPtr, json, JsonRespond respond) { kept = std::move(respond); });
  std::string answer = "none";
  handler(std::make_shared<RequestContext>(), "{}",
          [&](Result<Output> result) { answer = result->body; });
  EXPECT_EQ(answer, "none");
  kept(json{{"late", true}});
  EXPECT_EQ(answer, R"({"late":true})");
}

TEST(AsyncJsonOperation, AThrowBeforeTheAnswerIsAnswered) {
  auto handler = async_json_operation(
      [](ContextPtr, json input, JsonRespond respond) { respond(json(input.at("n").get<int>())); });
  EXPECT_EQ(call(handler, "{}"), "SerializationException: A member of the input has a wrong type");
  EXPECT_EQ(call(handler, "["), "SerializationException: The request body is not a JSON object");
}

TEST(OperationRegistry, CallsOperationsFromInside) {
  OperationRegistry registry;
  registry.add("dynamodb", "Echo",
               json_operation([](const RequestContext& context, const json& input) -> Result<json> {
                 return json{{"input", input},
                             {"operation", context.operation},
                             {"service", context.service},
                             {"account", context.account}};
               }));
  RequestContext context;
  context.account = "123456789012";
  context.service = "cloudformation";
  context.parameters["Stray"] = "of the outer request";
  json answer;
  registry.call(context, "dynamodb", "Echo", {{"a", 1}},
                [&](Result<json> result) { answer = *result; });
  EXPECT_EQ(answer, json::parse(R"({"input":{"a":1},"operation":"Echo","service":"dynamodb",
                                    "account":"123456789012"})"));
  std::string error;
  registry.call(context, "dynamodb", "Nothing", {},
                [&](Result<json> result) { error = result.error().type; });
  EXPECT_EQ(error, "UnknownOperationException");
  EXPECT_EQ(registry.find("sqs", "Echo"), nullptr);
  EXPECT_EQ(registry.list().size(), 1u);
}

}  // namespace
}  // namespace millrace::aws
