// Queries and scans against a sorted model of the same items.

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "dynamodb/item/key_codec.h"
#include "dynamodb/table/item_store.h"
#include "dynamodb/table/table_fixture.h"

namespace millrace::dynamodb::table {
namespace {

bool less(const AttributeValue& a, const AttributeValue& b) {
  if (a.is(AttributeType::kNumber)) return a.number() < b.number();
  // Strings and binaries order by unsigned bytes, which char_traits<char> compares.
  return a.is(AttributeType::kString) ? a.string() < b.string() : a.binary() < b.binary();
}

class RangeTest : public TableFixture {
 protected:
  AttributeValue random_sort_value(AttributeType type) {
    if (type == AttributeType::kNumber) {
      static const std::vector<std::string> kNumbers = {"0",
                                                        "1",
                                                        "-1",
                                                        "0.1",
                                                        "-0.1",
                                                        "10",
                                                        "-10",
                                                        "9.99",
                                                        "1E125",
                                                        "-1E125",
                                                        "1E-130",
                                                        "-1E-130",
                                                        "12345678901234567890123456789012345678",
                                                        "2",
                                                        "3",
                                                        "100",
                                                        "-100"};
      return AttributeValue(*Number::parse(kNumbers[random_.below(kNumbers.size())]));
    }
    // Few distinct bytes, among them those with a meaning in keys.
    static const std::string kAlphabet("\x00\x01\x61\x62\xff", 5);
    std::string value;
    for (uint64_t i = 1 + random_.below(4); i > 0; --i) value += kAlphabet[random_.below(5)];
    return type == AttributeType::kString ? text(value) : bytes(value);
  }

  // All items of one partition, in order of `attribute`.
  static std::vector<Item> sorted(std::vector<Item> items, const std::string& attribute) {
    std::sort(items.begin(), items.end(),
              [&](const Item& a, const Item& b) { return less(a.at(attribute), b.at(attribute)); });
    return items;
  }

  // Reads the whole range in pages of `page` items, each starting at the last item of the one
  // before.
  std::vector<Item> read_in_pages(const RangeRead& range, size_t page) {
    std::vector<Item> all;
    RangeRead next = range;
    bool finished = false;
    while (!finished) {
      std::vector<Item> found = read(next, page, &finished);
      all.insert(all.end(), found.begin(), found.end());
      if (!finished) next.exclusive_start_key = found.back();
    }
    return all;
  }

