// For the tests of this folder: the operations as they are registered, on the in-memory engine.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "dynamodb/operation/operations.h"
#include "dynamodb/table/table_fixture.h"

namespace millrace::dynamodb::operation {

class OperationFixture : public table::TableFixture {
 protected:
  // Several cells a table, unless a test needs another number: clients must not see a difference.
  // The tests of dynamodb/table have one.
  explicit OperationFixture(int cells_per_table = 3) {
    close_tables();
    open_tables(cells_per_table);
    register_with(Dependencies{*catalog_, *items_, clock_});
  }

  // Again with other limits.
  void register_with(const Dependencies& dependencies) {
    registry_ = std::make_unique<aws::OperationRegistry>();
    register_operations(*registry_, dependencies);
  }

  aws::Result<aws::Output> try_call(const std::string& operation, const std::string& body) {
    auto context = std::make_shared<aws::RequestContext>(context_);
    context->operation = operation;
    context->host = "localhost:4566";
    const auto* handler = registry_->find("dynamodb", operation);
    if (handler == nullptr) return aws::api_error(400, "UnknownOperationException", operation);
    return await<aws::Result<aws::Output>>(
        [&](aws::Respond respond) { (*handler)(context, body, std::move(respond)); });
  }
  // The answer of a call that succeeds, null if it has no body; null as well if the call does not
  // succeed, which fails the test.
  nlohmann::json call(const std::string& operation, const std::string& body) {
    auto output = try_call(operation, body);
    if (!output) {
      ADD_FAILURE() << operation << ' ' << body << ": " << output.error().message;
      return {};
    }
    if (output->body.empty()) return {};
    auto document = nlohmann::json::parse(output->body, nullptr, false);
    EXPECT_FALSE(document.is_discarded()) << output->body;
    return document;
  }
  // "ValidationException: text" of a call that fails.
  std::string error(const std::string& operation, const std::string& body) {
    auto output = try_call(operation, body);
    if (output) return "succeeded: " + output->body;
    return output.error().type + ": " + output.error().message;
  }

  // Keys pk and sk; local indexes lsi1 (lsi1sk, all) and lsi2 (lsi2sk, lsi1sk); global indexes
  // gsi1 (lsi1sk, all) and gsi2 (lsi1sk and lsi2sk, data). All keys are strings.
  void create_indexed(const std::string& name = "indexed") {
    call("CreateTable", R"({"TableName":")" + name + R"(","BillingMode":"PAY_PER_REQUEST",
      "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],
      "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},
        {"AttributeName":"sk","AttributeType":"S"},{"AttributeName":"lsi1sk","AttributeType":"S"},
        {"AttributeName":"lsi2sk","AttributeType":"S"}],
      "LocalSecondaryIndexes":[
        {"IndexName":"lsi1","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},
          {"AttributeName":"lsi1sk","KeyType":"RANGE"}],"Projection":{"ProjectionType":"ALL"}},
        {"IndexName":"lsi2","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},
          {"AttributeName":"lsi2sk","KeyType":"RANGE"}],
         "Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["lsi1sk"]}}],
      "GlobalSecondaryIndexes":[
        {"IndexName":"gsi1","KeySchema":[{"AttributeName":"lsi1sk","KeyType":"HASH"}],
         "Projection":{"ProjectionType":"ALL"}},
        {"IndexName":"gsi2","KeySchema":[{"AttributeName":"lsi1sk","KeyType":"HASH"},
          {"AttributeName":"lsi2sk","KeyType":"RANGE"}],
         "Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["data"]}}]})");
  }
  // Keys pk (string) and, if given, sk of this type.
  void create_plain(const std::string& name, const std::string& sort_type = "") {
    std::string schema = R"({"AttributeName":"pk","KeyType":"HASH"})";
    std::string attributes = R"({"AttributeName":"pk","AttributeType":"S"})";
    if (!sort_type.empty()) {
      schema += R"(,{"AttributeName":"sk","KeyType":"RANGE"})";
      attributes += R"(,{"AttributeName":"sk","AttributeType":")" + sort_type + "\"}";
    }
    call("CreateTable", R"({"TableName":")" + name + R"(","BillingMode":"PAY_PER_REQUEST",
      "KeySchema":[)" + schema +
                            R"(],"AttributeDefinitions":[)" + attributes + "]}");
  }

  std::unique_ptr<aws::OperationRegistry> registry_;
};

inline nlohmann::json parsed(const std::string& text) {
  return nlohmann::json::parse(text);
}

}  // namespace millrace::dynamodb::operation
