// For tests of what calls functions: an invoker that is answered by hand, and a catalog to go with
// it, on an engine in memory.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/rocksdb/rocksdb_engine.h"
#include "lambda/function/function_catalog.h"
#include "lambda/function/invoker.h"
#include "lambda/function/test_archive.h"

namespace millrace::lambda {

// Keeps calls until the test answers them, on the test's own thread.
class FakeInvoker final : public Invoker {
 public:
  struct Call {
    Invocation invocation;
    UniqueFunction<void(InvocationResult)> done;
  };

  ~FakeInvoker() override {
    while (!calls.empty()) answer(InvocationResult::Outcome::kUnavailable);
  }

  void invoke(Invocation invocation, UniqueFunction<void(InvocationResult)> done) override {
    if (at_once) {
      InvocationResult result;
      result.outcome = *at_once;
      return done(std::move(result));
    }
    calls.push_back({std::move(invocation), std::move(done)});
  }

  // Answers the oldest call.
  void answer(InvocationResult result) {
    ASSERT_FALSE(calls.empty());
    Call call = std::move(calls.front());
    calls.pop_front();
    result.request_id = call.invocation.request_id;
    result.executed_version = "$LATEST";
    call.done(std::move(result));
  }
  void answer(InvocationResult::Outcome outcome, std::string payload = "null") {
    InvocationResult result;
    result.outcome = outcome;
    result.payload = std::move(payload);
    if (outcome == InvocationResult::Outcome::kFunctionError) result.function_error = "Unhandled";
    answer(std::move(result));
  }

  std::vector<std::string> payloads() const {
    std::vector<std::string> result;
    for (const Call& call : calls) result.push_back(call.invocation.payload);
    return result;
  }

  std::deque<Call> calls;
  // How every call is answered inside of invoke().
  std::optional<InvocationResult::Outcome> at_once;
};

class CatalogFixture : public testing::Test {
 protected:
  CatalogFixture()
      : directory_(std::filesystem::path(testing::TempDir()) / ("functions-" + random_.hex(8))) {
    engine::RocksdbOptions options;
    options.in_memory = true;
    engine_ = engine::open_rocksdb_engine(options, timers_).value();
    code_ = std::make_unique<CodeStore>(*engine_, directory_.string());
    catalog_ = FunctionCatalog::open(*engine_, *code_, clock_, random_).value();
  }
  ~CatalogFixture() override {
    catalog_.reset();
    std::filesystem::remove_all(directory_);
  }

  static FunctionReference reference(const std::string& name = "f") {
    return {"aws", "123456789012", "eu-west-1", name, ""};
  }
  void create(const std::string& name, const std::function<void(Function&)>& adjust = nullptr) {
    Function function;
    function.reference = reference(name);
    if (adjust) adjust(function);
    ASSERT_TRUE(catalog_->create(std::move(function)));
  }

  ManualClock clock_;
  ManualTimers timers_{clock_};
  SystemRandom random_;
  const std::filesystem::path directory_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<CodeStore> code_;
  std::unique_ptr<FunctionCatalog> catalog_;
};

}  // namespace millrace::lambda
