// Splits and rotations of a table's cells: nothing lost, nothing twice, each item's changes in
// order, whoever reads or writes meanwhile.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <set>
#include <thread>

#include "dynamodb/table/cell_head.h"
#include "dynamodb/table/table_fixture.h"
#include "dynamodb/table/table_tags.h"

namespace millrace::dynamodb::table {
namespace {

using stream::Shard;
using stream::StreamPtr;
using stream::ViewType;

class SplitTest : public TableFixture {
 protected:
  aws::Result<TablePtr> try_split(const std::string& name,
                                  std::optional<engine::CellId> cell = {}) {
    return await<aws::Result<TablePtr>>([&](TableCatalog::Completion done) {
      catalog_->split(context_, name, cell, std::move(done));
    });
  }
  TablePtr split(const std::string& name, std::optional<engine::CellId> cell = {}) {
    auto table = try_split(name, cell);
    EXPECT_TRUE(table) << table.error().message;
    return find(name);
  }
  aws::Result<TablePtr> rotate(const std::string& name, std::optional<engine::CellId> cell = {}) {
    return await<aws::Result<TablePtr>>([&](TableCatalog::Completion done) {
      catalog_->rotate(context_, name, cell, std::move(done));
    });
  }

  static Item item(int key, int version) {
    return {{"id", text("k" + std::to_string(key))}, {"v", number(version)}};
  }
  static int version_of(const Item& item) {
    return static_cast<int>(*item.at("v").number().to_int64());
  }

