// Random schedules of writes, reads, splits, rotations, restarts and clock steps against a model.
// Everything runs on one thread and from one seed: what is posted runs when the schedule says so,
// so calls overlap with splits in every stage, and a failure comes again with its seed.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>

#include "dynamodb/table/table_fixture.h"

namespace millrace::dynamodb::table {
namespace {

using stream::ChangeRecord;
using stream::Shard;

constexpr int kSchedules = 40;
constexpr int kSteps = 60;
constexpr uint64_t kKeys = 5;

class Schedule : public TableFixture {
 public:
  explicit Schedule(uint64_t seed) : chance_(seed) {
    TablePtr table = create(definition("t", {}, {global_index("g", number_key("v"))},
                                       stream::ViewType::kNewAndOldImages));
    number_ = table->number;
    snapshots_.push_back(std::move(table));
  }
  void TestBody() override {}

  void run() {
    for (int step = 0; step < kSteps; ++step) {
      switch (chance_.below(12)) {
        case 0:
          split();
          break;
        case 1:
          rotate();
          break;
        case 2:
          step_clock();
          break;
        case 3:
          if (chance_.below(6) == 0) restart();
          break;
        case 4:
        case 5:
          read();
          break;
        case 6:
          read_all();
          break;
        default:
          write();
      }
      for (uint64_t work = chance_.below(4); work > 0; --work) executor_.run_one();
      if (chance_.below(3) == 0) snapshots_.push_back(find("t"));
    }
    executor_.run_all();
    EXPECT_EQ(0, pending_);
    check_stream();
    check_index();
  }

 private:
  static std::string key_name(uint64_t key) { return "k" + std::to_string(key); }
  TablePtr some_table() { return snapshots_[chance_.below(snapshots_.size())]; }

  // One to three items at once, by a table as it was at some time.
  void write() {
    TablePtr table = some_table();
    std::set<uint64_t> keys;
    for (uint64_t i = chance_.below(3) + 1; i > 0; --i) keys.insert(chance_.below(kKeys));
    std::vector<ItemWrite> writes;
    std::map<uint64_t, int64_t> versions;
    for (uint64_t key : keys) {
      versions[key] = ++last_version_;
      Item item{{"id", text(key_name(key))}, {"v", number(last_version_)}};
      writes.push_back(chance_.below(5) == 0 ? erase_of(table, item) : put_of(table, item));
    }
    ++pending_;
    items_->write(std::make_shared<const std::vector<ItemWrite>>(std::move(writes)), "request", {},
                  [this, versions](WriteResult written) {
                    --pending_;
                    ASSERT_TRUE(written) << written.error().front().error.message;
                    for (const WriteOutcome& outcome : *written) {
                      if (outcome.old_item.encoded() != outcome.new_item.encoded()) ++changes_;
                    }
                  });
  }

  void read() {
    uint64_t key = chance_.below(kKeys);
    ++pending_;
    items_->get({{some_table(), {{"id", text(key_name(key))}}}},
                [this](aws::Result<std::vector<StoredItem>> items) {
                  --pending_;
                  EXPECT_TRUE(items);
                });
  }

  void read_all() {
    RangeRead range;
    range.table = some_table();
    auto seen = std::make_shared<std::set<std::string>>();
    ++pending_;
    items_->range(
        range,
        [seen](std::string_view encoded) {
          EXPECT_TRUE(seen->insert(decode_item(encoded)->at("id").string()).second);
          return true;
        },
        [this](aws::Result<bool> ended) {
          --pending_;
          EXPECT_TRUE(ended);
        });
  }

  void split() {
    TablePtr table = find("t");
    auto cell = table->cells[chance_.below(table->cells.size())].cell;
    ++pending_;
    catalog_->split(context_, "t", cell, [this](aws::Result<TablePtr> done) {
      --pending_;
      // Another split may have come first.
      EXPECT_TRUE(done || done.error().type == "ResourceNotFoundException");
    });
  }

  void rotate() {
    ++pending_;
    catalog_->rotate(context_, "t", {}, [this](aws::Result<TablePtr> done) {
      --pending_;
      EXPECT_TRUE(done);
    });
  }

  void step_clock() {
    auto millis = std::chrono::milliseconds(chance_.below(100));
    clock_.set(chance_.below(4) == 0 ? clock_.now() - millis : clock_.now() + millis);
  }

  void restart() {
    executor_.run_all();
    close_tables();
    open_tables();
    snapshots_ = {find("t")};
  }

  // Parents before children: the change of an item follows the one that it was made from, times and
  // positions rise, and there are as many records as there were changes.
  void check_stream() {
    std::map<std::string, std::string> images;
    std::map<std::string, std::pair<engine::Position, Timestamp>> ends;  // by shard
    int records = 0;
    stream::StreamPtr live = streams_->live_stream(number_);
    for (const Shard& shard : live->shards) {
      auto [position, time] =
          shard.parent_id ? ends.at(*shard.parent_id) : std::pair(engine::Position{0}, Timestamp{});
      EXPECT_EQ(position, shard.after);
      auto page = streams_->read(shard, shard.after, {});
      ASSERT_TRUE(page);
      EXPECT_TRUE(page->at_end);
      for (const auto& record : page->records) {
        EXPECT_EQ(++position, record.position);
        EXPECT_GE(record.change.time, time);
        time = record.change.time;
        std::string& image = images[record.change.keys];
        EXPECT_EQ(image, record.change.old_image.value_or(""));
        image = record.change.new_image.value_or("");
        ++records;
      }
      ends[shard.id] = {position, time};
    }
    EXPECT_EQ(changes_, records);
    std::map<std::string, std::string> stored;
    for (const Item& item : scan(find("t"))) stored[item.at("id").string()] = encode_item(item);
    size_t present = 0;
    for (const auto& [keys, image] : images) {
      if (image.empty()) continue;
      ++present;
      EXPECT_EQ(image, stored[decode_item(keys)->at("id").string()]);
    }
    EXPECT_EQ(present, stored.size());
  }

  void check_index() {
    TablePtr table = find("t");
    std::multiset<std::string> items, rows;
    for (const Item& item : scan(table)) items.insert(encode_item(item));
    for (const Item& row : scan(table, &table->indexes[0])) rows.insert(encode_item(row));
    EXPECT_EQ(items, rows);
    auto count = static_cast<int64_t>(items.size());
    EXPECT_EQ(count, catalog_->statistics(number_).items);
    EXPECT_EQ(count, catalog_->statistics(table->indexes[0].number).items);
  }

  SeededRandom chance_;
  uint64_t number_ = 0;
  std::vector<TablePtr> snapshots_;  // the table at several times
  int64_t last_version_ = 0;
  int changes_ = 0;
  int pending_ = 0;
};

TEST(SplitModel, HoldsInRandomSchedules) {
  for (uint64_t seed = 1; seed <= kSchedules && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Schedule(seed).run();
  }
}

}  // namespace
}  // namespace millrace::dynamodb::table
