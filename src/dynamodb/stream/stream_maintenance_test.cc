#include "dynamodb/stream/stream_maintenance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dynamodb/stream/testing.h"

namespace millrace::dynamodb::stream {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::kCell;
using testing::kTable;
using testing::value_of;
using testing::World;

class StreamMaintenanceTest : public ::testing::Test {
 protected:
  void start(MaintenanceOptions options = {}) {
    options.rotation_jitter = jitter;
    maintenance = StreamMaintenance::start(*world.engine, *world.store, world.executor,
                                           world.timers, std::move(options));
    world.executor.run_all();
  }
  // Time passes; every pass that becomes due on the way is run.
  void advance(Duration by) {
    const Timestamp end = world.clock.now() + by;
    while (world.clock.now() < end) {
      world.timers.advance(std::min<Duration>(minutes(5), end - world.clock.now()));
      world.executor.run_all();
    }
  }
  // The clock is moved at once, as a test of a running server does.
  void jump(Duration by) {
    world.timers.advance(by);
    world.executor.run_all();
  }
  // With the pass that follows: the boundary itself falls between two.
  void advance_past(Duration by) { advance(by + minutes(6)); }

  void set_retention(std::optional<Duration> retention) {
    world.change({}, [&](engine::Transaction& transaction) {
      return store().set_retention(transaction, kTable, retention);
    });
  }

  StreamStore& store() { return *world.store; }
  StreamPtr live() { return store().live_stream(kTable); }
  engine::LogRange log() { return value_of(world.engine->log_range(kCell)); }

