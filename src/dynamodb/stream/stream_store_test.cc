#include "dynamodb/stream/stream_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dynamodb/stream/testing.h"

namespace millrace::dynamodb::stream {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::kCell;
using testing::kOtherCell;
using testing::kTable;
using testing::Position;
using testing::value_of;
using testing::World;

class StreamStoreTest : public ::testing::Test {
 protected:
  StreamStore& store() { return *world.store; }
  StreamPtr live() { return store().live_stream(kTable); }
  World world;
};

TEST_F(StreamStoreTest, CreatesAStreamFromTheLogsEnd) {
  world.append("before");
  StreamPtr stream = world.create();
  EXPECT_EQ("arn:aws:dynamodb:us-east-1:000000000000:table/users/stream/2023-11-14T22:13:20.000",
            stream->arn);
  EXPECT_EQ("2023-11-14T22:13:20.000", stream->label);
  EXPECT_EQ(StreamStatus::kEnabled, stream->status);
  ASSERT_EQ(1u, stream->shards.size());
  const Shard& shard = stream->shards[0];
  EXPECT_EQ(0u, shard.id.rfind("shardId-00000001700000000000-", 0)) << shard.id;
  EXPECT_EQ(37u, shard.id.size());
  EXPECT_EQ(1u, shard.after);
  EXPECT_TRUE(shard.is_open());
  EXPECT_FALSE(shard.parent_id);
  EXPECT_EQ(stream, live());
  EXPECT_EQ(stream, store().find(stream->arn));

  world.append("after");
  EXPECT_THAT(world.names(shard), ElementsAre("after"));
}

TEST_F(StreamStoreTest, AChangeThatIsDroppedHasNoEffect) {
  world.commit({}, [&](engine::Transaction& transaction) {
    return store().create(transaction, {.account = "1",
                                        .region = "r",
                                        .partition = "aws",
                                        .table_name = "t",
                                        .table_number = 1,
                                        .view_type = ViewType::kKeysOnly,
                                        .key_schema = {},
                                        .cells = {}});
  });
  EXPECT_THAT(store().list_all(), IsEmpty());
  EXPECT_FALSE(store().live_stream(1));
}

TEST_F(StreamStoreTest, ListsByAccountRegionAndTable) {
  world.create();
  world.create({kOtherCell}, ViewType::kKeysOnly, kTable + 1, "orders");
  EXPECT_EQ(2u, store().list("000000000000", "us-east-1", "").size());
  auto orders = store().list("000000000000", "us-east-1", "orders");
  ASSERT_EQ(1u, orders.size());
  EXPECT_EQ("orders", orders[0]->table_name);
  EXPECT_THAT(store().list("000000000000", "eu-west-1", ""), IsEmpty());
  EXPECT_THAT(store().list("000000000001", "us-east-1", ""), IsEmpty());
}

TEST_F(StreamStoreTest, LabelsAreUniqueWhileTheClockStandsStill) {
  StreamPtr first = world.create();
  world.disable();
  StreamPtr second = world.create();
  EXPECT_EQ("2023-11-14T22:13:20.001", second->label);
  EXPECT_EQ(second, live());
  EXPECT_EQ(2u, store().list("000000000000", "us-east-1", "users").size());
}

TEST_F(StreamStoreTest, ADisabledStreamKeepsItsRecordsAndTheNextOneHasNone) {
  StreamPtr first = world.create();
  world.append("a");
  StreamPtr disabled = world.disable();
  EXPECT_EQ(StreamStatus::kDisabled, disabled->status);
  EXPECT_EQ(Position{1}, disabled->shards[0].last);
  EXPECT_FALSE(live());
  world.append("unseen");
  StreamPtr second = world.create();
  world.append("b");
  EXPECT_THAT(world.names(store().find(first->arn)->shards[0]), ElementsAre("a"));
  EXPECT_THAT(world.names(second->shards[0]), ElementsAre("b"));

  world.reopen();
  EXPECT_THAT(world.names(store().find(first->arn)->shards[0]), ElementsAre("a"));
  EXPECT_THAT(world.names(live()->shards[0]), ElementsAre("b"));
}

TEST_F(StreamStoreTest, ChangesOfATableWithoutAStreamDoNothing) {
  EXPECT_FALSE(world.disable());
  EXPECT_FALSE(world.rotate());
  world.create({kOtherCell});
  EXPECT_FALSE(world.rotate(kCell));
}

TEST_F(StreamStoreTest, RotationContinuesInTheChild) {
  world.create();
  world.append("a");
  world.append("b");
  world.clock.advance(std::chrono::hours(4));
  StreamPtr stream = world.rotate();
  world.append("c");
  ASSERT_EQ(2u, stream->shards.size());
  const Shard& parent = stream->shards[0];
  const Shard& child = stream->shards[1];
  EXPECT_EQ(Position{2}, parent.last);
  EXPECT_EQ(world.clock.now(), parent.closed);
  EXPECT_EQ(parent.id, child.parent_id);
  EXPECT_EQ(2u, child.after);
  EXPECT_TRUE(child.is_open());
  EXPECT_EQ(&child, stream->open_shard(kCell));
  EXPECT_THAT(world.names(parent), ElementsAre("a", "b"));
  EXPECT_THAT(world.names(child), ElementsAre("c"));
}

TEST_F(StreamStoreTest, ShardsAreInOrderOfDescentWhateverTheClockDoes) {
  world.create();
  for (int i = 0; i < 5; ++i) {
    if (i == 3) world.clock.set(from_unix_millis(1'600'000'000'000));
    world.rotate();
  }
  StreamPtr stream = live();
  ASSERT_EQ(6u, stream->shards.size());
  for (size_t i = 1; i < 6; ++i) EXPECT_EQ(stream->shards[i - 1].id, stream->shards[i].parent_id);
  for (const Shard& shard : stream->shards) EXPECT_EQ(&shard, stream->find_shard(shard.id));
  EXPECT_EQ(nullptr, stream->find_shard("shardId-00000001700000000000-00000000"));
}

TEST_F(StreamStoreTest, ManyRotationsLoseAndRepeatNothing) {
  world.create();
  std::vector<std::string> written;
  for (int i = 0; i < 60; ++i) {
    if (world.random.below(4) == 0) world.rotate();
    written.push_back(std::to_string(i));
    world.append(written.back());
  }
  world.reopen();
  for (size_t page_size : {1u, 3u, 1000u}) {
    std::vector<std::string> read;
    StreamPtr stream = live();
    for (const Shard& shard : stream->shards) {
      for (std::string& name : world.names(shard, shard.after, page_size)) {
        read.push_back(std::move(name));
      }
    }
    EXPECT_EQ(written, read);
  }
}

TEST_F(StreamStoreTest, AnOldDescriptionEndsWhereTheShardHasClosed) {
  Shard open = world.create()->shards[0];
  world.append("a");
  world.rotate();
  world.append("b");
  RecordPage page = value_of(store().read(open, 0, {}));
  EXPECT_EQ(1u, page.records.size());
  EXPECT_TRUE(page.shard_finished);
  EXPECT_EQ(1u, value_of(store().latest(open)));
}

// The moment between a rotation's commit and its publication: the child's first record is durable
// already, and the shard is still described as open.
TEST_F(StreamStoreTest, AClosingShardEndsAtItsFence) {
  Shard open = world.create()->shards[0];
  world.append("a");
  auto pending = world.commit({kCell}, [&](engine::Transaction& transaction) {
    return store().rotate(transaction, kTable, kCell);
  });
  world.append("b");
  ASSERT_TRUE(live()->shards[0].is_open());
  RecordPage page = value_of(store().read(open, 0, {}));
  EXPECT_EQ(1u, page.records.size());
  EXPECT_TRUE(page.at_end);
  EXPECT_FALSE(page.shard_finished);
  EXPECT_EQ(1u, value_of(store().latest(open)));

  int woken = 0;
  store().wait(open, 1, std::nullopt, [&] { ++woken; });
  world.executor.run_all();
  EXPECT_EQ(0, woken);  // the record behind the fence is not this shard's
  pending.apply();
  world.executor.run_all();
  EXPECT_EQ(1, woken);
  EXPECT_TRUE(value_of(store().read(open, 1, {})).shard_finished);
  EXPECT_THAT(world.names(live()->shards[1]), ElementsAre("b"));
}

TEST_F(StreamStoreTest, AFenceGoesWithADroppedChange) {
  Shard open = world.create()->shards[0];
  {
    auto pending = world.commit({kCell}, [&](engine::Transaction& transaction) {
      auto change = store().rotate(transaction, kTable, kCell);
      return change;
    });
    EXPECT_TRUE(pending.apply);
  }
  world.append("a");
  EXPECT_THAT(world.names(open), ElementsAre("a"));
}

TEST_F(StreamStoreTest, ALaterRevisionIsNotReplacedByAnEarlierOne) {
  world.create({kCell, kOtherCell});
  auto first = world.commit({kCell}, [&](engine::Transaction& transaction) {
    return store().rotate(transaction, kTable, kCell);
  });
  auto second = world.commit({kOtherCell}, [&](engine::Transaction& transaction) {
    return store().rotate(transaction, kTable, kOtherCell);
  });
  second.apply();
  first.apply();
  EXPECT_EQ(4u, live()->shards.size());
}

TEST_F(StreamStoreTest, PagesEndWithTheShard) {
  world.create();
  for (const char* name : {"a", "b", "c"}) world.append(name);
  Shard shard = live()->shards[0];
  RecordPage page = value_of(store().read(shard, 0, {.records_max = 2}));
  EXPECT_EQ(2u, page.next_after);
  EXPECT_FALSE(page.at_end);
  EXPECT_FALSE(page.shard_finished);
  page = value_of(store().read(shard, 2, {.records_max = 2}));
  EXPECT_EQ(3u, page.next_after);
  EXPECT_TRUE(page.at_end);
  EXPECT_FALSE(page.shard_finished);

  shard = world.rotate()->shards[0];
  EXPECT_FALSE(value_of(store().read(shard, 0, {.records_max = 2})).shard_finished);
  page = value_of(store().read(shard, 2, {.records_max = 2}));
  EXPECT_EQ(1u, page.records.size());
  EXPECT_TRUE(page.shard_finished);
  page = value_of(store().read(shard, 3, {}));
  EXPECT_THAT(page.records, IsEmpty());
  EXPECT_TRUE(page.shard_finished);
}

TEST_F(StreamStoreTest, FindsAPositionByTime) {
  world.create();
  const Timestamp start = world.clock.now();
  for (int i = 0; i < 10; ++i) {
    world.append(std::to_string(i));
    world.append(std::to_string(i) + "'");
    world.clock.advance(std::chrono::seconds(10));
  }
  Shard shard = live()->shards[0];
  for (int i = 0; i < 10; ++i) {
    Timestamp time = start + std::chrono::seconds(10) * i;
    EXPECT_EQ(Position(2 * i), value_of(store().position_at_time(shard, time)));
    EXPECT_EQ(Position(2 * i + 2), value_of(store().position_at_time(shard, time + Duration(1))));
  }
  EXPECT_EQ(0u, value_of(store().position_at_time(shard, Timestamp{})));
  shard = world.rotate()->shards[0];
  EXPECT_EQ(20u, value_of(store().position_at_time(shard, world.clock.now())));
}

TEST_F(StreamStoreTest, WaitsForARecordOrTheDeadline) {
  Shard shard = world.create()->shards[0];
  int woken = 0;
  auto wake = [&] { ++woken; };
  store().wait(shard, 0, std::nullopt, wake);
  world.append("a");
  world.executor.run_all();
  EXPECT_EQ(1, woken);

  store().wait(shard, 1, world.clock.now() + std::chrono::seconds(5), wake);
  world.timers.advance(std::chrono::seconds(4));
  world.executor.run_all();
  EXPECT_EQ(1, woken);
  world.timers.advance(std::chrono::seconds(1));
  world.executor.run_all();
  EXPECT_EQ(2, woken);

  engine::WaitId cancelled = store().wait(shard, 1, std::nullopt, wake);
  EXPECT_TRUE(store().cancel_wait(cancelled));
  EXPECT_FALSE(store().cancel_wait(cancelled));
  world.append("b");
  world.executor.run_all();
  EXPECT_EQ(2, woken);
}

TEST_F(StreamStoreTest, WakesWhenTheShardCloses) {
  Shard shard = world.create()->shards[0];
  int woken = 0;
  store().wait(shard, 0, std::nullopt, [&] { ++woken; });
  world.rotate();
  world.executor.run_all();
  EXPECT_EQ(1, woken);
  // It has closed already: at once, but not inside the call.
  store().wait(shard, 0, std::nullopt, [&] { ++woken; });
  EXPECT_EQ(1, woken);
  world.executor.run_all();
  EXPECT_EQ(2, woken);
}

TEST_F(StreamStoreTest, TellsListenersAboutChanges) {
  std::vector<std::string> seen;
  store().on_change([&](StreamPtr stream) {
    seen.push_back(std::string(to_string(stream->status)) + ' ' +
                   std::to_string(stream->shards.size()));
  });
  world.create();
  world.rotate();
  StreamPtr disabled = world.disable();
  world.change({}, [&](engine::Transaction& transaction) {
    return store().expire_stream(transaction, disabled->arn);
  });
  EXPECT_THAT(seen, ElementsAre("ENABLED 1", "ENABLED 2", "DISABLED 2", "DISABLED 0"));
}

TEST_F(StreamStoreTest, AnEnabledStreamDoesNotExpire) {
  StreamPtr stream = world.create();
  EXPECT_FALSE(world.change({}, [&](engine::Transaction& transaction) {
    return store().expire_stream(transaction, stream->arn);
  }));
  EXPECT_FALSE(world.change({}, [&](engine::Transaction& transaction) {
    return store().expire_shards(transaction, stream->arn, {stream->shards[0].id});
  }));
  world.reopen();
  EXPECT_EQ(1u, live()->shards.size());
}

TEST_F(StreamStoreTest, TheIteratorSecretStays) {
  std::string secret = store().iterator_secret();
  EXPECT_EQ(32u, secret.size());
  world.reopen();
  EXPECT_EQ(secret, store().iterator_secret());
}

TEST_F(StreamStoreTest, ADamagedRowIsReported) {
  StreamPtr stream = world.create();
  world.transact({engine::kTableCatalogCell},
                 [&](engine::Transaction& transaction) -> engine::Result<bool> {
                   transaction.put(engine::kTableCatalogCell, "\x02sd" + stream->arn, "?");
                   return true;
                 });
  auto reopened = StreamStore::open(*world.engine, world.clock, world.random);
  ASSERT_FALSE(reopened);
  EXPECT_EQ(engine::ErrorCode::kCorrupt, reopened.error().code);
}

class SplitTest : public StreamStoreTest {
 protected:
  static constexpr engine::CellId kLeft{2001}, kRight{2002};

