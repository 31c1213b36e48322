#include "dynamodb/stream/change_record.h"
#include "dynamodb/table/item_store.h"
#include "dynamodb/table/table_fixture.h"

namespace millrace::dynamodb::table {
namespace {

class ItemWriteTest : public TableFixture {};

Item user(const std::string& id, int64_t age) {
  return {{"id", text(id)}, {"age", number(age)}};
}

TEST_F(ItemWriteTest, OutcomesHoldTheItemBeforeAndAfter) {
  TablePtr table = create(definition("users"));
  WriteOutcome first = put(table, user("a", 1));
  EXPECT_FALSE(first.old_item.exists());
  EXPECT_EQ(first.new_item.item(), user("a", 1));
  WriteOutcome second = put(table, user("a", 2));
  EXPECT_EQ(second.old_item.item(), user("a", 1));
  EXPECT_EQ(get(table, user("a", 0)), user("a", 2));
  erase(table, user("a", 0));
  EXPECT_EQ(get(table, user("a", 0)), Item());
}

TEST_F(ItemWriteTest, NumberKeysAreOneKeyHoweverTheyAreWritten) {
  TableDefinition counters = definition("counters");
  counters.partition_key = number_key("id");
  TablePtr table = create(counters);
  put(table, {{"id", AttributeValue(*Number::parse("1.50"))}, {"v", number(1)}});
  EXPECT_EQ(get(table, {{"id", AttributeValue(*Number::parse("15e-1"))}}).at("v"), number(1));
}

TEST_F(ItemWriteTest, EachKindOfChangeIsRecordedWithTheImagesOfTheView) {
  using stream::ViewType;
  for (auto view : {ViewType::kKeysOnly, ViewType::kNewImage, ViewType::kOldImage,
                    ViewType::kNewAndOldImages}) {
    std::string name = "t-" + std::string(stream::to_string(view));
    TablePtr table = create(definition(name, {}, {}, view));
    put(table, user("a", 1));
    clock_.advance(std::chrono::seconds(1));
    put(table, user("a", 2));
    erase(table, user("a", 0));
    auto log = log_of(table->cells[0].cell);
    ASSERT_EQ(log.size(), 3u);
    EXPECT_EQ(log[0].kind, stream::ChangeKind::kInsert);
    EXPECT_EQ(log[1].kind, stream::ChangeKind::kModify);
    EXPECT_EQ(log[2].kind, stream::ChangeKind::kRemove);
    EXPECT_EQ(log[1].time - log[0].time, std::chrono::seconds(1));
    bool old_images = view == ViewType::kOldImage || view == ViewType::kNewAndOldImages;
    bool new_images = view == ViewType::kNewImage || view == ViewType::kNewAndOldImages;
    for (size_t i = 0; i < log.size(); ++i) {
      EXPECT_EQ(log[i].keys, encode_item({{"id", text("a")}}));
      EXPECT_EQ(log[i].old_image.has_value(), old_images && i > 0) << name << i;
      EXPECT_EQ(log[i].new_image.has_value(), new_images && i < 2) << name << i;
      EXPECT_EQ(log[i].trace_id, "request-1");
    }
    EXPECT_EQ(log[1].old_image.value_or(""), old_images ? encode_item(user("a", 1)) : "");
    EXPECT_EQ(log[1].new_image.value_or(""), new_images ? encode_item(user("a", 2)) : "");
  }
}

TEST_F(ItemWriteTest, WhatChangesNothingLeavesNoRecord) {
  TablePtr table = create(definition("users", {}, {}, stream::ViewType::kKeysOnly));
  put(table, user("a", 1));
  put(table, user("a", 1));
  erase(table, user("b", 0));
  ASSERT_TRUE(
      write({{table, {{"id", text("a")}}, [](const StoredItem& old) -> aws::Result<Decision> {
                EXPECT_TRUE(old.exists());
                return Decision{};
              }}}));
  EXPECT_EQ(log_of(table->cells[0].cell).size(), 1u);
}

TEST_F(ItemWriteTest, ATableWithoutFollowersKeepsNoLog) {
  TablePtr table =
      create(definition("users", number_key("at"), {local_index("l", number_key("n"))}));
  put(table, {{"id", text("a")}, {"at", number(1)}, {"n", number(2)}});
  EXPECT_TRUE(log_of(table->cells[0].cell).empty());
}

TEST_F(ItemWriteTest, AnOldSnapshotOfTheTableStillObeysItsNewStream) {
  TablePtr before = create(definition("users"));
  put(before, user("a", 1));
  TableUpdate enable;
  enable.stream = TableUpdate::StreamChange{true, stream::ViewType::kNewImage};
  ASSERT_TRUE(update("users", enable));
  put(before, user("a", 2));
  auto log = log_of(before->cells[0].cell);
  ASSERT_EQ(log.size(), 1u);
  EXPECT_EQ(log[0].new_image, encode_item(user("a", 2)));
  enable.stream->enabled = false;
  ASSERT_TRUE(update("users", enable));
  put(before, user("a", 3));
  EXPECT_EQ(log_of(before->cells[0].cell).size(), 1u);
}

TEST_F(ItemWriteTest, AnOldSnapshotOfARemovedTableWritesNothing) {
  TablePtr before = create(definition("users"));
  ASSERT_TRUE(remove("users"));
  TablePtr after = create(definition("users"));
  auto written = write({put_of(before, user("a", 1))});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error()[0].index, WriteFailure::kWholeCall);
  EXPECT_EQ(written.error()[0].error.type, "ResourceNotFoundException");
  EXPECT_TRUE(scan(after).empty());
  EXPECT_TRUE(scan(before).empty());
}

TEST_F(ItemWriteTest, OneFailingConditionLeavesEveryItemAsItWas) {
  close();
  open(4);
  TablePtr table = create(definition("users", {}, {}, stream::ViewType::kNewAndOldImages));
  TablePtr other = create(definition("orders"));
  put(table, user("a", 1));
  auto written = write({put_of(table, user("a", 2)), failing_of(table, user("b", 0), "first"),
                        put_of(other, user("c", 1)), failing_of(other, user("d", 0), "second")});
  ASSERT_FALSE(written);
  ASSERT_EQ(written.error().size(), 2u);
  EXPECT_EQ(written.error()[0].index, 1u);
  EXPECT_EQ(written.error()[0].error.message, "first");
  EXPECT_EQ(written.error()[1].index, 3u);
  EXPECT_EQ(scan(table), std::vector<Item>{user("a", 1)});
  EXPECT_TRUE(scan(other).empty());
  size_t records = 0;
  for (engine::CellId cell : table->all_cells()) records += log_of(cell).size();
  EXPECT_EQ(records, 1u);
  EXPECT_EQ(catalog_->statistics(table->number).items, 1);

  ASSERT_TRUE(write({put_of(table, user("a", 2)), put_of(table, user("b", 0)),
                     put_of(other, user("c", 1)), erase_of(other, user("d", 0))}));
  EXPECT_EQ(scan(table).size(), 2u);
  EXPECT_EQ(scan(other), std::vector<Item>{user("c", 1)});
}

TEST_F(ItemWriteTest, AFailureOfTheDecisionTravelsWhole) {
  TablePtr table = create(definition("users"));
  put(table, user("a", 1));
  ItemWrite conditional{
      table, {{"id", text("a")}}, [](const StoredItem& old) -> aws::Result<Decision> {
        aws::ApiError error{
            400, "ConditionalCheckFailedException", "The conditional request failed", {}};
        error.members.emplace_back("Item", old.item().at("age").number().to_string());
        return Unexpected(std::move(error));
      }};
  auto written = write({conditional});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error()[0].index, 0u);
  EXPECT_EQ(written.error()[0].error.members[0].second, "1");
}

