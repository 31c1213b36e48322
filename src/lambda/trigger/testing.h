// For tests only: a table's stream, a function and a queue made of memory, with time and threads by
// hand, around a MappingManager.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "dynamodb/stream/testing.h"
#include "lambda/trigger/mapping_manager.h"

namespace millrace::lambda::testing {

using nlohmann::json;

// Answers invocations by `answer`, or keeps them until answer_held().
class FakeInvoker final : public Invoker {
 public:
  using Answer = std::function<InvocationResult(const json& event)>;

  void invoke(Invocation invocation, UniqueFunction<void(InvocationResult)> done) override {
    events.push_back(json::parse(invocation.payload));
    payloads.push_back(std::move(invocation.payload));
    functions.push_back(invocation.function);
    if (hold) {
      held.push_back(std::move(done));
    } else {
      done(answer(events.back()));
    }
  }
  void answer_held(const InvocationResult& result) {
    auto done = std::move(held.front());
    held.pop_front();
    done(result);
  }

  static InvocationResult success(std::string payload = "null") {
    InvocationResult result;
    result.outcome = InvocationResult::Outcome::kSuccess;
    result.request_id = "request-1";
    result.executed_version = "$LATEST";
    result.payload = std::move(payload);
    return result;
  }
  static InvocationResult error(const std::string& type = "Error") {
    InvocationResult result = success(R"({"errorType":")" + type + R"(","errorMessage":"no"})");
    result.outcome = InvocationResult::Outcome::kFunctionError;
    result.function_error = "Unhandled";
    return result;
  }
  static InvocationResult not_started(InvocationResult::Outcome outcome) {
    InvocationResult result;
    result.outcome = outcome;
    return result;
  }

  Answer answer = [](const json&) { return success(); };
  bool hold = false;
  std::deque<UniqueFunction<void(InvocationResult)>> held;
  std::vector<json> events;
  std::vector<std::string> payloads;
  std::vector<FunctionReference> functions;
};

class FakeDestination final : public Destination {
 public:
  bool accepts(std::string_view arn) const override { return arn.find(":sqs:") != arn.npos; }
  void send(DestinationMessage message, UniqueFunction<void(bool)> done) override {
    messages.push_back(json::parse(message.body));
    arns.push_back(message.arn);
    if (answers) done(available);
  }
  bool available = true;
  bool answers = true;  // else nobody learns what became of the message
  std::vector<json> messages;
  std::vector<std::string> arns;
};

// The keys of the records of an event.
inline std::vector<std::string> names_in(const json& event) {
  std::vector<std::string> names;
  for (const json& record : event.at("Records")) {
    names.push_back(record.at("dynamodb").at("Keys").at("id").at("S").get<std::string>());
  }
  return names;
}

// The cells of the world's table were not taken from the counter that mappings are numbered by.
inline void keep_numbers_apart(engine::Engine& engine) {
  engine::TransactOptions options;
  options.cells = {engine::kSystemCell};
  auto kept = engine::transact_and_wait(
      engine, std::move(options), [](engine::Transaction& transaction) -> engine::Result<bool> {
        MILLRACE_CHECK_OK(engine::allocate_numbers(transaction, 100));
        return true;
      });
  dynamodb::stream::testing::value_of(std::move(kept));
}

class Pipeline {
 public:
  Pipeline() : stream(world.create()) {
    keep_numbers_apart(*world.engine);
    open();
  }
  ~Pipeline() { crash(); }

  // A manager on what is stored.
  void open() {
    auto opened = MappingManager::open({*world.engine, *world.store, invoker, destination,
                                        world.executor, world.timers, random, *metrics});
    manager = dynamodb::stream::testing::value_of(std::move(opened));
    manager->start();
    settle();
  }
  // What a killed server leaves behind: the stored state, and nothing else.
  void crash() {
    manager.reset();
    world.executor.run_all();
    invoker.held.clear();
    world.executor.run_all();
  }
  void restart() {
    crash();
    open();
  }
  // Runs whatever can run without time passing.
  void settle() { world.executor.run_all(); }
  void pass(Duration time) {
    for (Timestamp end = world.clock.now() + time; world.clock.now() < end;) {
      settle();
      Duration left = end - world.clock.now();
      world.timers.advance(std::min<Duration>(left, std::chrono::milliseconds(50)));
    }
    settle();
  }
  void write(const std::vector<std::string>& names) {
    for (const std::string& name : names) world.append(name);
    settle();
  }

  // A mapping of the stream; the function is "handler".
  Mapping mapping(const std::function<void(MappingSettings&)>& change = {}) {
    Mapping mapping;
    mapping.account = "000000000000";
    mapping.region = "us-east-1";
    mapping.event_source_arn = stream->arn;
    mapping.settings.function = {"aws", mapping.account, mapping.region, "handler", ""};
    if (change) change(mapping.settings);
    return mapping;
  }
  // Creates it and waits until it is enabled.
  std::string create(Mapping given) {
    std::string uuid;
    manager->create(std::move(given), [&](CatalogResult<MappingView> result) {
      if (result) uuid = result->mapping->uuid;
    });
    settle();
    return uuid;
  }
  std::string create(const std::function<void(MappingSettings&)>& change = {}) {
    return create(mapping(change));
  }
  MappingView update(const std::string& uuid, std::function<void(MappingSettings&)> change) {
    std::optional<MappingView> answer;
    manager->update(uuid, std::move(change), [&](CatalogResult<MappingView> result) {
      if (result) answer = std::move(result).value();
    });
    return answer.value();
  }

  // What the function has seen since the last call: the keys of each event.
  std::vector<std::vector<std::string>> seen() {
    std::vector<std::vector<std::string>> seen;
    for (; reported_ < invoker.events.size(); reported_++) {
      seen.push_back(names_in(invoker.events[reported_]));
    }
    return seen;
  }
  MappingStatus status(const std::string& uuid) {
    for (MappingStatus& status : manager->status()) {
      if (status.view.mapping->uuid == uuid) return status;
    }
    throw std::out_of_range(uuid);
  }

  dynamodb::stream::testing::World world;
  FakeInvoker invoker;
  FakeDestination destination;
  SeededRandom random{7};
  std::unique_ptr<MetricsRegistry> metrics = std::make_unique<MetricsRegistry>();
  dynamodb::stream::StreamPtr stream;
  std::unique_ptr<MappingManager> manager;

 private:
  size_t reported_ = 0;
};

}  // namespace millrace::lambda::testing
