// Everything that runs functions, on an engine in memory: for tests that start real processes. They
// wait for completions only.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/rocksdb/rocksdb_engine.h"
#include "lambda/function/local_invoker.h"
#include "lambda/function/test_archive.h"

namespace millrace::lambda {

class CollectingSink final : public logs::LogSink {
 public:
  void append(const logs::LogScope&, const std::string& group, const std::string&,
              std::vector<logs::LogEvent> events) override {
    std::lock_guard lock(mutex_);
    for (auto& event : events) lines_.push_back(group + " " + event.message);
    changed_.notify_all();
  }
  std::vector<std::string> lines() {
    std::lock_guard lock(mutex_);
    return lines_;
  }
  void wait_for(const std::string& part) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] {
      for (const auto& line : lines_) {
        if (line.find(part) != std::string::npos) return true;
      }
      return false;
    });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

class InvokerFixture : public testing::Test {
 protected:
  InvokerFixture() {
    work_ = std::filesystem::path(testing::TempDir()) / ("millrace-invoker-" + random_.hex(8));
    settings_.work_directory = work_.string();
    settings_.runtimes_directory = MILLRACE_RUNTIMES_DIRECTORY;
    settings_.endpoint_url = "http://127.0.0.1:4566";
  }
  ~InvokerFixture() override {
    invoker_.reset();
    catalog_.reset();
    std::filesystem::remove_all(work_);
  }

  void open() {
    if (invoker_) return;
    engine::RocksdbOptions options;
    options.in_memory = true;
    engine_ = engine::open_rocksdb_engine(options, timers_).value();
    ASSERT_TRUE(prepare_work_directory(settings_));
    code_ = std::make_unique<CodeStore>(*engine_, code_directory(settings_));
    catalog_ = FunctionCatalog::open(*engine_, *code_, clock_, random_).value();
    invoker_ = std::make_unique<LocalInvoker>(
        LocalInvokerParts{*catalog_, *code_, interpreters(), timers_, random_, sink_, metrics_},
        settings_);
  }

  // Of all tests: looking for interpreters takes longer than most tests.
  static Interpreters& interpreters() {
    static Interpreters shared({}, getenv("PATH"));
    return shared;
  }

  static FunctionReference reference(const std::string& name = "f") {
    return {"aws", "123456789012", "eu-west-1", name, ""};
  }

  FunctionPtr create(const std::string& runtime, const std::string& handler,
                     const std::vector<TestFile>& files,
                     const std::function<void(Function&)>& adjust = nullptr) {
    open();
    Function function;
    function.reference = reference();
    function.runtime = runtime;
    function.handler = handler;
    function.log_group = "/aws/lambda/f";
    function.timeout_seconds = 30;
    function.memory_megabytes = 512;
    function.code_sha256 = code_->put(make_zip(files)).value();
    if (adjust) adjust(function);
    return catalog_->create(std::move(function)).value();
  }

  std::future<InvocationResult> start(const std::string& payload = "{}",
                                      const std::function<void(Invocation&)>& adjust = nullptr) {
    Invocation invocation;
    invocation.function = reference();
    invocation.payload = payload;
    if (adjust) adjust(invocation);
    auto promise = std::make_shared<std::promise<InvocationResult>>();
    invoker_->invoke(std::move(invocation),
                     [promise](InvocationResult result) { promise->set_value(std::move(result)); });
    return promise->get_future();
  }
  InvocationResult invoke(const std::string& payload = "{}",
                          const std::function<void(Invocation&)>& adjust = nullptr) {
    return start(payload, adjust).get();
  }
  static nlohmann::json parse(const InvocationResult& result) {
    return nlohmann::json::parse(result.payload, nullptr, false);
  }

  ServerClock clock_;
  ThreadTimers timers_{clock_};
  SystemRandom random_;
  MetricsRegistry metrics_;
  CollectingSink sink_;
  WorkerSettings settings_;
  std::filesystem::path work_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<CodeStore> code_;
  std::unique_ptr<FunctionCatalog> catalog_;
  std::unique_ptr<LocalInvoker> invoker_;
};

}  // namespace millrace::lambda