  World world;
  Duration jitter{0};
  std::unique_ptr<StreamMaintenance> maintenance;
};

TEST_F(StreamMaintenanceTest, RotatesAfterFourHours) {
  world.create();
  start();
  advance(hours(3) + minutes(54));
  EXPECT_EQ(1u, live()->shards.size());
  advance(minutes(11));
  EXPECT_EQ(2u, live()->shards.size());
  advance_past(hours(4));
  EXPECT_EQ(3u, live()->shards.size());
}

TEST_F(StreamMaintenanceTest, ShardsThatBeganTogetherEndAtDifferentTimes) {
  constexpr uint64_t kCells = 16;
  std::vector<engine::CellId> cells;
  for (uint64_t i = 0; i < kCells; ++i) {
    cells.push_back(engine::CellId{static_cast<uint64_t>(kCell) + i});
  }
  world.create(cells);
  jitter = minutes(60);
  start();
  advance(hours(3) - minutes(1));
  EXPECT_EQ(kCells, live()->shards.size());
  advance(minutes(31));
  EXPECT_GT(live()->shards.size(), kCells);
  EXPECT_LT(live()->shards.size(), 2 * kCells);
  advance_past(minutes(30));
  EXPECT_EQ(2 * kCells, live()->shards.size());
}

TEST_F(StreamMaintenanceTest, RotatesOnceAfterAJump) {
  world.create();
  start();
  jump(hours(13));
  EXPECT_EQ(2u, live()->shards.size());
}

TEST_F(StreamMaintenanceTest, RecordsGoAfterADay) {
  world.create();
  start();
  world.append("a");
  advance(hours(1));
  world.append("b");
  world.append("c");
  advance(hours(22) + minutes(54));
  EXPECT_EQ(1u, log().first);
  advance(minutes(11));
  EXPECT_EQ(2u, log().first);
  const Shard& first = live()->shards.front();
  EXPECT_THAT(world.names(first), ElementsAre("b", "c"));
  auto trimmed = store().read(first, 0, {});
  ASSERT_FALSE(trimmed);
  EXPECT_EQ(engine::ErrorCode::kTooOld, trimmed.error().code);
}

TEST_F(StreamMaintenanceTest, TheLastRecordGoesTooThoughTheEngineKeepsIt) {
  StreamPtr stream = world.create();
  start({.rotation_age = hours(1000)});
  world.append("a");
  world.append("b");
  advance_past(hours(24));
  EXPECT_EQ(2u, log().last);
  EXPECT_EQ(2u, value_of(store().trim_horizon(stream->shards[0])));
  EXPECT_THAT(world.names(stream->shards[0]), IsEmpty());
  EXPECT_FALSE(store().read(stream->shards[0], 1, {}));
  world.reopen();
  EXPECT_THAT(world.names(stream->shards[0]), IsEmpty());
  world.append("c");
  EXPECT_THAT(world.names(stream->shards[0]), ElementsAre("c"));
}

TEST_F(StreamMaintenanceTest, ClosedShardsGoWithTheirRecords) {
  StreamPtr stream = world.create();
  start();
  world.append("a");
  advance_past(hours(4));
  world.append("b");
  const std::string parent = stream->shards[0].id;
  advance(hours(23));
  EXPECT_NE(nullptr, live()->find_shard(parent));
  advance(hours(1));
  EXPECT_EQ(nullptr, live()->find_shard(parent));
  // Six of 4 hours and the open one; the oldest still names the parent that has gone.
  EXPECT_EQ(parent, live()->shards.front().parent_id);
  // What an old description says of it is gone as well.
  EXPECT_FALSE(store().read(stream->shards[0], 0, {}));
}

TEST_F(StreamMaintenanceTest, ADisabledStreamGoesAfterADay) {
  StreamPtr stream = world.create();
  start();
  world.append("a");
  advance(hours(2));
  world.disable();
  advance(hours(22));
  EXPECT_THAT(world.names(store().find(stream->arn)->shards[0]), ElementsAre("a"));
  advance_past(hours(2));
  EXPECT_FALSE(store().find(stream->arn));
  world.reopen();
  EXPECT_THAT(store().list_all(), IsEmpty());
  // Nothing is left but the secret.
  size_t rows = 0;
  ASSERT_TRUE(engine::snapshot_and_wait(
      *world.engine, {engine::kTableCatalogCell}, [&](engine::Reader& reader) {
        return reader.range({engine::kTableCatalogCell}, {.begin = "\x02s", .end = "\x02t"},
                            [&](std::string_view, std::string_view) { return ++rows > 0; });
      }));
  EXPECT_EQ(1u, rows);
}

TEST_F(StreamMaintenanceTest, ASplitCellIsForgottenWithItsLastShard) {
  const engine::CellId lower{2000}, upper{2001};
  StreamPtr stream = world.create();
  start({.rotation_age = hours(1000)});
  world.append("a");
  world.change({kCell, lower, upper}, [&](engine::Transaction& transaction) {
    return store().split(transaction, kTable, kCell, {lower, upper}, world.clock.now());
  });
  advance(hours(1));
  world.append("b", lower);
  advance_past(hours(23));
  // The parent has gone with its record, the children and theirs have not.
  ASSERT_EQ(2u, live()->shards.size());
  const Shard* child = live()->open_shard(lower);
  ASSERT_NE(nullptr, child);
  EXPECT_EQ(stream->shards[0].id, child->parent_id);
  EXPECT_THAT(world.names(*child), ElementsAre("b"));
  EXPECT_EQ(0u, store().hidden_until(kCell));
  world.reopen();
  EXPECT_EQ(0u, store().hidden_until(kCell));
}

TEST_F(StreamMaintenanceTest, AnEarlierStreamDoesNotTakeALaterOneAlong) {
  world.create();
  start();
  world.append("a");
  world.disable();
  advance(hours(12));
  world.create();
  world.append("b");
  advance_past(hours(12));
  EXPECT_EQ(1u, store().list_all().size());
  EXPECT_THAT(world.names(live()->shards[0]), ElementsAre("b"));
}

TEST_F(StreamMaintenanceTest, NeverTrimsWhatIsHeld) {
  world.create();
  engine::Position applied = 1;
  store().log_holds().hold(kCell, "index", [&] { return applied; });
  start();
  for (const char* name : {"a", "b", "c", "d"}) world.append(name);
  advance_past(hours(24));
  EXPECT_EQ(2u, log().first);
  applied = 2;
  jump(minutes(5));
  EXPECT_EQ(3u, log().first);
  store().log_holds().release(kCell, "index");
  jump(minutes(5));
  EXPECT_EQ(4u, log().first);
}

TEST_F(StreamMaintenanceTest, ALogWithoutAStreamIsTrimmedAsItIsApplied) {
  engine::Position applied = 2;
  store().log_holds().hold(kCell, "index", [&] { return applied; });
  start();
  for (const char* name : {"a", "b", "c"}) world.append(name);
  jump(minutes(5));
  EXPECT_EQ(3u, log().first);
}

TEST_F(StreamMaintenanceTest, WhatNoStreamShowsNeedNotBeKept) {
  engine::Position applied = 0;
  store().log_holds().hold(kCell, "index", [&] { return applied; });
  for (const char* name : {"a", "b", "c"}) world.append(name);
  world.create();
  world.append("d");
  start();
  EXPECT_EQ(1u, log().first);
  applied = 4;
  jump(minutes(5));
  EXPECT_EQ(4u, log().first);
  EXPECT_THAT(world.names(live()->shards[0]), ElementsAre("d"));
}

TEST_F(StreamMaintenanceTest, AClockSetBackExpiresNothingEarly) {
  const std::string shard = world.create()->shards[0].id;
  start();
  world.clock.advance(hours(30));
  world.append("from the future");
  world.clock.set(world.clock.now() - hours(30));
  world.rotate();
  advance_past(hours(24));
  EXPECT_EQ(1u, log().first);
  ASSERT_NE(nullptr, live()->find_shard(shard));
  EXPECT_THAT(world.names(*live()->find_shard(shard)), ElementsAre("from the future"));
  advance_past(hours(30));
  EXPECT_EQ(nullptr, live()->find_shard(shard));
}

TEST_F(StreamMaintenanceTest, RetentionIsTheStreams) {
  world.create();
  start({.rotation_age = hours(1000)});
  set_retention(hours(48));
  world.append("a");
  advance_past(hours(24));
  EXPECT_THAT(world.names(live()->shards[0]), ElementsAre("a"));
  advance_past(hours(24));
  EXPECT_THAT(world.names(live()->shards[0]), IsEmpty());
}

TEST_F(StreamMaintenanceTest, ADisabledStreamKeepsItsRetentionAlsoAfterARestart) {
  StreamPtr stream = world.create();
  set_retention(hours(48));
  world.append("a");
  world.disable();
  set_retention(hours(1));  // is of no stream any more
  world.reopen();
  start();
  advance(hours(47));
  EXPECT_THAT(world.names(store().find(stream->arn)->shards[0]), ElementsAre("a"));
  advance_past(hours(1));
  EXPECT_FALSE(store().find(stream->arn));
}

TEST_F(StreamMaintenanceTest, UnlimitedRetentionKeepsRecordsAndShards) {
  world.create();
  set_retention(Duration::max());
  start();
  world.append("a");
  jump(hours(24 * 365));
  world.append("b");
  jump(hours(24 * 365));
  ASSERT_EQ(3u, live()->shards.size());
  EXPECT_THAT(world.names(live()->shards[0]), ElementsAre("a"));
  EXPECT_THAT(world.names(live()->shards[1]), ElementsAre("b"));
  set_retention(std::nullopt);  // the default again
  jump(minutes(5));
  // The second one closed just now, but its record is a year old.
  ASSERT_EQ(2u, live()->shards.size());
  EXPECT_THAT(world.names(live()->shards[0]), IsEmpty());
}

TEST_F(StreamMaintenanceTest, ALogIsTrimmedByTheLongestRetentionOfItsStreams) {
  StreamPtr first = world.create();
  start({.rotation_age = hours(1000)});
  set_retention(hours(72));
  world.append("a");
  world.disable();
  world.create();
  world.append("b");
  advance_past(hours(71));
  EXPECT_THAT(world.names(store().find(first->arn)->shards[0]), ElementsAre("a"));
  advance_past(hours(1));
  EXPECT_FALSE(store().find(first->arn));
}

TEST_F(StreamMaintenanceTest, AStreamGoesThoughALaterOneKeepsItsRecordsForEver) {
  StreamPtr first = world.create();
  start({.rotation_age = hours(1000)});
  world.append("a");
  world.disable();
  world.create();
  set_retention(Duration::max());
  world.append("b");
  advance(hours(23));
  EXPECT_TRUE(store().find(first->arn));
  advance_past(hours(1));
  EXPECT_FALSE(store().find(first->arn));
  EXPECT_THAT(world.names(live()->shards[0]), ElementsAre("b"));
}

TEST_F(StreamMaintenanceTest, RunsOnRequest) {
  world.create();
  start();
  world.clock.advance(hours(5));
  bool done = false;
  maintenance->run([&] { done = true; });
  EXPECT_FALSE(done);
  world.executor.run_all();
  EXPECT_TRUE(done);
  EXPECT_EQ(2u, live()->shards.size());
}

TEST_F(StreamMaintenanceTest, ARequestDuringAPassGetsOneOfItsOwn) {
  world.create();
  start();
  std::vector<int> done;
  maintenance->run([&] { done.push_back(1); });
  world.executor.run_one();  // the pass has made its plan
  world.clock.advance(hours(5));
  maintenance->run([&] { done.push_back(2); });
  world.executor.run_all();
  EXPECT_THAT(done, ElementsAre(1, 2));
  EXPECT_EQ(2u, live()->shards.size());
}

TEST_F(StreamMaintenanceTest, EndsWithRequestsPending) {
  world.create();
  start();
  bool done = false;
  maintenance->run([&] { done = true; });
  maintenance.reset();
  EXPECT_TRUE(done);
  world.clock.advance(hours(5));
  world.executor.run_all();
  EXPECT_EQ(1u, live()->shards.size());
  EXPECT_EQ(0u, world.timers.pending());
}

}  // namespace
}  // namespace millrace::dynamodb::stream
