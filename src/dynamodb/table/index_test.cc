// Indexes follow their table, whatever writers do.

#include <map>
#include <mutex>
#include <thread>

#include "dynamodb/table/index_rows.h"
#include "dynamodb/table/item_store.h"
#include "dynamodb/table/table_fixture.h"

namespace millrace::dynamodb::table {
namespace {

class IndexTest : public TableFixture {
 protected:
  // What a scan of the index must give, made from the table's items.
  static std::multiset<std::string> expected_rows(const TablePtr& table, const Index& index,
                                                  const std::vector<Item>& items) {
    std::multiset<std::string> rows;
    for (const Item& item : items) {
      auto row = index_row(index, item_place(*table, item), encode_item(item));
      if (row) rows.insert(row->value);
    }
    return rows;
  }
  void expect_indexes_match(const TablePtr& table) {
    std::vector<Item> items = scan(table);
    for (const auto& index : table->indexes) {
      std::multiset<std::string> found;
      int64_t size = 0;
      for (const Item& item : scan(table, &index)) {
        found.insert(encode_item(item));
        size += static_cast<int64_t>(item_size_bytes(item));
      }
      EXPECT_EQ(found, expected_rows(table, index, items)) << index.name;
      auto statistics = catalog_->statistics(index.number);
      EXPECT_EQ(statistics.items, static_cast<int64_t>(found.size())) << index.name;
      EXPECT_EQ(statistics.bytes, size) << index.name;
    }
  }
  static TableDefinition indexed_table() {
    Index included =
        global_index("g-include", number_key("n"), {string_key("s")}, ProjectionType::kInclude);
    included.included_attributes = {"kept"};
    return definition("t", number_key("at"),
                      {local_index("l-all", number_key("n")),
                       local_index("l-keys", string_key("s"), ProjectionType::kKeysOnly),
                       global_index("g-all", string_key("s")), included,
                       global_index("g-keys", number_key("n"), {}, ProjectionType::kKeysOnly)});
  }
  static Item random_item(Random& random) {
    Item item{{"id", text("p" + std::to_string(random.below(3)))},
              {"at", number(static_cast<int64_t>(random.below(8)))}};
    if (random.below(3) > 0) item["n"] = number(static_cast<int64_t>(random.below(3)));
    if (random.below(3) > 0) item["s"] = text("s" + std::to_string(random.below(3)));
    if (random.below(2) > 0) item["kept"] = text(std::string(random.below(20), 'k'));
    if (random.below(2) > 0) item["other"] = text(std::string(random.below(20), 'o'));
    return item;
  }
};

TEST_F(IndexTest, AKeyChangeMovesTheRow) {
  TablePtr table = create(definition("t", {}, {global_index("g", string_key("s"))}));
  auto query = [&](const std::string& value) {
    RangeRead range;
    range.table = table;
    range.index = &table->indexes[0];
    range.partition_values = {text(value)};
    return read(range).size();
  };
  put(table, {{"id", text("a")}, {"s", text("x")}});
  EXPECT_EQ(query("x"), 1u);
  put(table, {{"id", text("a")}, {"s", text("y")}});
  EXPECT_EQ(query("x"), 0u);
  EXPECT_EQ(query("y"), 1u);
  put(table, {{"id", text("a")}});
  EXPECT_EQ(query("y"), 0u);
}

TEST_F(IndexTest, RandomWritesLeaveIndexesEqualToTheTable) {
  for (int cells : {1, 3}) {
    close();
    open(cells);
    TablePtr table = create(indexed_table());
    for (int round = 0; round < 300; ++round) {
      std::map<std::string, ItemWrite> writes;  // one for each key
      for (uint64_t i = 1 + random_.below(4); i > 0; --i) {
        Item item = random_item(random_);
        std::string key = encode_item(key_of(*table, item));
        writes.insert_or_assign(
            key, random_.below(4) == 0 ? erase_of(table, item) : put_of(table, item));
      }
      std::vector<ItemWrite> list;
      for (auto& [key, each] : writes) list.push_back(std::move(each));
      ASSERT_TRUE(write(std::move(list)));
      if (round % 50 == 0) expect_indexes_match(table);
    }
    expect_indexes_match(table);
    // Everything goes again.
    for (const Item& item : scan(table)) erase(table, item);
    for (const auto& index : table->indexes) EXPECT_TRUE(scan(table, &index).empty());
    expect_indexes_match(table);
  }
}

TEST_F(IndexTest, ConcurrentWritersLeaveIndexesEqualToTheTable) {
  close();
  open(2);
  TablePtr table = create(indexed_table());
  std::vector<std::thread> writers;
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    writers.emplace_back([&, seed] {
      SeededRandom random(seed);
      for (int i = 0; i < 200; ++i) {
        Item item = random_item(random);
        auto writes = std::make_shared<const std::vector<ItemWrite>>(std::vector<ItemWrite>{
            random.below(4) == 0 ? erase_of(table, item) : put_of(table, item)});
        items_->write(writes, "", {}, [](WriteResult written) { EXPECT_TRUE(written); });
      }
    });
  }
  for (auto& writer : writers) writer.join();
  executor_.run_all();
  expect_indexes_match(table);
}

TEST_F(IndexTest, ASlowIndexIsServedAfterASecondAsItIs) {
  TablePtr table = create(definition("t", {}, {global_index("g", string_key("s"))}));
  put(table, {{"id", text("a")}, {"s", text("x")}});
  // Not run, so that the follower stands still.
  items_->write(std::make_shared<const std::vector<ItemWrite>>(
                    std::vector<ItemWrite>{put_of(table, {{"id", text("b")}, {"s", text("x")}})}),
                "", {}, [](WriteResult) {});
  RangeRead range;
  range.table = table;
  range.index = &table->indexes[0];
  size_t found = 0;
  bool answered = false;
  items_->range(
      range,
      [&](std::string_view) {
        ++found;
        return true;
      },
      [&](aws::Result<bool> ended) { answered = ended.has_value(); });
  EXPECT_FALSE(answered);
  timers_.advance(std::chrono::milliseconds(999));
  EXPECT_FALSE(answered);
  timers_.advance(std::chrono::milliseconds(1));
  EXPECT_TRUE(answered);
  EXPECT_EQ(found, 1u);
  EXPECT_EQ(scan(table, &table->indexes[0]).size(), 2u);
}

TEST_F(IndexTest, ALogIsNotTrimmedBeyondWhatAnIndexHasRead) {
  TablePtr table = create(definition("t", {}, {global_index("g", string_key("s"))}));
  engine::CellId cell = table->cells[0].cell;
  EXPECT_EQ(streams_->log_holds().lowest(cell), engine::Position{0});
  for (int i = 0; i < 3; ++i) put(table, {{"id", text(std::to_string(i))}, {"s", text("x")}});
  executor_.run_all();
  EXPECT_EQ(streams_->log_holds().lowest(cell), engine::Position{3});
  ASSERT_TRUE(remove("t"));
  executor_.run_all();
  EXPECT_FALSE(streams_->log_holds().lowest(cell));
}

}  // namespace
}  // namespace millrace::dynamodb::table