  // What a consumer gets that reads parents before children: versions by key, in order of arrival.
  std::map<std::string, std::vector<int>> consume(const TablePtr& table) {
    std::map<std::string, std::vector<int>> versions;
    StreamPtr live = streams_->live_stream(table->number);
    for (const Shard& shard : live->shards) {  // parents come first
      engine::Position after = *streams_->trim_horizon(shard);
      for (bool at_end = false; !at_end;) {
        auto page = streams_->read(shard, after, {});
        EXPECT_TRUE(page);
        for (const auto& record : page->records) {
          EXPECT_EQ(record.position, after + 1);
          after = record.position;
          if (!record.change.new_image) continue;
          Item image = *decode_item(*record.change.new_image);
          versions[image.at("id").string()].push_back(version_of(image));
        }
        at_end = page->at_end;
      }
    }
    return versions;
  }
  static std::vector<int> up_to(int versions) {
    std::vector<int> all;
    for (int version = 1; version <= versions; ++version) all.push_back(version);
    return all;
  }
};

TEST_F(SplitTest, GivesTheHalvesOfTheHashRangeToNewCells) {
  TablePtr before = create(definition("t", {}, {}, ViewType::kNewImage));
  TablePtr after = split("t");
  ASSERT_EQ(2u, after->cells.size());
  EXPECT_EQ(0u, after->cells[0].begin);
  EXPECT_EQ(uint64_t{1} << 63, after->cells[1].begin);
  EXPECT_EQ(before->cells[0].cell, after->splits.at(0).parent);

  after = split("t", after->cells[1].cell);
  ASSERT_EQ(3u, after->cells.size());
  EXPECT_EQ((uint64_t{1} << 63) + (uint64_t{1} << 62), after->cells[2].begin);
  after = split("t");  // the widest
  EXPECT_EQ(uint64_t{1} << 62, after->cells[1].begin);
}

TEST_F(SplitTest, ClosesTheShardWithTwoChildren) {
  TablePtr table = create(definition("t", {}, {}, ViewType::kNewImage));
  for (int key = 0; key < 10; ++key) put(table, item(key, 1));
  std::string parent = streams_->live_stream(table->number)->shards.at(0).id;
  split("t");
  StreamPtr live = streams_->live_stream(table->number);
  ASSERT_EQ(3u, live->shards.size());
  EXPECT_EQ(std::optional<engine::Position>(10), live->find_shard(parent)->last);
  for (size_t child : {1u, 2u}) {
    EXPECT_EQ(std::optional(parent), live->shards[child].parent_id);
    EXPECT_EQ(10u, live->shards[child].after);
    EXPECT_TRUE(live->shards[child].is_open());
  }
  table = find("t");
  for (int key = 0; key < 10; ++key) put(table, item(key, 2));
  auto versions = consume(table);
  ASSERT_EQ(10u, versions.size());
  for (const auto& [key, seen] : versions) EXPECT_EQ(up_to(2), seen) << key;
}

TEST_F(SplitTest, CommitTimesGoOnInTheChildrenAlsoIfTheClockGoesBack) {
  TablePtr table = create(definition("t", {}, {}, ViewType::kNewImage));
  clock_.advance(std::chrono::hours(2));
  put(table, item(1, 1));
  Timestamp written = clock_.now();
  clock_.set(written - std::chrono::hours(1));
  table = split("t");
  put(table, item(1, 2));
  size_t records = 0;
  auto stream = streams_->live_stream(table->number);
  for (const Shard& shard : stream->shards) {
    if (shard.parent_id) {
      EXPECT_GE(shard.created, written);
    }
    auto page = streams_->read(shard, shard.after, {});
    ASSERT_TRUE(page);
    for (const auto& record : page->records) {
      EXPECT_GE(record.change.time, written);
      ++records;
    }
  }
  EXPECT_EQ(2u, records);
}

TEST_F(SplitTest, RequestsThatKnowTheOldCellsAreServed) {
  TablePtr old_table = create(definition("t", {}, {local_index("l", number_key("v"))}));
  for (int key = 0; key < 20; ++key) put(old_table, item(key, 1));
  split("t");
  split("t");
  // A write of several items in one transaction, a condition among them.
  std::vector<ItemWrite> writes;
  for (int key = 0; key < 20; ++key) writes.push_back(put_of(old_table, item(key, 2)));
  EXPECT_TRUE(write(std::move(writes), {"token", "digest"}));
  auto failed = write({failing_of(old_table, item(1, 3), "condition")});
  ASSERT_FALSE(failed);
  EXPECT_EQ("condition", failed.error().at(0).error.message);
  // A token is remembered across the split.
  auto replayed = write({put_of(old_table, item(0, 9))}, {"token", "digest"});
  ASSERT_TRUE(replayed);
  EXPECT_TRUE(replayed->front().replayed);

  erase(old_table, item(3, 2));
  EXPECT_EQ(Item(), get(old_table, item(3, 0)));
  EXPECT_EQ(2, version_of(get(old_table, item(4, 0))));
  EXPECT_EQ(19u, scan(old_table).size());
  EXPECT_EQ(19u, scan(old_table, &old_table->indexes[0]).size());
  EXPECT_EQ(19, catalog_->statistics(old_table->number).items);
}

TEST_F(SplitTest, RequestsOfARemovedTableFailAsWithoutSplits) {
  TablePtr table = create(definition("t"));
  split("t");
  put(table, item(1, 1));
  ASSERT_TRUE(remove("t"));
  auto failed = write({put_of(table, item(1, 2))});
  ASSERT_FALSE(failed);
  EXPECT_EQ("ResourceNotFoundException", failed.error().at(0).error.type);
  EXPECT_TRUE(scan(table).empty());
  // The same name again is another table.
  create(definition("t"));
  failed = write({put_of(table, item(1, 2))});
  ASSERT_FALSE(failed);
  EXPECT_EQ("ResourceNotFoundException", failed.error().at(0).error.type);
}

TEST_F(SplitTest, KeepsCountsExactThroughSplitsAndRestarts) {
  TablePtr table = create(definition("t", {}, {local_index("l", number_key("v"))}));
  for (int key = 0; key < 11; ++key) put(table, item(key, 1));
  auto before = catalog_->statistics(table->number);
  auto index_before = catalog_->statistics(table->indexes[0].number);
  split("t");
  split("t");
  close_tables();
  open_tables();
  table = find("t");
  EXPECT_EQ(3u, table->cells.size());
  EXPECT_EQ(before.items, catalog_->statistics(table->number).items);
  EXPECT_EQ(before.bytes, catalog_->statistics(table->number).bytes);
  EXPECT_EQ(index_before.items, catalog_->statistics(table->indexes[0].number).items);
  for (int key = 0; key < 11; ++key) erase(table, item(key, 1));
  EXPECT_EQ(0, catalog_->statistics(table->number).items);
  EXPECT_EQ(0, catalog_->statistics(table->number).bytes);
}

TEST_F(SplitTest, GlobalIndexesFollowFromParentsToChildren) {
  TablePtr table = create(definition("t", {}, {global_index("g", number_key("v"))}));
  // Not followed yet when the cells are split: the executor stands still.
  auto unfollowed = [&](int version) {
    std::vector<ItemWrite> writes;
    for (int key = 0; key < 30; ++key) writes.push_back(put_of(table, item(key, version)));
    items_->write(std::make_shared<const std::vector<ItemWrite>>(std::move(writes)), "r", {},
                  [](WriteResult written) { EXPECT_TRUE(written); });
  };
  auto split_now = [&] {
    catalog_->split(context_, "t", {}, [](aws::Result<TablePtr> done) { EXPECT_TRUE(done); });
  };
  // Several transactions of a follower for each parent, one for a child.
  constexpr int kVersions = 20;
  for (int version = 1; version <= kVersions; ++version) {
    unfollowed(version);
    if (version % 6 == 0) split_now();
    if (version == 13) {  // also after a restart in the middle
      close_tables();
      open_tables();
      table = find("t");
    }
  }
  executor_.run_all();
  table = find("t");
  EXPECT_EQ(4u, table->cells.size());
  std::vector<Item> rows = scan(table, &table->indexes[0]);
  EXPECT_EQ(30u, rows.size());
  for (const Item& row : rows) EXPECT_EQ(kVersions, version_of(row));
  EXPECT_EQ(30, catalog_->statistics(table->indexes[0].number).items);

  ASSERT_TRUE(remove("t"));
  executor_.run_all();
  EXPECT_TRUE(catalog_->removed_tables().empty());
}

TEST_F(SplitTest, RefusesWhatCannotBeSplit) {
  EXPECT_EQ("ResourceNotFoundException", try_split("t").error().type);
  TablePtr table = create(definition("t"));
  EXPECT_EQ("ResourceNotFoundException", try_split("t", engine::CellId{1}).error().type);
  split("t");
  EXPECT_EQ("ResourceNotFoundException", try_split("t", table->cells[0].cell).error().type);
  TableDefinition full = definition("full");
  full.tags = {{std::string(kPartitionsTag), "64"}};
  EXPECT_EQ(64u, create(full)->cells.size());
  EXPECT_EQ("LimitExceededException", try_split("full").error().type);
}

TEST_F(SplitTest, RotationReplacesTheShardsOfOneOrOfAllCells) {
  TableDefinition two = definition("t", {}, {}, ViewType::kNewImage);
  two.tags = {{std::string(kPartitionsTag), "2"}};
  TablePtr table = create(two);
  ASSERT_EQ(2u, table->cells.size());
  ASSERT_TRUE(rotate("t", table->cells[1].cell));
  EXPECT_EQ(3u, streams_->live_stream(table->number)->shards.size());
  ASSERT_TRUE(rotate("t"));
  StreamPtr live = streams_->live_stream(table->number);
  EXPECT_EQ(5u, live->shards.size());
  EXPECT_EQ(2, std::count_if(live->shards.begin(), live->shards.end(),
                             [](const Shard& shard) { return shard.is_open(); }));
  EXPECT_EQ("ResourceNotFoundException", rotate("t", engine::CellId{1}).error().type);
  EXPECT_EQ("ResourceNotFoundException", rotate("none").error().type);
  create(definition("quiet"));
  EXPECT_EQ("ValidationException", rotate("quiet").error().type);
}

// The engine has a thread of its own here, and writers, readers, splits and rotations theirs.
class SplitOnThreadsTest : public SplitTest {
 protected:
  SplitOnThreadsTest() { move_to_thread(); }
};

TEST_F(SplitOnThreadsTest, WritersLoseAndRepeatNothing) {
  constexpr int kKeys = 6, kVersions = 60, kSplits = 12;
  TablePtr table =
      create(definition("t", {}, {global_index("g", string_key("id"))}, ViewType::kNewImage));
  std::atomic<int> failures{0};
  // `table` is as old as the table all the time: the longest race with every split.
  auto write_all = [&](int first_key) {
    for (int version = 1; version <= kVersions; ++version) {
      for (int key = first_key; key < kKeys; key += 2) {
        std::promise<bool> written;
        items_->write(std::make_shared<const std::vector<ItemWrite>>(
                          std::vector<ItemWrite>{put_of(table, item(key, version))}),
                      "request", {}, [&](WriteResult result) { written.set_value(bool(result)); });
        if (!written.get_future().get()) ++failures;
        std::promise<bool> read;
        items_->get({{table, key_of(*table, item(key, 0))}},
                    [&](aws::Result<std::vector<StoredItem>> items) {
                      read.set_value(items && version_of(items->front().item()) == version);
                    });
        if (!read.get_future().get()) ++failures;
      }
    }
  };
  std::thread even(write_all, 0), odd(write_all, 1);
  for (int i = 0; i < kSplits; ++i) {
    split("t");
    ASSERT_TRUE(rotate("t"));
  }
  even.join();
  odd.join();
  EXPECT_EQ(0, failures);
  table = find("t");
  auto versions = consume(table);
  ASSERT_EQ(static_cast<size_t>(kKeys), versions.size());
  for (const auto& [key, seen] : versions) EXPECT_EQ(up_to(kVersions), seen) << key;
  std::vector<Item> rows = scan(table, &table->indexes[0]);
  EXPECT_EQ(static_cast<size_t>(kKeys), rows.size());
  for (const Item& row : rows) EXPECT_EQ(kVersions, version_of(row));
}

}  // namespace
}  // namespace millrace::dynamodb::table
