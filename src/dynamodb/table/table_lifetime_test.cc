// Tables across restarts, and what is left of removed ones.

#include <filesystem>
#include <future>

#include "dynamodb/table/item_store.h"
#include "dynamodb/table/row_keys.h"
#include "dynamodb/table/table_fixture.h"
#include "engine/cells.h"

namespace millrace::dynamodb::table {
namespace {

class TableLifetimeTest : public TableFixture {
 protected:
  TableLifetimeTest() { move_to_disk(); }

  using TableFixture::rows;
  size_t rows(engine::KeyPrefix prefix, const std::vector<engine::CellId>& cells) {
    return rows(std::string(1, static_cast<char>(prefix)), cells);
  }
  static TableDefinition indexed_table() {
    return definition("users", number_key("at"),
                      {local_index("l", number_key("n")), global_index("g", number_key("n"))},
                      stream::ViewType::kNewImage);
  }
  static Item user(int i) {
    return {{"id", text("u" + std::to_string(i % 10))}, {"at", number(i)}, {"n", number(i % 3)}};
  }
};

TEST_F(TableLifetimeTest, EverythingIsThereAfterAReopening) {
  TablePtr table = create(indexed_table());
  for (int i = 0; i < 50; ++i) put(table, user(i));
  erase(table, user(7));
  std::string arn = table->latest_stream_arn;
  auto before = catalog_->statistics(table->number);
  reopen();
  table = find("users");
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(table->latest_stream_arn, arn);
  EXPECT_EQ(table->stream_view_type, "NEW_IMAGE");
  EXPECT_EQ(scan(table).size(), 49u);
  for (const auto& index : table->indexes) {
    EXPECT_EQ(scan(table, &index).size(), 49u);
    EXPECT_EQ(catalog_->statistics(index.number).items, 49);
  }
  EXPECT_EQ(catalog_->statistics(table->number).items, 49);
  EXPECT_EQ(catalog_->statistics(table->number).bytes, before.bytes);
  clock_.set(clock_.now() - std::chrono::hours(1));
  put(table, user(100));
  auto log = log_of(table->cells[0].cell);
  ASSERT_EQ(log.size(), 52u);
  EXPECT_GE(log[51].time, log[50].time);
}

TEST_F(TableLifetimeTest, AnIndexGoesOnWhereItWasLeft) {
  TablePtr table = create(indexed_table());
  for (int i = 0; i < 20; ++i) put(table, user(i));
  // Written, and closed before the follower has run.
  items_->write(std::make_shared<const std::vector<ItemWrite>>(
                    std::vector<ItemWrite>{put_of(table, user(20)), erase_of(table, user(3))}),
                "", {}, [](WriteResult) {});
  reopen();
  table = find("users");
  EXPECT_EQ(scan(table, table->find_index("g")).size(), 20u);
  EXPECT_EQ(catalog_->statistics(table->find_index("g")->number).items, 20);
}

TEST_F(TableLifetimeTest, ARemovedTableLeavesNoRows) {
  TablePtr table = create(indexed_table());
  std::vector<ItemWrite> writes;
  for (int i = 0; i < 1200; ++i) {
    writes.push_back(put_of(table, user(i)));
    if (writes.size() < 100) continue;
    ASSERT_TRUE(write(std::exchange(writes, {})));
  }
  std::vector<engine::CellId> cells{table->cells[0].cell, table->find_index("g")->cell};
  EXPECT_EQ(scan(table, table->find_index("g")).size(), 1200u);
  EXPECT_EQ(rows(engine::KeyPrefix::kItem, cells), 1200u);
  EXPECT_EQ(rows(engine::KeyPrefix::kFollower, cells), 1u);
  ASSERT_TRUE(remove("users"));
  while (!catalog_->removed_tables().empty()) executor_.run_all();
  for (auto prefix : {engine::KeyPrefix::kItem, engine::KeyPrefix::kLocalIndex,
                      engine::KeyPrefix::kGlobalIndex, engine::KeyPrefix::kFollower}) {
    EXPECT_EQ(rows(prefix, cells), 0u) << static_cast<int>(prefix);
  }
  reopen();
  EXPECT_TRUE(catalog_->removed_tables().empty());
}

TEST_F(TableLifetimeTest, ErasingGoesOnAfterAReopening) {
  TablePtr table = create(indexed_table());
  for (int i = 0; i < 30; ++i) put(table, user(i));
  std::vector<engine::CellId> cells{table->cells[0].cell, table->find_index("g")->cell};
  // Only the transaction itself, nothing that was posted.
  auto removed = std::make_shared<std::promise<void>>();
  catalog_->remove(context_, "users", [removed](aws::Result<TablePtr>) { removed->set_value(); });
  removed->get_future().wait();
  EXPECT_EQ(rows(engine::KeyPrefix::kItem, cells), 30u);
  items_.reset();
  catalog_.reset();
  streams_.reset();
  open_tables();
  TablePtr anew = create(definition("users"));
  while (!catalog_->removed_tables().empty()) executor_.run_all();
  EXPECT_EQ(rows(engine::KeyPrefix::kItem, cells), 0u);
  EXPECT_EQ(rows(engine::KeyPrefix::kGlobalIndex, cells), 0u);
  EXPECT_TRUE(scan(anew).empty());
}

TEST_F(TableLifetimeTest, ALogThatOnlyIndexesFollowedGoesWithItsTable) {
  TablePtr table = create(definition("users", {}, {global_index("g", string_key("s"))}));
  for (int i = 0; i < 10; ++i) put(table, {{"id", text(std::to_string(i))}, {"s", text("x")}});
  engine::CellId cell = table->cells[0].cell;
  ASSERT_TRUE(remove("users"));
  while (!catalog_->removed_tables().empty()) executor_.run_all();
  auto log = engine_->log_range(cell);
  ASSERT_TRUE(log);
  EXPECT_EQ(log->first, 10u);  // the last record always stays
}

}  // namespace
}  // namespace millrace::dynamodb::table
