#include "dynamodb/stream/lineage_clock.h"

#include <gtest/gtest.h>

#include "dynamodb/stream/testing.h"

namespace millrace::dynamodb::stream {
namespace {

using testing::kCell;
using testing::kOtherCell;
using testing::World;

class LineageClockTest : public ::testing::Test {
 protected:
  Timestamp next(Timestamp now, engine::CellId cell = kCell) {
    EXPECT_TRUE(world.lineage->prepare(cell));
    return world.lineage->next_commit_time(cell, now);
  }
  World world;
  const Timestamp noon = world.clock.now();
};

TEST_F(LineageClockTest, FollowsTheClockForwardOnly) {
  EXPECT_EQ(noon, next(noon));
  EXPECT_EQ(noon, next(noon - std::chrono::hours(1)));
  EXPECT_EQ(noon + Duration(1), next(noon + Duration(1)));
}

TEST_F(LineageClockTest, IsRecoveredFromTheLog) {
  world.append("a");
  world.reopen();
  EXPECT_EQ(noon, next(noon - std::chrono::hours(1)));
}

TEST_F(LineageClockTest, IsRecoveredWhenAllElseWasTrimmed) {
  for (int i = 0; i < 3; ++i) world.append("a");
  ASSERT_TRUE(world.engine->log_trim(kCell, 3));
  world.reopen();
  EXPECT_EQ(noon, next(noon - std::chrono::hours(1)));
}

TEST_F(LineageClockTest, CellsHaveTimesOfTheirOwn) {
  EXPECT_EQ(noon, next(noon));
  EXPECT_EQ(noon - std::chrono::hours(1), next(noon - std::chrono::hours(1), kOtherCell));
}

TEST_F(LineageClockTest, AChildGoesOnFromItsParent) {
  next(noon);
  world.lineage->continue_from(kOtherCell, kCell);
  EXPECT_EQ(noon, next(noon - std::chrono::hours(1), kOtherCell));
}

TEST_F(LineageClockTest, ReportsALogThatIsNotOfChanges) {
  world.transact({kCell}, [](engine::Transaction& transaction) -> engine::Result<bool> {
    transaction.append(kCell, "?");
    return true;
  });
  auto prepared = world.lineage->prepare(kCell);
  ASSERT_FALSE(prepared);
  EXPECT_EQ(engine::ErrorCode::kCorrupt, prepared.error().code);
}

}  // namespace
}  // namespace millrace::dynamodb::stream