TEST_F(ItemWriteTest, ATokenAppliesItsRequestOnceFor10Minutes) {
  TablePtr table = create(definition("users", {}, {}, stream::ViewType::kKeysOnly));
  auto first = write({put_of(table, user("a", 1))}, {"token", "digest"});
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->front().replayed);
  put(table, user("a", 2));
  auto again = write({put_of(table, user("a", 1))}, {"token", "digest"});
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->front().replayed);
  EXPECT_TRUE(again->front().new_item.exists());
  EXPECT_EQ(get(table, user("a", 0)), user("a", 2));

  auto other = write({put_of(table, user("b", 1))}, {"token", "another digest"});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error()[0].index, WriteFailure::kWholeCall);
  EXPECT_EQ(other.error()[0].error.type, "IdempotentParameterMismatchException");
  EXPECT_EQ(get(table, user("b", 0)), Item());

  clock_.advance(std::chrono::minutes(10));
  auto later = write({put_of(table, user("a", 1))}, {"token", "digest"});
  ASSERT_TRUE(later);
  EXPECT_FALSE(later->front().replayed);
  EXPECT_EQ(get(table, user("a", 0)), user("a", 1));
}

TEST_F(ItemWriteTest, AFailedWriteDoesNotUseItsTokenUp) {
  TablePtr table = create(definition("users"));
  ASSERT_FALSE(write({failing_of(table, user("a", 1))}, {"token"}));
  auto again = write({put_of(table, user("a", 1))}, {"token"});
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->front().replayed);
}

