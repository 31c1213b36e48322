// For the tests of this folder: the operations as they are registered, with an invoker that is
// answered by hand.
#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/encoding.h"
#include "lambda/function/testing.h"
#include "lambda/operation/function/function_tags.h"
#include "lambda/operation/function/operations.h"

namespace millrace::lambda::operation {

class OperationFixture : public CatalogFixture {
 protected:
  using Answer = std::optional<aws::Result<aws::Output>>;

  OperationFixture() {
    context_.account = "123456789012";
    context_.region = "eu-west-1";
    context_.host = "localhost:4566";
    context_.request_id = "request-1";
    tag_owners_["function"] = &function_tags_;
    register_operations(registry_, {*catalog_, *code_, invoker_, asynchronous_, changes_, workers_,
                                    links_, tag_owners_});
  }

  // Begins a call, and runs what it posts; the answer is there when the operation has given it.
  std::shared_ptr<Answer> begin(const std::string& operation, const std::string& body,
                                const std::map<std::string, std::string>& parameters) {
    auto context = std::make_shared<aws::RequestContext>(context_);
    context->operation = operation;
    context->parameters = parameters;
    auto answer = std::make_shared<Answer>();
    const auto* handler = registry_.find("lambda", operation);
    EXPECT_NE(handler, nullptr) << operation;
    if (handler == nullptr) return answer;
    (*handler)(context, body, [answer](aws::Result<aws::Output> output) {
      EXPECT_FALSE(answer->has_value()) << "answered twice";
      *answer = std::move(output);
    });
    while (changes_.run_all() + workers_.run_all() > 0) {
    }
    return answer;
  }
  // The answer of a call that succeeds; null if it does not, which fails the test.
  nlohmann::json call(const std::string& operation, const nlohmann::json& input) {
    auto answer = begin(operation, input.dump(), {});
    if (!answer->has_value() || !**answer) {
      ADD_FAILURE() << operation << ' ' << input.dump() << ": " << text_of_error(*answer);
      return {};
    }
    return nlohmann::json::parse((**answer)->body, nullptr, false);
  }
  // "404 ResourceNotFoundException: text" of a call that fails.
  std::string error(const std::string& operation, const nlohmann::json& input) {
    return text_of_error(*begin(operation, input.dump(), {}));
  }
  static std::string text_of_error(const Answer& answer) {
    if (!answer) return "no answer";
    if (*answer) return "succeeded: " + (*answer)->body;
    const aws::ApiError& error = answer->error();
    return std::to_string(error.http_status) + ' ' + error.type + ": " + error.message;
  }

  static nlohmann::json zip(const std::string& text = "def handler(event, context): pass") {
    return to_base64(make_zip({{"app.py", text}}));
  }
  static nlohmann::json function_input(const std::string& name, nlohmann::json more = {}) {
    nlohmann::json input = {{"FunctionName", name},
                            {"Runtime", "python3.12"},
                            {"Handler", "app.handler"},
                            {"Role", "arn:aws:iam::123456789012:role/r"},
                            {"Code", {{"ZipFile", zip()}}}};
    if (!more.is_null()) input.update(more);
    return input;
  }
  nlohmann::json create_function(const std::string& name, nlohmann::json more = {}) {
    return call("CreateFunction", function_input(name, std::move(more)));
  }
  static std::string arn(const std::string& name) {
    return "arn:aws:lambda:eu-west-1:123456789012:function:" + name;
  }

  aws::RequestContext context_;
  aws::OperationRegistry registry_;
  MetricsRegistry metrics_;
  ManualExecutor changes_;
  ManualExecutor workers_;
  FunctionTags function_tags_{*catalog_};
  TagOwners tag_owners_;
  CodeLinks links_{random_, clock_};
  struct Ending {
    FakeInvoker& invoker;
    ~Ending() {
      while (!invoker.calls.empty()) invoker.answer(InvocationResult::Outcome::kUnavailable);
    }
  };
  FakeInvoker invoker_;
  AsynchronousInvoker asynchronous_{*catalog_, invoker_, timers_, metrics_};
  Ending ending_{invoker_};  // first to end: answers what the asynchronous invoker waits for
};

}  // namespace millrace::lambda::operation