  StreamPtr split(engine::CellId parent, std::vector<engine::CellId> children) {
    std::vector<engine::CellId> cells = children;
    cells.push_back(parent);
    EXPECT_TRUE(world.lineage->prepare(parent));
    return world.change(cells, [&](engine::Transaction& transaction) {
      Timestamp time = world.lineage->next_commit_time(parent, world.clock.now());
      for (engine::CellId child : children) world.lineage->continue_from(child, parent);
      return store().split(transaction, kTable, parent, children, time);
    });
  }
};

TEST_F(SplitTest, ChildrenGoOnBehindTheirParent) {
  world.create({kCell, kOtherCell});
  world.append("a");
  world.append("b");
  StreamPtr stream = split(kCell, {kLeft, kRight});
  EXPECT_EQ(3u, world.append("left", kLeft));
  EXPECT_EQ(3u, world.append("right", kRight));
  EXPECT_EQ(1u, world.append("other", kOtherCell));

  ASSERT_EQ(4u, stream->shards.size());
  EXPECT_EQ(nullptr, stream->open_shard(kCell));
  const Shard* left = stream->open_shard(kLeft);
  const Shard* right = stream->open_shard(kRight);
  ASSERT_TRUE(left != nullptr && right != nullptr);
  EXPECT_EQ(left->parent_id, right->parent_id);
  const Shard* parent = stream->find_shard(*left->parent_id);
  ASSERT_NE(nullptr, parent);
  EXPECT_EQ(kCell, parent->cell);
  EXPECT_LT(parent, left);
  EXPECT_LT(parent, right);
  EXPECT_THAT(world.names(*parent), ElementsAre("a", "b"));
  EXPECT_THAT(world.names(*left), ElementsAre("left"));
  EXPECT_THAT(world.names(*right), ElementsAre("right"));
  EXPECT_TRUE(value_of(store().read(*parent, 0, {})).shard_finished);
}

TEST_F(SplitTest, StartsTheLogsAlsoWithoutAStream) {
  world.append("a");
  EXPECT_FALSE(split(kCell, {kLeft, kRight}));
  EXPECT_EQ(2u, world.append("left", kLeft));
}

TEST_F(SplitTest, OfASplitCell) {
  world.create();
  world.append("a");
  split(kCell, {kLeft, kRight});
  split(kLeft, {engine::CellId{2003}, engine::CellId{2004}});
  world.rotate(kRight);
  EXPECT_EQ(2u, world.append("b", engine::CellId{2003}));
  world.reopen();
  EXPECT_EQ(6u, live()->shards.size());
  EXPECT_THAT(world.names(*live()->open_shard(engine::CellId{2003})), ElementsAre("b"));
}

TEST_F(SplitTest, TimesGoOnAfterARestartThoughTheChildIsEmpty) {
  world.create();
  world.append("late");
  const Timestamp late = world.clock.now();
  world.clock.set(late - std::chrono::hours(1));
  split(kCell, {kLeft, kRight});
  world.reopen();
  world.append("early", kLeft);
  auto page = value_of(world.engine->log_read(kLeft, 1, {}));
  EXPECT_LE(late, *decode_change_time(page.records.at(0).record));
}

}  // namespace
}  // namespace millrace::dynamodb::stream
