#include "control/await.h"

#include <gtest/gtest.h>

namespace millrace::control {
namespace {

using lambda::MappingState;
using lambda::MappingStatus;
using lambda::ShardStatus;
using std::chrono::seconds;

class AwaitTest : public ::testing::Test {
 protected:
  MappingStatus& add_mapping(const std::string& uuid, const std::string& function,
                             engine::Position handled, engine::Position end) {
    auto mapping = std::make_shared<lambda::Mapping>();
    mapping->uuid = uuid;
    mapping->settings.function.name = function;
    mapping->event_source_arn = "arn:of:" + function;
    ShardStatus shard;
    shard.shard_id = "shardId-1";
    shard.phase = ShardStatus::Phase::kRunning;
    shard.end = end;
    shard.progress.handled = handled;
    statuses.push_back({{mapping, MappingState::kEnabled, {}, "OK"}, {}, {shard}});
    return statuses.back();
  }

  void await(AwaitRequest request = {}) {
    awaiter->await(std::move(request), [this](AwaitResult given) { result = std::move(given); });
    executor.run_all();
  }

  void handle(size_t mapping, engine::Position position) {
    statuses[mapping].shards[0].progress.handled = position;
    awaiter->on_progress();
    executor.run_all();
  }

  ManualClock clock;
  ManualTimers timers{clock};
  ManualExecutor executor;
  std::vector<MappingStatus> statuses;
  std::function<void()> while_reading = [] {};
  std::shared_ptr<Awaiter> awaiter = std::make_shared<Awaiter>(
      [this] {
        auto read = statuses;
        while_reading();
        return read;
      },
      executor, timers, clock);
  std::optional<AwaitResult> result;
};

TEST_F(AwaitTest, EndsAtOnceWhenEverythingIsHandled) {
  add_mapping("1", "orders", 7, 7);
  await();
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->done);
  EXPECT_EQ(result->mappings.size(), 1u);
  EXPECT_EQ(timers.pending(), 0u);
}

TEST_F(AwaitTest, WaitsForWhatWasThereAndNotForWhatComesLater) {
  add_mapping("1", "orders", 3, 7);
  await();
  EXPECT_FALSE(result);
  statuses[0].shards[0].end = 100;
  handle(0, 6);
  EXPECT_FALSE(result);
  handle(0, 7);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->done);
}

TEST_F(AwaitTest, ATimeoutNamesWhatIsStuck) {
  auto& shard = add_mapping("1", "orders", 3, 7).shards[0];
  shard.progress.blocked.push_back({4, clock.now(), "Boom"});
  add_mapping("2", "audit", 7, 7);
  await({.timeout = seconds(5)});
  timers.advance(seconds(4));
  EXPECT_FALSE(result);
  timers.advance(seconds(1));
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->done);
  ASSERT_EQ(result->stuck.size(), 1u);
  EXPECT_EQ(result->stuck[0],
            "function orders, shard shardId-1: 4 records behind; record 100000000000000000004 "
            "failing for 5 s: Boom");
}

TEST_F(AwaitTest, LooksOnlyAtWhatIsAskedFor) {
  add_mapping("1", "orders", 3, 7);
  add_mapping("2", "audit", 7, 7);
  add_mapping("3", "audit", 0, 7).view.state = MappingState::kDisabled;
  await({.function_name = "audit"});
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->done);
  EXPECT_EQ(result->mappings.size(), 1u);
}

TEST_F(AwaitTest, WaitsForAPositionThatIsYetToCome) {
  add_mapping("1", "orders", 7, 7);
  await({.position = 8});
  EXPECT_FALSE(result);
  statuses[0].shards[0].end = 8;
  handle(0, 8);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->done);
}

TEST_F(AwaitTest, SettlingWaitsForWhatFunctionsWriteMeanwhile) {
  add_mapping("1", "downstream", 0, 0);
  add_mapping("2", "upstream", 0, 1);
  await({.settle = true});
  EXPECT_FALSE(result);
  // The upstream function ends while the status is read: its write came after its reader's turn.
  while_reading = [this] {
    statuses[0].shards[0].end = 1;
    while_reading = [] {};
  };
  handle(1, 1);
  EXPECT_FALSE(result);
  handle(0, 1);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->done);
}

TEST_F(AwaitTest, StoppingAnswersEveryone) {
  add_mapping("1", "orders", 3, 7);
  await();
  awaiter->stop();
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->done);
}

}  // namespace
}  // namespace millrace::control
