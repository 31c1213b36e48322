// Writers, splits, changes of the setting and the clock on threads of their own while items expire.
#include <atomic>
#include <future>
#include <map>
#include <thread>

#include "dynamodb/table/expiry_rows.h"
#include "dynamodb/table/table_fixture.h"

namespace millrace::dynamodb::table {
namespace {

class ExpiryThreadsTest : public TableFixture {
 protected:
  ExpiryThreadsTest() { move_to_thread(); }

  void set_time_to_live(bool enabled) {
    TableUpdate change;
    change.time_to_live = {enabled, "ttl"};
    EXPECT_TRUE(update("t", std::move(change)));
  }
  void split() {
    EXPECT_TRUE(await<aws::Result<TablePtr>>([&](TableCatalog::Completion done) {
      catalog_->split(context_, "t", std::nullopt, std::move(done));
    }));
  }
  // Items that expire within the next seconds, again and again the same ones.
  void write_items(const TablePtr& table, int first_key, std::atomic<int>& failures) {
    for (int round = 0; round < 40; ++round) {
      for (int key = first_key; key < 20; key += 2) {
        Item item{{"id", text("k" + std::to_string(key))},
                  {"ttl", number(to_unix_seconds(clock_.now()) + (key + round) % 4)}};
        std::promise<bool> written;
        items_->write(std::make_shared<const std::vector<ItemWrite>>(
                          std::vector<ItemWrite>{put_of(table, item)}),
                      "request", {}, [&](WriteResult result) { written.set_value(bool(result)); });
        if (!written.get_future().get()) ++failures;
      }
    }
  }
  // All changes of the table, parents' before their children's.
  std::vector<stream::ChangeRecord> records(const Table& table) {
    std::vector<stream::ChangeRecord> all;
    stream::StreamPtr live = streams_->live_stream(table.number);
    for (const auto& shard : live->shards) {
      engine::Position after = *streams_->trim_horizon(shard);
      for (bool at_end = false; !at_end;) {
        auto page = streams_->read(shard, after, {});
        EXPECT_TRUE(page);
        for (const auto& record : page->records) {
          after = record.position;
          all.push_back(record.change);
        }
        at_end = page->at_end || page->records.empty();
      }
    }
    return all;
  }
};

TEST_F(ExpiryThreadsTest, NothingGoesTooEarlyAndNothingStays) {
  TablePtr table = create(
      definition("t", {}, {global_index("g", string_key("id"))}, stream::ViewType::kOldImage));
  std::atomic<int> failures{0};
  std::atomic<int> writing{2};
  auto write_all = [&](int first_key) {
    write_items(table, first_key, failures);
    --writing;
  };
  std::thread even(write_all, 0), odd(write_all, 1);
  bool enabled = false;
  for (int i = 0; writing > 0; ++i) {
    if (i % 7 == 0) set_time_to_live(enabled = !enabled);
    if (i % 5 == 0 && i < 30) split();
    timers_.advance(std::chrono::milliseconds(500));
    executor_.run_all();
  }
  even.join();
  odd.join();
  EXPECT_EQ(0, failures);
  if (!enabled) set_time_to_live(true);
  timers_.advance(std::chrono::seconds(5));
  auto began = stopwatch_now();
  while (!scan(find("t")).empty()) {
    executor_.run_all();
    ASSERT_LT(stopwatch_now() - began, std::chrono::seconds(20));
  }
  EXPECT_EQ(0, catalog_->statistics(table->number).items);
  std::map<std::string, bool> there;
  for (const auto& record : records(*find("t"))) {
    std::string key = decode_item(record.keys)->at("id").string();
    EXPECT_EQ(there[key], record.kind != stream::ChangeKind::kInsert);
    there[key] = record.kind != stream::ChangeKind::kRemove;
    EXPECT_EQ(record.by_time_to_live, record.kind == stream::ChangeKind::kRemove);
    if (!record.by_time_to_live) continue;
    auto expiry = expiry_of("ttl", *record.old_image);
    EXPECT_TRUE(expiry && *expiry <= to_unix_seconds(record.time));
  }
  for (const auto& [key, still] : there) EXPECT_FALSE(still) << key;
}

}  // namespace
}  // namespace millrace::dynamodb::table
