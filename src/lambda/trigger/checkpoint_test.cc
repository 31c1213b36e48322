#include "lambda/trigger/checkpoint.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "dynamodb/stream/testing.h"

namespace millrace::lambda {
namespace {

using dynamodb::stream::testing::documented_row;
using dynamodb::stream::testing::value_of;
using dynamodb::stream::testing::World;

constexpr uint64_t kMapping = 2000;
const std::string kShard = "shardId-1";

class CheckpointTest : public ::testing::Test {
 protected:
  bool commit(Checkpoint checkpoint) {
    bool committed = false;
    store_.commit(kMapping, kShard, checkpoint, {}, [&](bool durable) { committed = durable; });
    world_.executor.run_all();
    return committed;
  }
  Checkpoint stored() { return value_of(store_.load(kMapping)).at(kShard); }
  // The only row of the mapping's cell.
  std::pair<std::string, std::string> row() {
    std::pair<std::string, std::string> row;
    auto read = engine::snapshot_and_wait(*world_.engine, {CheckpointStore::cell(kMapping)},
                                          [&](engine::Reader& reader) -> engine::Result<void> {
                                            engine::RangeOptions range;
                                            range.begin = std::string(1, '\x12');
                                            range.end = std::string(1, '\x13');
                                            return reader.range(
                                                {CheckpointStore::cell(kMapping)}, range,
                                                [&](std::string_view key, std::string_view value) {
                                                  row = {to_hex(key), to_hex(value)};
                                                  return true;
                                                });
                                          });
    EXPECT_TRUE(read);
    return row;
  }

  World world_;
  CheckpointStore store_{*world_.engine};
};

TEST_F(CheckpointTest, NeverMovesBack) {
  EXPECT_TRUE(commit({7, false}));
  EXPECT_TRUE(commit({5, false}));
  EXPECT_EQ(stored().position, 7u);
  EXPECT_TRUE(commit({9, true}));
  EXPECT_TRUE(commit({9, false}));
  EXPECT_EQ(stored().position, 9u);
  EXPECT_TRUE(stored().shard_finished);
}

TEST_F(CheckpointTest, IsStoredAsDocumented) {
  commit({7, false});
  auto columns = documented_row("mappings.md", "at position 7");
  EXPECT_EQ(row(), std::pair(columns[0], columns[1]));
  commit({9, true});
  columns = documented_row("mappings.md", "finished at 9");
  EXPECT_EQ(row(), std::pair(columns[0], columns[1]));
}

TEST_F(CheckpointTest, IsErasedByShard) {
  commit({7, false});
  store_.erase(kMapping, {"other"}, [](bool) {});
  EXPECT_EQ(stored().position, 7u);
  store_.erase(kMapping, {kShard}, [](bool) {});
  EXPECT_TRUE(value_of(store_.load(kMapping)).empty());
}

}  // namespace
}  // namespace millrace::lambda
