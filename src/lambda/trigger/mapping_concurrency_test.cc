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

using dynamodb::stream::ChangeKind;
using dynamodb::stream::ChangeRecord;
using dynamodb::stream::LineageClock;
using dynamodb::stream::StreamStore;
using dynamodb::stream::testing::kCell;
using dynamodb::stream::testing::kTable;
using dynamodb::stream::testing::value_of;
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
    engine::RocksdbOptions options;
    options.in_memory = true;
    engine_ = value_of(engine::open_rocksdb_engine(std::move(options), timers_));
    testing::keep_numbers_apart(*engine_);
    store_ = value_of(StreamStore::open(*engine_, clock_, random_));
    lineage_ = std::make_unique<LineageClock>(*engine_, *store_);
    change([this](engine::Transaction& transaction) {
      return store_->create(transaction, {.account = "000000000000",
                                          .region = "us-east-1",
                                          .partition = "aws",
                                          .table_name = "users",
                                          .table_number = kTable,
                                          .view_type = dynamodb::stream::ViewType::kKeysOnly,
                                          .key_schema = {{"id", "HASH"}},
                                          .cells = {kCell}});
    });
  }

  void change(
      std::function<engine::Result<StreamStore::PendingChange>(engine::Transaction&)> make) {
    engine::TransactOptions options;
    options.cells = {engine::kTableCatalogCell, kCell};
    StreamStore::PendingChange pending;
    value_of(
        engine::transact_and_wait(*engine_, std::move(options),
                                  [&](engine::Transaction& transaction) -> engine::Result<bool> {
                                    MILLRACE_TRY(pending, make(transaction));
                                    return true;
                                  }));
    pending.apply();
  }
  void append_one() {
    ASSERT_TRUE(lineage_->prepare(kCell));
    engine::TransactOptions options;
    options.cells = {kCell};
    value_of(
        engine::transact_and_wait(*engine_, std::move(options),
                                  [&](engine::Transaction& transaction) -> engine::Result<bool> {
                                    ChangeRecord record;
                                    record.kind = ChangeKind::kInsert;
                                    record.time = lineage_->next_commit_time(kCell, clock_.now());
                                    record.keys = key_;
                                    transaction.append(kCell, encode_change(record));
                                    return true;
                                  }));
  }
  std::unique_ptr<MappingManager> open(Executor& executor) {
    return value_of(MappingManager::open(
        {*engine_, *store_, invoker_, destination_, executor, timers_, random_, metrics_}));
  }
  // Calls `start` with a completion and waits for it.
  static MappingView wait_for(const std::function<void(MappingManager::Done)>& start) {
    std::promise<MappingView> answer;
    start([&](CatalogResult<MappingView> result) { answer.set_value(result.value()); });
    return answer.get_future().get();
  }

  ManualClock clock_;
  ManualTimers timers_{clock_};
  SeededRandom random_{1};
  MetricsRegistry metrics_;
  const std::string key_ = dynamodb::stream::testing::encoded(R"({"id":{"S":"a"}})");
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<StreamStore> store_;
  std::unique_ptr<LineageClock> lineage_;
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
  mapping.event_source_arn = store_->live_stream(kTable)->arn;
  mapping.settings.function = {"aws", mapping.account, mapping.region, "handler", ""};
  mapping.settings.report_batch_item_failures = true;
  std::string uuid = wait_for([&](MappingManager::Done done) {
                       manager->create(mapping, std::move(done));
                     }).mapping->uuid;

  std::vector<std::thread> threads;
  threads.emplace_back([&] {
    for (Position i = 0; i < kRecords; ++i) append_one();
  });
  threads.emplace_back([&] {
    for (int i = 0; i < kRotations; ++i) {
      change([this](engine::Transaction& transaction) {
        return store_->rotate(transaction, kTable, kCell);
      });
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
    mapping.event_source_arn = store_->live_stream(kTable)->arn;
    mapping.settings.function = {"aws", mapping.account, mapping.region,
                                 "handler" + std::to_string(i), ""};
    wait_for([&](MappingManager::Done done) { manager->create(mapping, std::move(done)); });
    append_one();
    manager.reset();
  }
  invoker_.stop();
  store_.reset();
  engine_.reset();
}

}  // namespace
}  // namespace millrace::lambda
