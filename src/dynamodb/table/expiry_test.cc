// Time to live: which items expire and when, and that their deletion follows writes, restarts,
// splits and changes of the setting. The clock starts at 1,700,000,000 seconds.

#include <algorithm>
#include <future>

#include "dynamodb/table/catalog_rows.h"
#include "dynamodb/table/expiry_rows.h"
#include "dynamodb/table/row_keys.h"
#include "dynamodb/table/table_fixture.h"
#include "engine/cells.h"

namespace millrace::dynamodb::table {
namespace {

constexpr int64_t kStart = 1'700'000'000;

class ExpiryTest : public TableFixture {
 protected:
  static Item item(int key, std::optional<AttributeValue> expiry = {}) {
    Item made{{"id", text("k" + std::to_string(key))}};
    if (expiry) made.emplace("ttl", std::move(*expiry));
    return made;
  }
  static Item expiring(int key, int64_t seconds) { return item(key, number(kStart + seconds)); }

  aws::Result<TablePtr> set_time_to_live(bool enabled, const std::string& attribute = "ttl") {
    TableUpdate change;
    change.time_to_live = {enabled, attribute};
    return update("t", std::move(change));
  }
  TablePtr enable() {
    auto updated = set_time_to_live(true);
    EXPECT_TRUE(updated) << updated.error().message;
    return find("t");
  }
  TablePtr create_enabled(std::vector<Index> indexes = {}) {
    create(definition("t", {}, std::move(indexes), stream::ViewType::kNewAndOldImages));
    return enable();
  }
  void advance(int64_t seconds) {
    timers_.advance(std::chrono::seconds(seconds));
    executor_.run_all();
  }
  std::vector<std::string> keys() {
    std::vector<std::string> names;
    for (const Item& each : scan(find("t"))) names.push_back(each.at("id").string());
    std::sort(names.begin(), names.end());
    return names;
  }
  // Rows by which items are found when they expire, and what is kept about the filling of them.
  size_t expiry_rows() { return rows(std::string(1, '\x08'), find("t")->all_cells()); }
  TablePtr split() {
    auto table = await<aws::Result<TablePtr>>([&](TableCatalog::Completion done) {
      catalog_->split(context_, "t", std::nullopt, std::move(done));
    });
    EXPECT_TRUE(table);
    return find("t");
  }
  using Names = std::vector<std::string>;
};

TEST_F(ExpiryTest, AnItemGoesWhenItsTimeHasCome) {
  TablePtr table = create_enabled();
  put(table, expiring(1, 60));
  put(table, expiring(2, 120));
  advance(59);
  EXPECT_EQ((Names{"k1", "k2"}), keys());
  advance(1);
  EXPECT_EQ(Names{"k2"}, keys());
  advance(60);
  EXPECT_EQ(Names{}, keys());
  EXPECT_EQ(0u, expiry_rows());
  EXPECT_EQ(0, catalog_->statistics(table->number).items);
}

TEST_F(ExpiryTest, TheRecordSaysWhoDidIt) {
  TablePtr table = create_enabled();
  put(table, expiring(1, 60));
  erase(table, expiring(1, 60));
  put(table, expiring(2, 60));
  advance(60);
  auto records = log_of(table->cells[0].cell);
  ASSERT_EQ(4u, records.size());
  EXPECT_FALSE(records[1].by_time_to_live);
  EXPECT_EQ(stream::ChangeKind::kRemove, records[3].kind);
  EXPECT_TRUE(records[3].by_time_to_live);
  EXPECT_EQ(expiring(2, 60), *decode_item(*records[3].old_image));
  EXPECT_FALSE(records[3].new_image);
}

TEST_F(ExpiryTest, IndexesLoseTheItemToo) {
  TablePtr table =
      create_enabled({local_index("l", number_key("ttl")), global_index("g", number_key("ttl"))});
  put(table, expiring(1, 60));
  put(table, expiring(2, 90));
  advance(60);
  EXPECT_EQ(1u, scan(table, table->find_index("l")).size());
  EXPECT_EQ(1u, scan(table, table->find_index("g")).size());
}

TEST_F(ExpiryTest, AWriteMovesTheTime) {
  TablePtr table = create_enabled();
  for (int key : {1, 2, 3, 4}) put(table, expiring(key, 60));
  put(table, expiring(1, 300));        // later
  put(table, expiring(2, 10));         // sooner
  put(table, item(3));                 // never
  put(table, item(4, text("never")));  // no number
  EXPECT_EQ(2u, expiry_rows());
  advance(10);
  EXPECT_EQ((Names{"k1", "k3", "k4"}), keys());
  advance(289);
  EXPECT_EQ((Names{"k1", "k3", "k4"}), keys());
  advance(1);
  EXPECT_EQ((Names{"k3", "k4"}), keys());
  EXPECT_EQ(0u, timers_.pending());  // nobody looks as long as nothing expires
}

TEST_F(ExpiryTest, OnlyWholeNumbersOfSecondsAreTimes) {
  auto expiry = [](AttributeValue value) {
    return expiry_of("ttl", encode_item({{"id", text("a")}, {"ttl", std::move(value)}}));
  };
  EXPECT_EQ(std::optional<int64_t>(kStart), expiry(number(kStart)));
  EXPECT_EQ(std::optional<int64_t>(0), expiry(number(0)));
  EXPECT_EQ(std::optional<int64_t>(253'402'300'799), expiry(number(253'402'300'799)));
  EXPECT_EQ(std::nullopt, expiry(number(253'402'300'800)));
  EXPECT_EQ(std::nullopt, expiry(number(kStart * 1000)));  // milliseconds, by mistake
  EXPECT_EQ(std::nullopt, expiry(number(-1)));
  EXPECT_EQ(std::nullopt, expiry(AttributeValue(*Number::parse("1700000000.5"))));
  EXPECT_EQ(std::nullopt, expiry(AttributeValue(*Number::parse("1e30"))));
  EXPECT_EQ(std::nullopt, expiry(text("1700000000")));
  EXPECT_EQ(std::nullopt, expiry_of("TTL", encode_item(expiring(1, 0))));
  EXPECT_EQ(std::nullopt, expiry_of("ttl", ""));
}

TEST_F(ExpiryTest, WhatExpiredLongAgoStays) {
  TablePtr table = create_enabled();
  put(table, expiring(1, -kExpiryAgeMaxSeconds - 1));
  put(table, expiring(2, -kExpiryAgeMaxSeconds));
  put(table, expiring(3, -1));
  executor_.run_all();
  EXPECT_EQ(Names{"k1"}, keys());
}

TEST_F(ExpiryTest, ItemsFromBeforeTheEnablingExpireToo) {
  TablePtr table = create(definition("t"));
  for (int key = 0; key < 1200; ++key) put(table, expiring(key, 60 + key % 2 * 60));
  table = enable();
  EXPECT_EQ(1200u, expiry_rows());
  advance(60);
  EXPECT_EQ(600u, keys().size());
  advance(60);
  EXPECT_EQ(0u, keys().size());
  EXPECT_EQ(0u, expiry_rows());
}

TEST_F(ExpiryTest, WritesGoOnWhileOldItemsGetTheirTime) {
  TablePtr table = create(definition("t"));
  for (int key = 0; key < 1200; ++key) put(table, expiring(key, 60));
  TableUpdate change;
  change.time_to_live = {true, "ttl"};
  std::optional<aws::Result<TablePtr>> answer;
  catalog_->update(context_, "t", std::move(change),
                   [&](aws::Result<TablePtr> updated) { answer = std::move(updated); });
  // Between each two pieces of work some items, reached already or not, change.
  int key = 0;
  while (executor_.run_one()) {
    if (!answer || key >= 1200) continue;
    for (const Item& changed : {expiring(key, 300), item(key + 1), expiring(key + 2, 30)}) {
      items_->write(std::make_shared<const std::vector<ItemWrite>>(
                        std::vector<ItemWrite>{put_of(find("t"), changed)}),
                    "request-1", {}, [](WriteResult written) { EXPECT_TRUE(written); });
    }
    items_->write(std::make_shared<const std::vector<ItemWrite>>(
                      std::vector<ItemWrite>{erase_of(find("t"), item(key + 3))}),
                  "request-1", {}, [](WriteResult written) { EXPECT_TRUE(written); });
    key += 100;
  }
  ASSERT_GT(key, 300);
  int changed = key / 100;
  EXPECT_EQ(static_cast<size_t>(1200 - 2 * changed), expiry_rows());
  advance(30);
  EXPECT_EQ(static_cast<size_t>(1200 - 2 * changed), keys().size());
  advance(30);
  EXPECT_EQ(static_cast<size_t>(2 * changed), keys().size());
  advance(240);
  EXPECT_EQ(static_cast<size_t>(changed), keys().size());
  EXPECT_EQ(0u, expiry_rows());
}

TEST_F(ExpiryTest, ASplitWhileOldItemsGetTheirTime) {
  TablePtr table = create(definition("t"));
  for (int key = 0; key < 1200; ++key) put(table, expiring(key, 60));
  TableUpdate change;
  change.time_to_live = {true, "ttl"};
  bool enabled = false;
  catalog_->update(context_, "t", std::move(change),
                   [&](aws::Result<TablePtr> updated) { enabled = updated.has_value(); });
  while (!enabled) ASSERT_TRUE(executor_.run_one());
  int splits = 0;
  for (; splits < 3; ++splits) {
    catalog_->split(context_, "t", std::nullopt,
                    [](aws::Result<TablePtr> done) { EXPECT_TRUE(done); });
    executor_.run_one();
  }
  executor_.run_all();
  EXPECT_EQ(4u, find("t")->cells.size());
  EXPECT_EQ(1200u, expiry_rows());
  advance(60);
  EXPECT_EQ(0u, keys().size());
}

TEST_F(ExpiryTest, SplitsMoveNothing) {
  TablePtr old = create_enabled();
  for (int key = 0; key < 100; ++key) put(old, expiring(key, 60));
  split();
  TablePtr table = split();
  for (int key = 100; key < 150; ++key) put(table, expiring(key, 120));
  put(old, item(7));  // by way of the cell that was
  advance(60);
  EXPECT_EQ(51u, keys().size());
  advance(60);
  EXPECT_EQ(Names{"k7"}, keys());
  EXPECT_EQ(0u, expiry_rows());
}

TEST_F(ExpiryTest, ThousandsGoInBatches) {
  TablePtr table = create_enabled();
  for (int key = 0; key < 2500; ++key) put(table, expiring(key, 60));
  timers_.advance(std::chrono::seconds(60));
  // What one piece of work deletes is bounded.
  size_t before = 2500, steps = 0;
  while (executor_.run_one()) {
    auto now = static_cast<size_t>(catalog_->statistics(table->number).items);
    EXPECT_LE(before - now, 100u);
    before = now;
    ++steps;
  }
  EXPECT_EQ(0u, before);
  EXPECT_GE(steps, 25u);
  EXPECT_EQ(0u, keys().size());
}

TEST_F(ExpiryTest, NothingExpiresOnceItIsDisabled) {
  TablePtr table = create_enabled();
  for (int key = 0; key < 700; ++key) put(table, expiring(key, 60));
  ASSERT_TRUE(set_time_to_live(false));
  EXPECT_EQ(0u, expiry_rows());
  EXPECT_EQ(0u, rows(ended_time_to_live_prefix(), {engine::kTableCatalogCell}));
  EXPECT_EQ(0u, timers_.pending());
  put(find("t"), expiring(700, 60));
  advance(100);
  EXPECT_EQ(701u, keys().size());
  // Another enabling is one of its own.
  enable();
  EXPECT_EQ(0u, keys().size());
}

TEST_F(ExpiryTest, AnotherAttributeCountsAfterAChange) {
  TablePtr table = create_enabled();
  Item both = expiring(1, 60);
  both.emplace("until", number(kStart + 120));
  put(table, both);
  ASSERT_TRUE(set_time_to_live(false));
  ASSERT_TRUE(set_time_to_live(true, "until"));
  advance(60);
  EXPECT_EQ(Names{"k1"}, keys());
  advance(60);
  EXPECT_EQ(Names{}, keys());
}

TEST_F(ExpiryTest, WhatChangesNothingIsRefused) {
  create(definition("t"));
  EXPECT_EQ("TimeToLive is already disabled", set_time_to_live(false).error().message);
  enable();
  EXPECT_EQ("TimeToLive is already enabled", set_time_to_live(true).error().message);
  for (bool enabled : {true, false}) {
    EXPECT_EQ("TimeToLive is active on a different AttributeName: current AttributeName is ttl",
              set_time_to_live(enabled, "other").error().message);
  }
}

TEST_F(ExpiryTest, ARemovedTableLeavesNothing) {
  TablePtr table = create_enabled();
  for (int key = 0; key < 700; ++key) put(table, expiring(key, 60));
  ASSERT_TRUE(remove("t"));
  executor_.run_all();
  EXPECT_EQ(0u, rows(std::string(1, '\x08'), table->all_cells()));
  EXPECT_EQ(0u, rows(ended_time_to_live_prefix(), {engine::kTableCatalogCell}));
  advance(100);
  EXPECT_EQ(0u, timers_.pending());
}

class ExpiryRestartTest : public ExpiryTest {
 protected:
  ExpiryRestartTest() { move_to_disk(); }

  // The engine completes on its own thread: until it has come to `done`.
  template <class Done>
  void run_until(Done done) {
    auto began = stopwatch_now();
    while (!done()) {
      executor_.run_all();
      ASSERT_LT(stopwatch_now() - began, std::chrono::seconds(20));
      std::this_thread::yield();
    }
  }
};

TEST_F(ExpiryRestartTest, TimesAreKept) {
  TablePtr table = create_enabled();
  put(table, expiring(1, 60));
  put(table, expiring(2, 120));
  reopen();
  EXPECT_EQ("ttl", find("t")->time_to_live->attribute);
  advance(60);
  run_until([&] { return keys() == Names{"k2"}; });
  close();
  clock_.advance(std::chrono::seconds(60));
  open();
  run_until([&] { return keys().empty(); });
}

TEST_F(ExpiryRestartTest, ASweepThatWasCutShortGoesOn) {
  TablePtr table = create_enabled();
  for (int key = 0; key < 500; ++key) put(table, expiring(key, 60));
  timers_.advance(std::chrono::seconds(60));
  run_until([&] { return scan(find("t")).size() < 500; });
  reopen();
  run_until([&] { return keys().empty(); });
}

TEST_F(ExpiryRestartTest, WhatWasLeftGoesOn) {
  create(definition("t"));
  for (int key = 0; key < 1200; ++key) put(find("t"), expiring(key, 60));
  // The server stops before any item has got its time...
  TableUpdate change;
  change.time_to_live = {true, "ttl"};
  std::promise<void> updated;
  catalog_->update(context_, "t", std::move(change),
                   [&](aws::Result<TablePtr>) { updated.set_value(); });
  updated.get_future().wait();
  EXPECT_EQ(1u, expiry_rows());  // that it is to be done
  items_.reset();
  reopen();
  run_until([&] { return expiry_rows() == 1200; });
  // ... and before any of these times is gone.
  change.time_to_live = {false, "ttl"};
  std::promise<void> disabled;
  catalog_->update(context_, "t", std::move(change),
                   [&](aws::Result<TablePtr>) { disabled.set_value(); });
  disabled.get_future().wait();
  EXPECT_EQ(1200u, expiry_rows());
  reopen();
  run_until([&] { return expiry_rows() == 0; });
  run_until([&] { return rows(ended_time_to_live_prefix(), {engine::kTableCatalogCell}) == 0; });
}

}  // namespace
}  // namespace millrace::dynamodb::table
