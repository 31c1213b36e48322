#include "dynamodb/stream/follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dynamodb/stream/testing.h"

namespace millrace::dynamodb::stream {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::kCell;
using testing::kOtherCell;
using testing::Position;
using testing::value_of;
using testing::World;

// Follows kCell and keeps, in kOtherCell, the names in order and how often each was applied.
class FollowerTest : public ::testing::Test {
 protected:
  FollowerEffect effect() {
    FollowerEffect effect;
    effect.name = "test";
    effect.cell = kCell;
    effect.effect_cells = {kOtherCell};
    effect.records_per_transaction = 3;
    effect.apply = [this](engine::Transaction& transaction, Position position,
                          const ChangeRecord& change) -> engine::Result<void> {
      ++runs;
      if (position == refuse) return Unexpected(refusal);
      std::string name = decode_item(change.keys)->at("id").string();
      MILLRACE_TRY(auto names, transaction.get(kOtherCell, "names"));
      transaction.put(kOtherCell, "names", names.value_or("") + name + " ");
      return {};
    };
    return effect;
  }
  void start(Position start_after = 0) {
    follower = Follower::start(*world.engine, world.executor, world.timers, effect(), start_after);
    world.executor.run_all();
  }
  void append(const std::string& name) {
    world.append(name);
    world.executor.run_all();
  }
  std::string names() {
    std::string names;
    EXPECT_TRUE(engine::snapshot_and_wait(
        *world.engine, {kOtherCell}, [&](engine::Reader& reader) -> engine::Result<void> {
          MILLRACE_TRY(auto stored, reader.get(kOtherCell, "names"));
          names = stored.value_or("");
          return {};
        }));
    return names;
  }

  World world;
  int runs = 0;
  Position refuse = 0;  // this record's effect fails with `refusal`
  engine::Error refusal{engine::ErrorCode::kUnavailable, "refused"};
  std::unique_ptr<Follower> follower;
};

TEST_F(FollowerTest, AppliesWhatIsThereAndWhatComes) {
  for (const char* name : {"a", "b", "c", "d"}) world.append(name);
  start();
  EXPECT_EQ("a b c d ", names());
  EXPECT_EQ(4u, follower->position());
  append("e");
  EXPECT_EQ("a b c d e ", names());
  EXPECT_EQ(5, runs);
}

TEST_F(FollowerTest, GoesOnFromTheStoredPosition) {
  world.append("a");
  start();
  follower.reset();
  world.append("b");
  world.executor.run_all();
  EXPECT_EQ("a ", names());
  start(/*start_after=*/0);
  EXPECT_EQ("a b ", names());
}

TEST_F(FollowerTest, BeginsWhereItIsTold) {
  world.append("a");
  world.append("b");
  start(/*start_after=*/1);
  EXPECT_EQ("b ", names());
}

TEST_F(FollowerTest, TwoOfTheSameNameApplyOnce) {
  start();
  auto second = Follower::start(*world.engine, world.executor, world.timers, effect(), 0);
  world.executor.run_all();
  for (const char* name : {"a", "b", "c", "d", "e"}) append(name);
  EXPECT_EQ("a b c d e ", names());
  EXPECT_EQ(5u, follower->position());
  EXPECT_EQ(5u, second->position());
}

TEST_F(FollowerTest, TriesAgainWithBackoff) {
  start();
  refuse = 2;
  world.append("a");
  append("b");
  // Both came in one transaction, of which nothing is applied.
  EXPECT_EQ("", names());
  EXPECT_EQ(0u, follower->position());
  world.timers.advance(std::chrono::milliseconds(10));
  world.executor.run_all();
  EXPECT_EQ(4, runs);
  world.timers.advance(std::chrono::milliseconds(10));
  world.executor.run_all();
  EXPECT_EQ(4, runs);  // it waits longer the second time
  refuse = 0;
  world.timers.advance(seconds(5));
  world.executor.run_all();
  EXPECT_EQ("a b ", names());
}

TEST_F(FollowerTest, TakesFewerRecordsWhileATransactionIsTooLarge) {
  refuse = 3;
  refusal.code = engine::ErrorCode::kTooLarge;
  for (const char* name : {"a", "b", "c"}) world.append(name);
  start();
  EXPECT_EQ("a b ", names());
  refuse = 0;
  world.timers.advance(seconds(5));
  world.executor.run_all();
  EXPECT_EQ("a b c ", names());
}

TEST_F(FollowerTest, TellsWhenAPositionIsReached) {
  start();
  std::vector<bool> outcomes;
  auto done = [&](bool reached) { outcomes.push_back(reached); };
  follower->when_reached(0, world.clock.now() + seconds(1), done);
  EXPECT_THAT(outcomes, ElementsAre(true));
  follower->when_reached(1, world.clock.now() + seconds(1), done);
  append("a");
  EXPECT_THAT(outcomes, ElementsAre(true, true));
  follower->when_reached(2, world.clock.now() + seconds(1), done);
  world.timers.advance(seconds(1));
  EXPECT_THAT(outcomes, ElementsAre(true, true, false));
  follower->when_reached(2, world.clock.now() + seconds(1), done);
  follower.reset();
  EXPECT_THAT(outcomes, ElementsAre(true, true, false, false));
  EXPECT_EQ(0u, world.timers.pending());
}

TEST_F(FollowerTest, DoesNothingOnceDestroyed) {
  start();
  world.append("a");  // has woken it, but the step has not run
  follower.reset();
  world.executor.run_all();
  EXPECT_EQ(0, runs);
}

TEST_F(FollowerTest, DoesNothingOnceDestroyedDuringBackoff) {
  refuse = 1;
  world.append("a");
  start();
  EXPECT_EQ(1, runs);
  follower.reset();
  world.timers.advance(seconds(10));
  world.executor.run_all();
  EXPECT_EQ(1, runs);
}

// On threads: destruction while it is busy waits for the step and loses no effect.
TEST_F(FollowerTest, MayBeDestroyedWhileItIsBusy) {
  for (int i = 0; i < 40; ++i) world.append(std::to_string(i));
  ThreadPool pool("test", 2);
  for (int round = 0; round < 20; ++round) {
    FollowerEffect one = effect();
    one.records_per_transaction = 1;
    auto running = Follower::start(*world.engine, pool, world.timers, std::move(one), 0);
    running.reset();
  }
  start();
  std::string expected;
  for (int i = 0; i < 40; ++i) expected += std::to_string(i) + " ";
  EXPECT_EQ(expected, names());
}

}  // namespace
}  // namespace millrace::dynamodb::stream