TEST_F(ItemWriteTest, ExpiredTokensAreErased) {
  TablePtr table = create(definition("users"));
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 100; ++i) {
      std::string token = std::to_string(round) + '/' + std::to_string(i);
      ASSERT_TRUE(write({put_of(table, user("a", i))}, {token}));
    }
    clock_.advance(std::chrono::minutes(11));
  }
  size_t rows = 0;
  ASSERT_TRUE(
      engine::snapshot_and_wait(*engine_, {engine::CellId{32}}, [&](engine::Reader& reader) {
        rows = 0;
        engine::RangeOptions options{.begin = "\x07", .end = "\x08"};
        return reader.range({engine::CellId{32}}, options, [&](std::string_view, std::string_view) {
          ++rows;
          return true;
        });
      }));
  // Two rows for each token of the last round, and what was not reached of the round before.
  EXPECT_GE(rows, 200u);
  EXPECT_LT(rows, 300u);
}

TEST_F(ItemWriteTest, StatisticsFollowEveryWrite) {
  TablePtr table =
      create(definition("users", number_key("at"), {local_index("l", number_key("n"))}));
  Item item{{"id", text("abc")}, {"at", number(1)}, {"n", number(2)}};
  put(table, item);
  Item unindexed{{"id", text("abc")}, {"at", number(2)}};
  put(table, unindexed);
  auto table_size = static_cast<int64_t>(item_size_bytes(item) + item_size_bytes(unindexed));
  EXPECT_EQ(catalog_->statistics(table->number).items, 2);
  EXPECT_EQ(catalog_->statistics(table->number).bytes, table_size);
  EXPECT_EQ(catalog_->statistics(table->indexes[0].number).items, 1);
  EXPECT_EQ(catalog_->statistics(table->indexes[0].number).bytes,
            static_cast<int64_t>(item_size_bytes(item)));
  erase(table, item);
  erase(table, item);
  EXPECT_EQ(catalog_->statistics(table->number).items, 1);
  EXPECT_EQ(catalog_->statistics(table->indexes[0].number).items, 0);
  EXPECT_EQ(catalog_->statistics(table->indexes[0].number).bytes, 0);
}

TEST_F(ItemWriteTest, GetsAreInOrderOfTheirKeys) {
  close();
  open(8);
  TablePtr table = create(definition("users"));
  std::vector<ItemKey> keys;
  for (int i = 0; i < 20; ++i) {
    std::string id = "user-" + std::to_string(i);
    if (i % 2 == 0) put(table, user(id, i));
    keys.push_back({table, {{"id", text(id)}}});
  }
  auto items = await<aws::Result<std::vector<StoredItem>>>(
      [&](ItemStore::GetCompletion done) { items_->get(keys, std::move(done)); });
  ASSERT_TRUE(items);
  ASSERT_EQ(items->size(), 20u);
  for (int i = 0; i < 20; ++i) {
    Item expected = i % 2 == 0 ? user("user-" + std::to_string(i), i) : Item();
    EXPECT_EQ((*items)[i].item(), expected);
  }
}

}  // namespace
}  // namespace millrace::dynamodb::table
