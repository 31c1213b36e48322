// A manager on threads: writes, rotations, changes of the mapping and answers of the function all
// at once, on an engine with its own thread.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include "dynamodb/stream/testing.h"
#include "lambda/trigger/mapping_manager.h"
#include "lambda/trigger/testing.h"

namespace millrace::lambda {
namespace {

using dynamodb::stream::testing::kCell;
using dynamodb::stream::testing::kTable;
using dynamodb::stream::testing::value_of;
using dynamodb::stream::testing::World;
using engine::Position;
using testing::FakeDestination;
using testing::FakeInvoker;
using testing::json;

constexpr Position kRecords = 400;
constexpr int kRotations = 10;
constexpr int kChanges = 30;

// Answers on threads of its own, and checks the order of what it is given.
class OrderedInvoker final : public Invoker {
 public:
  void invoke(Invocation invocation, UniqueFunction<void(InvocationResult)> done) override {
    if (in_flight_++ > 0) overlaps_++;
    answers_.post(
        [this, payload = std::move(invocation.payload), done = std::move(done)]() mutable {
          InvocationResult result = answer(json::parse(payload));
          in_flight_--;
          done(std::move(result));
        });
  }
  void wait_for_all() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return next_ > kRecords; });
  }
  int out_of_order() const { return out_of_order_; }
  int overlaps() const { return overlaps_; }
  void stop() { answers_.stop(); }

 private:
  InvocationResult answer(const json& event) {
    std::lock_guard lock(mutex_);
    std::string last;
    for (const json& record : event.at("Records")) {
      last = record.at("dynamodb").at("SequenceNumber");
      Position position = std::stoull(last.substr(1));
      // One that was seen before comes again only after a failure or a stop.
      if (position > next_) out_of_order_++;
      next_ = std::max(next_, position + 1);
    }
    changed_.notify_all();
    // Every third time the last of several records is reported as failed, which is retried at once.
    if (++calls_ % 3 != 0 || next_ > kRecords || event.at("Records").size() < 2) {
      return FakeInvoker::success();
    }
    json failures;
    failures["batchItemFailures"].push_back({{"itemIdentifier", last}});
    next_--;
    return FakeInvoker::success(failures.dump());
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  Position next_ = 1;
  int calls_ = 0;
  int out_of_order_ = 0;
  std::atomic<int> in_flight_ = 0;
  std::atomic<int> overlaps_ = 0;
  ThreadPool answers_{"answers", 2};
};

class MappingConcurrencyTest : public ::testing::Test {
 protected:
  MappingConcurrencyTest() {
    testing::keep_numbers_apart(*world_.engine);
    world_.create({kCell}, dynamodb::stream::ViewType::kKeysOnly);
  }

  std::unique_ptr<MappingManager> open(Executor& executor) {
    return value_of(MappingManager::open({*world_.engine, *world_.store, invoker_, destination_,
                                          executor, world_.timers, random_, metrics_}));
  }
  // Calls `start` with a completion and waits for it.
  static MappingView wait_for(const std::function<void(MappingManager::Done)>& start) {
    std::promise<MappingView> answer;
    start([&](CatalogResult<MappingView> result) { answer.set_value(result.value()); });
    return answer.get_future().get();
  }

  World world_{World::Completions::kOwnThread};
  SeededRandom random_{1};
  MetricsRegistry metrics_;
  OrderedInvoker invoker_;
  FakeDestination destination_;
};

TEST_F(MappingConcurrencyTest, NothingIsSkippedOrOvertaken) {
  ThreadPool pool("mappings", 2);
  auto manager = open(pool);
  manager->start();
  Mapping mapping;
  mapping.account = "000000000000";
  mapping.region = "us-east-1";
  mapping.event_source_arn = world_.store->live_stream(kTable)->arn;
  mapping.settings.function = {"aws", mapping.account, mapping.region, "handler", ""};
  mapping.settings.report_batch_item_failures = true;
  std::string uuid = wait_for([&](MappingManager::Done done) {
                       manager->create(mapping, std::move(done));
                     }).mapping->uuid;

  std::vector<std::thread> threads;
  threads.emplace_back([&] {
    for (Position i = 0; i < kRecords; ++i) world_.append("a");
  });
  threads.emplace_back([&] {
    for (int i = 0; i < kRotations; ++i) {
      world_.rotate();
    }
  });
  threads.emplace_back([&] {
    for (int i = 0; i < kChanges; ++i) {
      wait_for([&](MappingManager::Done done) {
        manager->update(
            uuid,
            [i](MappingSettings& settings) {
              settings.enabled = i % 3 != 1;
              settings.batch_size = 1 + i % 10;
            },
            std::move(done));
      });
      manager->status();
      manager->function_changed(mapping.settings.function);
    }
  });
  for (std::thread& thread : threads) thread.join();
  wait_for([&](MappingManager::Done done) {
    manager->update(
        uuid, [](MappingSettings& settings) { settings.enabled = true; }, std::move(done));
  });
  invoker_.wait_for_all();
  EXPECT_EQ(invoker_.out_of_order(), 0);
  EXPECT_EQ(invoker_.overlaps(), 0);

  std::promise<void> stopped;
  manager->stop([&] { stopped.set_value(); });
  stopped.get_future().wait();
  manager.reset();
  pool.stop();
  ManualExecutor idle;
  MappingStatus status = open(idle)->status().at(0);
  EXPECT_EQ(status.shards.size(), static_cast<size_t>(kRotations) + 1);
  for (const ShardStatus& shard : status.shards) EXPECT_TRUE(shard.is_caught_up());
}

TEST_F(MappingConcurrencyTest, AnAbandonedManagerLeavesNothingBehind) {
  for (int i = 0; i < 20; ++i) {
    ThreadPool pool("mappings", 2);
    auto manager = open(pool);
    manager->start();
    Mapping mapping;
    mapping.account = "000000000000";
    mapping.region = "us-east-1";
    mapping.event_source_arn = world_.store->live_stream(kTable)->arn;
    mapping.settings.function = {"aws", mapping.account, mapping.region,
                                 "handler" + std::to_string(i), ""};
    wait_for([&](MappingManager::Done done) { manager->create(mapping, std::move(done)); });
    world_.append("a");
    manager.reset();
  }
  invoker_.stop();
  world_.lineage.reset();
  world_.store.reset();
  world_.engine.reset();
}

}  // namespace
}  // namespace millrace::lambda
