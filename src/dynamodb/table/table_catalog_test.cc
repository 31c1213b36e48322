#include "dynamodb/table/table_catalog.h"

#include "dynamodb/table/table_fixture.h"

namespace millrace::dynamodb::table {
namespace {

class TableCatalogTest : public TableFixture {};

TEST_F(TableCatalogTest, CreateAnswersCreatingAndTheTableIsUsableAtOnce) {
  auto created = try_create(definition("users", number_key("at")));
  ASSERT_TRUE(created);
  EXPECT_EQ((*created)->status, TableStatus::kCreating);
  EXPECT_EQ((*created)->arn, "arn:aws:dynamodb:us-east-1:000000000000:table/users");
  EXPECT_EQ((*created)->id.size(), 36u);
  TablePtr table = find("users");
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(table->status, TableStatus::kActive);
  EXPECT_EQ(table->number, (*created)->number);
}

TEST_F(TableCatalogTest, ANameIsTakenOnceInEachAccountAndRegion) {
  TablePtr first = create(definition("users"));
  auto second = try_create(definition("users"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().type, "ResourceInUseException");
  EXPECT_EQ(second.error().message, "Table already exists: users");

  context_.region = "eu-west-1";
  EXPECT_EQ(find("users"), nullptr);
  TablePtr elsewhere = create(definition("users"));
  ASSERT_NE(elsewhere, nullptr);
  context_.account = "111111111111";
  EXPECT_EQ(find("users"), nullptr);
  TablePtr other_account = create(definition("users"));
  EXPECT_EQ(other_account->arn, "arn:aws:dynamodb:eu-west-1:111111111111:table/users");
  EXPECT_NE(first->number, elsewhere->number);
  EXPECT_EQ(catalog_->list_all().size(), 3u);
  EXPECT_EQ(catalog_->list("111111111111", "eu-west-1").size(), 1u);
}

TEST_F(TableCatalogTest, OfTwoCreationsOfOneNameUnderWayTogetherOneIsRefused) {
  std::vector<aws::Result<TablePtr>> answers;
  for (int i = 0; i < 2; ++i) {
    catalog_->create(context_, definition("users"),
                     [&](aws::Result<TablePtr> answer) { answers.push_back(std::move(answer)); });
  }
  executor_.run_all();
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_TRUE(answers[0]);
  EXPECT_FALSE(answers[1]);
}

TEST_F(TableCatalogTest, ListsInByteOrder) {
  for (const char* name : {"beta", "Zeta", "alpha-2", "alpha"}) create(definition(name));
  std::vector<std::string> names;
  for (const auto& table : catalog_->list(context_.account, context_.region)) {
    names.push_back(table->name);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"Zeta", "alpha", "alpha-2", "beta"}));
}

TEST_F(TableCatalogTest, NumbersAndCellsAreNeverUsedTwice) {
  TablePtr first =
      create(definition("users", number_key("at"),
                        {local_index("l", number_key("n")), global_index("g", string_key("s"))}));
  ASSERT_TRUE(remove("users"));
  EXPECT_EQ(find("users"), nullptr);
  TablePtr second = create(definition("users"));
  EXPECT_GT(second->number, first->number);
  EXPECT_GT(second->cells[0].cell, first->indexes[1].cell);
}

TEST_F(TableCatalogTest, LocalIndexesComeFirst) {
  TablePtr table =
      create(definition("users", number_key("at"),
                        {global_index("g", string_key("s")), local_index("l", number_key("n"))}));
  EXPECT_EQ(table->indexes[0].name, "l");
  EXPECT_EQ(table->indexes[1].name, "g");
  EXPECT_TRUE(table->keeps_log());
}

TEST_F(TableCatalogTest, UpdateAnswersWithTheOldThroughputAndUpdating) {
  TableDefinition users = definition("users", {}, {global_index("g", string_key("s"))});
  users.billing_mode = BillingMode::kProvisioned;
  users.throughput = {5, 6};
  users.indexes[0].throughput = Throughput{1, 2};
  create(users);
  TableUpdate change;
  change.throughput = Throughput{7, 8};
  change.index_throughput["g"] = {3, 4};
  auto answer = update("users", change);
  ASSERT_TRUE(answer);
  EXPECT_EQ((*answer)->status, TableStatus::kUpdating);
  EXPECT_EQ((*answer)->throughput, (Throughput{5, 6}));
  EXPECT_EQ((*answer)->indexes[0].throughput, (Throughput{1, 2}));
  EXPECT_EQ(find("users")->throughput, (Throughput{7, 8}));
  EXPECT_EQ(find("users")->indexes[0].throughput, (Throughput{3, 4}));
  EXPECT_EQ(find("users")->status, TableStatus::kActive);

  TableUpdate on_demand;
  on_demand.billing_mode = BillingMode::kPayPerRequest;
  ASSERT_TRUE(update("users", on_demand));
  EXPECT_EQ(find("users")->throughput, Throughput{});
  EXPECT_EQ(find("users")->pay_per_request_since, clock_.now());
}

TEST_F(TableCatalogTest, UpdatesThatCannotBeChangeNothing) {
  create(definition("users"));
  TableUpdate change;
  change.table_class = "STANDARD_INFREQUENT_ACCESS";
  change.index_throughput["nix"] = {1, 1};
  auto answer = update("users", change);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().type, "ResourceNotFoundException");
  EXPECT_EQ(answer.error().message, "Requested resource not found: Index nix for table users");
  EXPECT_EQ(find("users")->table_class, "STANDARD");