  void check_bounds(const TablePtr& table, const std::vector<Item>& partition);
};

void RangeTest::check_bounds(const TablePtr& table, const std::vector<Item>& partition) {
  AttributeType type = table->sort_key->type;
  RangeRead range;
  range.table = table;
  range.partition_values = {text("p1")};
  range.reverse = random_.below(2) == 1;
  if (random_.below(2) == 1) {
    range.lower = RangeRead::Bound{{random_sort_value(type)}, random_.below(2) == 1};
  }
  if (random_.below(2) == 1) {
    range.upper = RangeRead::Bound{{random_sort_value(type)}, random_.below(2) == 1};
  }
  if (type != AttributeType::kNumber && random_.below(4) == 0) {
    range.lower.reset();
    range.upper.reset();
    AttributeValue prefix = random_sort_value(type);
    range.begins_with = type == AttributeType::kString ? prefix.string() : prefix.binary();
  }
  std::vector<Item> expected;
  for (const Item& item : partition) {
    const AttributeValue& at = item.at("at");
    if (range.lower && (less(at, range.lower->values[0]) ||
                        (!range.lower->inclusive && at == range.lower->values[0]))) {
      continue;
    }
    if (range.upper && (less(range.upper->values[0], at) ||
                        (!range.upper->inclusive && at == range.upper->values[0]))) {
      continue;
    }
    if (range.begins_with) {
      const std::string& bytes_of = at.is(AttributeType::kString) ? at.string() : at.binary();
      if (!bytes_of.starts_with(*range.begins_with)) continue;
    }
    expected.push_back(item);
  }
  if (range.reverse) std::reverse(expected.begin(), expected.end());
  ASSERT_EQ(read(range), expected);
  ASSERT_EQ(read_in_pages(range, 1 + random_.below(3)), expected);
}

TEST_F(RangeTest, QueriesFindWhatTheModelHasInBothDirectionsAndPageByPage) {
  for (auto type : {AttributeType::kString, AttributeType::kNumber, AttributeType::kBinary}) {
    TablePtr table =
        create(definition("t-" + std::string(to_string(type)), KeyDefinition{"at", type}));
    std::vector<Item> partition;
    for (int i = 0; i < 60; ++i) {
      Item item{{"id", text(i % 3 == 0 ? "p2" : "p1")}, {"at", random_sort_value(type)}};
      bool is_new = get(table, item).empty();
      put(table, item);
      if (is_new && i % 3 != 0) partition.push_back(item);
    }
    partition = sorted(std::move(partition), "at");
    for (int round = 0; round < 100; ++round) {
      check_bounds(table, partition);
      if (HasFatalFailure()) FAIL() << to_string(type) << ", round " << round;
    }
  }
}

TEST_F(RangeTest, AStartKeyNeedNotExist) {
  TablePtr table = create(definition("t", number_key("at")));
  for (int at : {10, 20, 30}) put(table, {{"id", text("a")}, {"at", number(at)}});
  RangeRead range;
  range.table = table;
  range.partition_values = {text("a")};
  range.exclusive_start_key = Item{{"id", text("a")}, {"at", number(15)}};
  EXPECT_EQ(read(range).size(), 2u);
  range.reverse = true;
  EXPECT_EQ(read(range).size(), 1u);
  range.lower = RangeRead::Bound{{number(16)}, true};
  EXPECT_TRUE(read(range).empty());
}

TEST_F(RangeTest, SegmentsPartitionATableOfSeveralCells) {
  for (int cells : {1, 3, 64}) {
    close();
    open(cells);
    TablePtr table =
        create(definition("t", number_key("at"),
                          {local_index("l", string_key("s")), global_index("g", string_key("s"))}));
    std::set<std::string> all;
    for (int i = 0; i < 100; ++i) {
      Item item{{"id", text(std::to_string(i / 2))},
                {"at", number(i)},
                {"s", text("s" + std::to_string(i % 7))}};
      put(table, item);
      all.insert(encode_item(item));
    }
    for (const Index* index :
         {static_cast<const Index*>(nullptr), table->find_index("l"), table->find_index("g")}) {
      for (int segments : {1, 2, 7, 1000}) {
        std::set<std::string> found;
        size_t count = 0;
        for (int segment = 0; segment < segments; ++segment) {
          RangeRead range;
          range.table = table;
          range.index = index;
          range.segment = segment;
          range.total_segments = segments;
          for (const Item& item : read_in_pages(range, 4)) {
            found.insert(encode_item(item));
            ++count;
          }
        }
        EXPECT_EQ(found, all);
        EXPECT_EQ(count, all.size());
      }
    }
  }
}

TEST_F(RangeTest, ScansRunInHashOrderWithCollectionsTogether) {
  close();
  open(5);
  TablePtr table = create(definition("t", number_key("at")));
  for (int i = 0; i < 60; ++i)
    put(table, {{"id", text(std::to_string(i % 20))}, {"at", number(i)}});
  std::vector<Item> found = scan(table);
  ASSERT_EQ(found.size(), 60u);
  for (size_t i = 1; i < found.size(); ++i) {
    Digest128 before = hash_partition_key(found[i - 1].at("id"));
    Digest128 after = hash_partition_key(found[i].at("id"));
    EXPECT_LE(before, after);
    EXPECT_TRUE(before != after || less(found[i - 1].at("at"), found[i].at("at")));
  }
}

TEST_F(RangeTest, IndexQueriesOrderByTheIndexKeyAndPageThroughEqualOnes) {
  TablePtr table = create(definition(
      "t", number_key("at"),
      {local_index("l", number_key("n")), global_index("g", string_key("id"), {number_key("n")})}));
  std::vector<Item> items;
  for (int i = 0; i < 30; ++i) {
    Item item{{"id", text("a")}, {"at", number(i)}, {"n", number(i % 4)}};
    put(table, item);
    items.push_back(item);
  }
  std::stable_sort(items.begin(), items.end(),
                   [](const Item& a, const Item& b) { return less(a.at("n"), b.at("n")); });
  for (const char* name : {"l", "g"}) {
    RangeRead range;
    range.table = table;
    range.index = table->find_index(name);
    range.partition_values = {text("a")};
    for (size_t page : {1, 3, 100}) EXPECT_EQ(read_in_pages(range, page), items) << name << page;
    range.reverse = true;
    std::vector<Item> reversed(items.rbegin(), items.rend());
    for (size_t page : {1, 3, 100}) EXPECT_EQ(read_in_pages(range, page), reversed) << name << page;
    range.lower = RangeRead::Bound{{number(2)}, true};
    range.upper = RangeRead::Bound{{number(2)}, true};
    EXPECT_EQ(read(range).size(), 7u);
  }
}

TEST_F(RangeTest, MultiAttributeKeysAreBoundFromTheLeft) {
  Index index = global_index("g", string_key("x"), {string_key("s"), number_key("n")});
  index.partition_key.push_back(number_key("y"));
  TablePtr table = create(definition("t", number_key("at"), {index}));
  for (int i = 0; i < 24; ++i) {
    put(table, {{"id", text("a")},
                {"at", number(i)},
                {"x", text("x")},
                {"y", number(i % 2)},
                {"s", text(i % 3 == 0   ? "ab"
                           : i % 3 == 1 ? "ac"
                                        : "b")},
                {"n", number(i)}});
  }
  RangeRead range;
  range.table = table;
  range.index = &table->indexes[0];
  range.partition_values = {text("x"), number(0)};
  EXPECT_EQ(read(range).size(), 12u);
  range.lower = RangeRead::Bound{{text("ab")}, true};
  range.upper = RangeRead::Bound{{text("ab")}, true};
  EXPECT_EQ(read(range).size(), 4u);  // 0, 6, 12, 18
  range.lower = RangeRead::Bound{{text("ab"), number(6)}, false};
  EXPECT_EQ(read(range).size(), 2u);
  range.lower.reset();
  range.upper.reset();
  range.begins_with = "a";
  EXPECT_EQ(read(range).size(), 8u);
}

TEST_F(RangeTest, LocalIndexRowsAreCompletedFromTheTable) {
  Index index = local_index("l", number_key("n"), ProjectionType::kKeysOnly);
  TablePtr table = create(definition("t", number_key("at"), {index}));
  Item item{{"id", text("a")}, {"at", number(1)}, {"n", number(2)}, {"more", text("x")}};
  put(table, item);
  RangeRead range;
  range.table = table;
  range.index = &table->indexes[0];
  range.partition_values = {text("a")};
  Item projected = item;
  projected.erase("more");
  EXPECT_EQ(read(range), std::vector<Item>{projected});
  range.fetch_from_table = true;
  EXPECT_EQ(read(range), std::vector<Item>{item});
}

// An engine may run a read again when writers interfere: no row comes twice, none is left out.
TEST_F(RangeTest, WritersDoNotDisturbWhatAQueryVisits) {
  Index index = local_index("l", number_key("n"), ProjectionType::kKeysOnly);
  TablePtr table = create(definition("t", number_key("at"), {index}));
  for (int i = 0; i < 20; ++i) {
    put(table, {{"id", text("a")}, {"at", number(i)}, {"n", number(i)}});
  }
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int64_t i = 0; !stop; ++i) {
      Item item{{"id", text("a")}, {"at", number(i % 20)}, {"n", number(i % 20)}, {"v", number(i)}};
      auto writes =
          std::make_shared<const std::vector<ItemWrite>>(std::vector{put_of(table, item)});
      items_->write(writes, "", {}, [](WriteResult written) { EXPECT_TRUE(written); });
    }
  });
  for (int round = 0; round < 200; ++round) {
    RangeRead range;
    range.table = table;
    range.index = &table->indexes[0];
    range.partition_values = {text("a")};
    range.fetch_from_table = true;
    range.reverse = round % 2 == 1;
    std::vector<Item> found = read(range);
    ASSERT_EQ(found.size(), 20u);
    for (int i = 0; i < 20; ++i) {
      EXPECT_EQ(found[static_cast<size_t>(range.reverse ? 19 - i : i)].at("n"), number(i));
    }
  }
  stop = true;
  writer.join();
}

}  // namespace
}  // namespace millrace::dynamodb::table
