// Global indexes that are created and deleted while their table is used: random schedules of
// writes, splits, restarts and deletions against a model, from seeds, and single cases.
#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include "dynamodb/stream/follower.h"
#include "dynamodb/table/index_filling.h"
#include "dynamodb/table/index_rows.h"
#include "dynamodb/table/row_keys.h"
#include "dynamodb/table/table_fixture.h"

namespace millrace::dynamodb::table {
namespace {

class IndexFillingTest : public TableFixture {
 protected:
  static Item item(uint64_t key, int64_t value) {
    return {{"id", text("k" + std::to_string(key))},
            {"v", number(value)},
            {"s", text("s" + std::to_string(value % 3))}};
  }
  static TableUpdate creation(const std::string& name = "g") {
    TableUpdate change;
    change.new_index = global_index(name, string_key("s"), {number_key("v")});
    return change;
  }
  static TableUpdate deletion(const std::string& name = "g") {
    TableUpdate change;
    change.deleted_index = name;
    return change;
  }
  // Everything that has been posted runs.
  void change(TableUpdate update) {
    auto changed = this->update("t", std::move(update));
    ASSERT_TRUE(changed) << changed.error().message;
    executor_.run_all();
  }
  // Nothing runs but the change itself.
  aws::Result<TablePtr> begin(TableUpdate update) {
    std::optional<aws::Result<TablePtr>> answer;
    catalog_->update(context_, "t", std::move(update),
                     [&](aws::Result<TablePtr> done) { answer.emplace(std::move(done)); });
    while (!answer && executor_.run_one()) {
    }
    return std::move(*answer);
  }
  void put_many(int count) {
    for (int first = 0; first < count; first += 100) {
      std::vector<ItemWrite> writes;
      for (int i = first; i < std::min(count, first + 100); ++i) {
        writes.push_back(put_of(find("t"), item(static_cast<uint64_t>(i), i)));
      }
      ASSERT_TRUE(write(std::move(writes)));
    }
  }
  void split() {
    auto table = await<aws::Result<TablePtr>>([&](TableCatalog::Completion done) {
      catalog_->split(context_, "t", std::nullopt, std::move(done));
    });
    ASSERT_TRUE(table);
  }
  void restart() {
    close_tables();
    open_tables();
  }
  void expect_index_matches(const std::string& name = "g") {
    TablePtr table = find("t");
    const Index* index = table->find_index(name);
    ASSERT_NE(index, nullptr);
    EXPECT_EQ(IndexStatus::kActive, index->status);
    std::multiset<std::string> expected, found;
    int64_t bytes = 0;
    for (const Item& each : scan(table)) {
      auto row = index_row(*index, item_place(*table, each), encode_item(each));
      if (row) expected.insert(row->value);
    }
    for (const Item& row : scan(table, index)) {
      found.insert(encode_item(row));
      bytes += static_cast<int64_t>(item_size_bytes(row));
    }
    EXPECT_EQ(expected, found);
    EXPECT_EQ(static_cast<int64_t>(found.size()), catalog_->statistics(index->number).items);
    EXPECT_EQ(bytes, catalog_->statistics(index->number).bytes);
  }
  // Rows of any kind that are left in the index's cell.
  size_t rows_of(engine::CellId cell, const Index& index) {
    size_t count = 0;
    std::vector<std::string> prefixes{index_rows_prefix(index),
                                      stream::follower_key("index/" + std::to_string(index.number)),
                                      index_filling_key(index)};
    EXPECT_TRUE(engine::snapshot_and_wait(
        *engine_, {cell}, [&](engine::Reader& reader) -> engine::Result<void> {
          count = 0;
          for (const auto& prefix : prefixes) {
            engine::RangeOptions options;
            options.begin = prefix;
            options.end = after_prefix(prefix);
            MILLRACE_CHECK_OK(
                reader.range({cell}, options, [&](std::string_view, std::string_view) {
                  ++count;
                  return true;
                }));
          }
          return {};
        }));
    return count;
  }
};

TEST_F(IndexFillingTest, HoldsTheItemsThatWereThereBefore) {
  for (int cells : {1, 3}) {
    close();
    open(cells);
    create(definition("t"));
    put_many(1300);
    put(find("t"), {{"id", text("without")}});
    put(find("t"), {{"id", text("other type")}, {"s", number(1)}, {"v", number(1)}});
    auto answer = begin(creation());
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(TableStatus::kUpdating, (*answer)->status);
    EXPECT_EQ(IndexStatus::kCreating, (*answer)->find_index("g")->status);
    EXPECT_EQ(IndexStatus::kCreating, find("t")->find_index("g")->status);
    executor_.run_all();
    expect_index_matches();
    EXPECT_EQ(1300u, scan(find("t"), find("t")->find_index("g")).size());
    put(find("t"), item(7, 7'000));
    expect_index_matches();
  }
}

TEST_F(IndexFillingTest, ATableIsChangedOneIndexAtATime) {
  create(definition("t", number_key("at"), {local_index("l", number_key("v"))}));
  auto error = [](const aws::Result<TablePtr>& answer) {
    return answer ? std::string() : answer.error().type;
  };
  ASSERT_TRUE(begin(creation()));
  EXPECT_EQ("ValidationException", error(begin(creation())));
  EXPECT_EQ("LimitExceededException", error(begin(creation("h"))));
  EXPECT_EQ("ResourceInUseException", error(remove("t")));
  executor_.run_all();
  EXPECT_EQ("ResourceNotFoundException", error(begin(deletion("h"))));
  EXPECT_EQ("ValidationException", error(begin(deletion("l"))));
  EXPECT_EQ("ValidationException", error(begin(creation("l"))));
  EXPECT_EQ((std::vector<KeyDefinition>{string_key("s"), number_key("v")}),
            find("t")->attribute_definitions);
  for (int i = 1; i < 20; ++i) change(creation("g" + std::to_string(i)));
  EXPECT_EQ("LimitExceededException", error(begin(creation("more"))));
  change(deletion());
  EXPECT_EQ(nullptr, find("t")->find_index("g"));
  change(creation("more"));
  EXPECT_TRUE(remove("t"));
}

TEST_F(IndexFillingTest, ADeletedIndexLeavesNothing) {
  TablePtr table = create(definition("t"));
  put_many(700);
  change(creation());
  split();
  put_many(20);
  const Index index = *find("t")->find_index("g");
  EXPECT_GT(rows_of(index.cell, index), 700u);
  change(deletion());
  EXPECT_EQ(nullptr, find("t")->find_index("g"));
  EXPECT_EQ(0u, rows_of(index.cell, index));
  EXPECT_FALSE(find("t")->keeps_log());
  EXPECT_TRUE(find("t")->attribute_definitions.empty());
  put(find("t"), item(1, 1));
  for (engine::CellId cell : find("t")->all_cells()) {
    EXPECT_FALSE(streams_->log_holds().lowest(cell));
    auto log = engine_->log_range(cell);
    ASSERT_TRUE(log);
    EXPECT_GE(log->first, log->last);  // but the last one, which carries the counter
  }
  EXPECT_EQ(700u, scan(find("t")).size());
}

TEST_F(IndexFillingTest, ADeletionGoesOnAfterARestart) {
  create(definition("t"));
  put_many(700);
  change(creation());
  const Index index = *find("t")->find_index("g");
  ASSERT_TRUE(begin(deletion()));
  restart();
  EXPECT_EQ(0u, rows_of(index.cell, index));
  EXPECT_EQ(nullptr, find("t")->find_index("g"));
}

TEST_F(IndexFillingTest, AnIndexOfASplitTableIgnoresLogsThatHaveEnded) {
  create(definition("t", {}, {}, stream::ViewType::kKeysOnly));
  put_many(50);
  split();
  split();
  put_many(40);
  // Their records are gone, as after their retention.
  for (const auto& cells : {find("t")->ended_cells(), find("t")->all_cells()}) {
    for (engine::CellId cell : cells) {
      ASSERT_TRUE(engine_->log_trim(cell, engine_->log_range(cell)->last));
    }
  }
  change(creation());
  expect_index_matches();
  put(find("t"), item(1, 1'000));
  split();
  put(find("t"), item(2, 2'000));
  expect_index_matches();
  restart();
  put(find("t"), item(3, 3'000));
  expect_index_matches();
}

// A change is applied to the index by exactly one of two: the step that reads the item's cell after
// it, or the follower.
TEST_F(IndexFillingTest, AChangeIsLeftToOneOfTwo) {
  IndexFilling filling{"d", "h", engine::CellId{7}, 10};
  EXPECT_TRUE(filling.leaves_to_follower("c", 5));
  EXPECT_TRUE(filling.leaves_to_follower("c", 15));
  EXPECT_FALSE(filling.leaves_to_follower("d", 10));
  EXPECT_TRUE(filling.leaves_to_follower("d", 11));
  EXPECT_FALSE(filling.leaves_to_follower("h", 11));
  auto decoded = decode_index_filling(encode_index_filling(filling));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(filling, *decoded);
  std::string bytes = encode_index_filling(filling);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_index_filling(bytes.substr(0, size)));
  }
  EXPECT_FALSE(decode_index_filling(bytes + 'x'));
}

class Schedule : public IndexFillingTest {
 public:
  explicit Schedule(uint64_t seed) : chance_(seed) {
    close();
    open(1 + static_cast<int>(chance_.below(4)));
    bool streams = chance_.below(2) == 0;
    create(definition("t", {}, {},
                      streams ? std::optional(stream::ViewType::kKeysOnly) : std::nullopt));
    for (uint64_t key = 0; key < kKeys; key += 2) put(find("t"), item(key, ++last_value_));
    snapshots_.push_back(find("t"));
  }
  void TestBody() override {}

  void run() {
    for (int step = 0; step < 80; ++step) {
      switch (chance_.below(12)) {
        case 0:
          if (find("t")->cells.size() < 12) start_split();
          break;
        case 1:
        case 2:
          start(creation());
          break;
        case 3:
          if (chance_.below(3) == 0) start(deletion());
          break;
        case 4:
          if (chance_.below(5) == 0) {
            close_tables();
            open_tables_idle();
          }
          break;
        default:
          start_write();
      }
      for (uint64_t work = chance_.below(5); work > 0; --work) executor_.run_one();
      snapshots_.push_back(find("t"));
    }
    executor_.run_all();
    EXPECT_EQ(0, pending_);
    const Index* index = find("t")->find_index("g");
    if (index != nullptr) {
      ++filled;
      expect_index_matches();
      EXPECT_EQ(1u, find("t")->indexes.size());
    }
  }

  static inline int filled = 0;

 private:
  static constexpr uint64_t kKeys = 24;

  // Like open_tables(), but what is to go on has not gone on yet.
  void open_tables_idle() {
    streams_ = *stream::StreamStore::open(*engine_, clock_, random_);
    catalog_ = *TableCatalog::open(*engine_, *streams_, clock_, random_, {.cells_per_table = 1});
    items_ = ItemStore::create(*engine_, *catalog_, *streams_, clock_, executor_, timers_);
    snapshots_ = {find("t")};
  }
  void start(TableUpdate update) {
    ++pending_;
    catalog_->update(context_, "t", std::move(update), [this](aws::Result<TablePtr> done) {
      --pending_;
      EXPECT_TRUE(done || done.error().type != "InternalServerError");
    });
  }
  void start_split() {
    ++pending_;
    catalog_->split(context_, "t", std::nullopt, [this](aws::Result<TablePtr> done) {
      --pending_;
      EXPECT_TRUE(done);
    });
  }
  void start_write() {
    TablePtr table = snapshots_[chance_.below(snapshots_.size())];
    Item written = item(chance_.below(kKeys), ++last_value_);
    if (chance_.below(4) == 0) written.erase("s");
    ++pending_;
    items_->write(std::make_shared<const std::vector<ItemWrite>>(std::vector<ItemWrite>{
                      chance_.below(4) == 0 ? erase_of(table, written) : put_of(table, written)}),
                  "request", {}, [this](WriteResult done) {
                    --pending_;
                    EXPECT_TRUE(done) << done.error().front().error.message;
                  });
  }

  SeededRandom chance_;
  std::vector<TablePtr> snapshots_;  // the table at several times
  int64_t last_value_ = 0;
  int pending_ = 0;
};

TEST(IndexFillingModel, HoldsInRandomSchedules) {
  for (uint64_t seed = 1; seed <= 30 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Schedule(seed).run();
  }
  EXPECT_GT(Schedule::filled, 10);
}

TEST_F(IndexFillingTest, WritersGoOnMeanwhile) {
  close();
  open(2);
  create(definition("t"));
  put_many(2000);
  ASSERT_TRUE(begin(creation()));
  std::vector<std::thread> writers;
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    writers.emplace_back([this, seed] {
      SeededRandom random(seed);
      TablePtr table = find("t");
      for (int i = 0; i < 300; ++i) {
        Item written = item(random.below(2100), static_cast<int64_t>(random.below(1'000'000)));
        items_->write(
            std::make_shared<const std::vector<ItemWrite>>(std::vector<ItemWrite>{
                random.below(4) == 0 ? erase_of(table, written) : put_of(table, written)}),
            "", {}, [](WriteResult done) { EXPECT_TRUE(done); });
        executor_.run_one();
      }
    });
  }
  for (auto& writer : writers) writer.join();
  executor_.run_all();
  expect_index_matches();
}

}  // namespace
}  // namespace millrace::dynamodb::table