  auto missing = update("nobody", {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "Requested resource not found: Table: nobody not found");
}

TEST_F(TableCatalogTest, AStreamIsEnabledAndDisabledOnce) {
  create(definition("users"));
  TableUpdate enable;
  enable.stream = TableUpdate::StreamChange{true, stream::ViewType::kNewImage};
  auto enabled = update("users", enable);
  ASSERT_TRUE(enabled);
  EXPECT_EQ((*enabled)->stream_view_type, "NEW_IMAGE");
  std::string arn = (*enabled)->latest_stream_arn;
  ASSERT_NE(streams_->find(arn), nullptr);
  EXPECT_EQ(streams_->live_stream(find("users")->number)->arn, arn);

  auto again = update("users", enable);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().message, "Table already has an enabled stream: TableName: users");

  TableUpdate disable;
  disable.stream = TableUpdate::StreamChange{false, stream::ViewType::kNewImage};
  ASSERT_TRUE(update("users", disable));
  EXPECT_FALSE(find("users")->stream_view_type);
  EXPECT_EQ(find("users")->latest_stream_arn, arn);
  EXPECT_EQ(streams_->live_stream(find("users")->number), nullptr);
  EXPECT_EQ(streams_->find(arn)->status, stream::StreamStatus::kDisabled);
  auto twice = update("users", disable);
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().message, "Table has no stream to disable: TableName: users");

  clock_.advance(std::chrono::seconds(1));
  auto anew = update("users", enable);
  ASSERT_TRUE(anew);
  EXPECT_NE((*anew)->latest_stream_arn, arn);
}

TEST_F(TableCatalogTest, RemovalEndsTheStreamAndProtectionForbidsIt) {
  TableDefinition users = definition("users", {}, {}, stream::ViewType::kKeysOnly);
  users.deletion_protection = true;
  std::string arn = create(users)->latest_stream_arn;
  auto refused = remove("users");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "Resource cannot be deleted as it is currently protected against deletion. Disable "
            "deletion protection first.");
  TableUpdate change;
  change.deletion_protection = false;
  ASSERT_TRUE(update("users", change));
  auto removed = remove("users");
  ASSERT_TRUE(removed);
  EXPECT_EQ((*removed)->status, TableStatus::kDeleting);
  EXPECT_EQ(streams_->find(arn)->status, stream::StreamStatus::kDisabled);
  EXPECT_EQ(remove("users").error().type, "ResourceNotFoundException");
}

TEST_F(TableCatalogTest, ListenersHearOfEveryChange) {
  std::vector<std::pair<TableCatalog::Change, std::string>> heard;
  catalog_->on_change([&](TableCatalog::Change change, TablePtr table) {
    heard.emplace_back(change, table->name);
  });
  create(definition("a"));
  ASSERT_TRUE(update("a", {}));
  ASSERT_TRUE(remove("a"));
  using Change = TableCatalog::Change;
  EXPECT_EQ(heard, (std::vector<std::pair<Change, std::string>>{
                       {Change::kCreated, "a"}, {Change::kUpdated, "a"}, {Change::kRemoved, "a"}}));
}

}  // namespace
}  // namespace millrace::dynamodb::table
