#include "dynamodb/backup/backup_store.h"

#include "dynamodb/table/catalog_rows.h"
#include "dynamodb/table/table_fixture.h"

namespace millrace::dynamodb::backup {
namespace {

using table::RangeRead;
using table::TableCatalog;
using table::TableDefinition;
using table::TablePtr;
using table::TableStatus;

class BackupStoreTest : public table::TableFixture {
 protected:
  BackupStoreTest() { open_backups(); }
  ~BackupStoreTest() override { backups_.reset(); }

  void open_backups() {
    backups_ = *BackupStore::open(*engine_, *streams_, *catalog_, random_, executor_, timers_);
    executor_.run_all();
  }
  void reopen_tables(int cells = 1) {
    backups_.reset();
    close_tables();
    open_tables(cells);
    open_backups();
  }

  static Item user(const std::string& id, int64_t value) {
    return {{"id", table::text(id)}, {"value", table::number(value)}};
  }
  static TableDefinition indexed(const std::string& name) {
    return definition(name, {},
                      {table::local_index("by-value", table::number_key("value")),
                       table::global_index("values", table::number_key("value"))});
  }

  aws::Result<BackupPtr> try_backup(const std::string& table_name) {
    return await<aws::Result<BackupPtr>>([&](BackupStore::Completion done) {
      backups_->create(context_, table_name, "backup", std::move(done));
    });
  }
  BackupPtr back_up(const std::string& table_name) {
    auto backup = try_backup(table_name);
    EXPECT_TRUE(backup) << backup.error().message;
    return backups_->find((*backup)->arn);
  }
  std::string remove_backup(const std::string& arn) {
    auto removed = await<aws::Result<BackupPtr>>(
        [&](BackupStore::Completion done) { backups_->remove(arn, std::move(done)); });
    return removed ? "" : removed.error().type;
  }
  std::string restore(const std::string& arn, TableDefinition target) {
    auto restored = await<aws::Result<TablePtr>>([&](TableCatalog::Completion done) {
      backups_->restore(context_, arn, std::move(target), std::move(done));
    });
    return restored ? "" : restored.error().type;
  }
  std::string restore_to(const TablePtr& source, std::optional<Timestamp> time,
                         TableDefinition target) {
    auto restored = await<aws::Result<TablePtr>>([&](TableCatalog::Completion done) {
      backups_->restore(context_, source, time, std::move(target), std::move(done));
    });
    return restored ? "" : restored.error().type;
  }
  void recover(const std::string& name, std::optional<int> days) {
    auto set = await<aws::Result<TablePtr>>([&](TableCatalog::Completion done) {
      backups_->set_recovery(context_, name, days, std::move(done));
    });
    EXPECT_TRUE(set) << set.error().message;
  }

  // The table's items by id, after a look at its indexes and counts, which must have all of them.
  std::map<std::string, Item> contents(const std::string& name) {
    TablePtr table = find(name);
    EXPECT_EQ(table->status, TableStatus::kActive);
    std::map<std::string, Item> items;
    for (auto& item : scan(table)) items[item.at("id").string()] = item;
    for (const auto& index : table->indexes) {
      EXPECT_EQ(index.status, table::IndexStatus::kActive);
      EXPECT_EQ(scan(table, &index).size(), items.size());
      EXPECT_EQ(catalog_->statistics(index.number).items, static_cast<int64_t>(items.size()));
    }
    EXPECT_EQ(catalog_->statistics(table->number).items, static_cast<int64_t>(items.size()));
    return items;
  }

  std::shared_ptr<BackupStore> backups_;
};

TEST_F(BackupStoreTest, ABackupHasTheItemsOfItsMomentAndRestoresThemWithTheirIndexes) {
  TablePtr table = create(indexed("users"));
  for (int i = 0; i < 450; ++i) put(table, user("u" + std::to_string(i), i));
  // Its first steps come after more writes: what they change does not belong to it.
  std::optional<aws::Result<BackupPtr>> answer;
  backups_->create(context_, "users", "backup",
                   [&](aws::Result<BackupPtr> backup) { answer = std::move(backup); });
  while (find("users")->copies.empty()) ASSERT_TRUE(executor_.run_one());
  table = find("users");
  put(table, user("u1", 1000));
  put(table, user("u1", 1001));
  erase(table, user("u2", 2));
  put(table, user("new", 1));
  executor_.run_all();
  ASSERT_TRUE(answer && *answer);
  BackupPtr backup = backups_->find((**answer)->arn);
  EXPECT_TRUE(backup->available);
  EXPECT_EQ(backup->items, 450);
  EXPECT_TRUE(find("users")->copies.empty());

  ASSERT_TRUE(remove("users"));
  EXPECT_EQ(restore(backup->arn, indexed("restored")), "");
  auto items = contents("restored");
  EXPECT_EQ(items.size(), 450u);
  EXPECT_EQ(items["u1"], user("u1", 1));
  EXPECT_EQ(items["u2"], user("u2", 2));
  EXPECT_EQ(items.count("new"), 0u);
  put(find("restored"), user("later", 7));
  EXPECT_EQ(contents("restored").size(), 451u);
}

TEST_F(BackupStoreTest, ABackupAndARestoreGoOnAfterARestart) {
  TablePtr table = create(indexed("users"));
  for (int i = 0; i < 450; ++i) put(table, user("u" + std::to_string(i), i));
  backups_->create(context_, "users", "backup", [](const aws::Result<BackupPtr>&) {});
  while (find("users")->copies.empty()) ASSERT_TRUE(executor_.run_one());
  put(find("users"), user("new", 1));
  backups_->create(context_, "users", "other", [](const aws::Result<BackupPtr>&) {});
  for (int i = 0; i < 6; ++i) executor_.run_one();
  reopen_tables();
  BackupPtr backup;
  for (const auto& each : backups_->list(context_.account, context_.region)) {
    EXPECT_TRUE(each->available);
    if (each->name == "backup") backup = each;
  }
  EXPECT_TRUE(backup->available);
  EXPECT_EQ(backup->items, 450);

  backups_->restore(context_, backup->arn, indexed("restored"),
                    [](const aws::Result<TablePtr>&) {});
  while (!find("restored")) ASSERT_TRUE(executor_.run_one());
  for (int i = 0; i < 4; ++i) executor_.run_one();
  EXPECT_EQ(find("restored")->status, TableStatus::kCreating);
  std::string refused;
  backups_->remove(backup->arn, [&](const aws::Result<BackupPtr>& removed) {
    refused = removed ? "removed" : removed.error().type;
  });
  EXPECT_EQ(refused, "BackupInUseException");
  catalog_->remove(context_, "restored", [&](const aws::Result<TablePtr>& removed) {
    refused = removed ? "removed" : removed.error().type;
  });
  EXPECT_EQ(refused, "ResourceInUseException");
  reopen_tables();
  EXPECT_EQ(contents("restored").size(), 450u);
  EXPECT_EQ(remove_backup(backup->arn), "");
}

TEST_F(BackupStoreTest, ATableGoesBackToAnyTimeSinceRecoveryWasEnabledAlsoThroughSplits) {
  TablePtr table = create(indexed("users"));
  put(table, user("before", 1));
  recover("users", 35);
  std::vector<std::pair<Timestamp, std::map<std::string, Item>>> states;
  SeededRandom random(7);
  for (int step = 0; step < 12; ++step) {
    clock_.advance(std::chrono::minutes(1));
    for (int i = 0; i < 30; ++i) {
      std::string id = "u" + std::to_string(random.below(20));
      if (random.below(3) == 0) {
        erase(find("users"), user(id, 0));
      } else {
        put(find("users"), user(id, static_cast<int64_t>(random.below(1000))));
      }
    }
    states.emplace_back(clock_.now(), contents("users"));
    if (step % 4 != 2) continue;
    auto split = await<aws::Result<TablePtr>>([&](TableCatalog::Completion done) {
      catalog_->split(context_, "users", {}, std::move(done));
    });
    ASSERT_TRUE(split);
  }
  for (size_t i = 0; i < states.size(); ++i) {
    std::string name = "restored-" + std::to_string(i);
    ASSERT_EQ(restore_to(find("users"), states[i].first, indexed(name)), "");
    EXPECT_EQ(contents(name), states[i].second) << i;
  }
  ASSERT_EQ(restore_to(find("users"), {}, indexed("latest")), "");
  EXPECT_EQ(contents("latest"), states.back().second);
  EXPECT_TRUE(find("users")->copies.empty());
  EXPECT_EQ(restore_to(find("users"), {}, indexed("latest")), "TableAlreadyExistsException");
  EXPECT_TRUE(find("users")->copies.empty());
}

TEST_F(BackupStoreTest, DeletingATableWithRecoveryKeepsItsItemsAsASystemBackup) {
  TablePtr table = create(indexed("users"));
  put(table, user("a", 1));
  recover("users", 1);
  ASSERT_TRUE(remove("users"));
  executor_.run_all();
  EXPECT_TRUE(catalog_->removed_tables().empty());
  reopen_tables();
  auto list = backups_->list(context_.account, context_.region);
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0]->name, "users$DeletedTableBackup");
  EXPECT_EQ(list[0]->type, BackupType::kSystem);
  ASSERT_EQ(restore(list[0]->arn, indexed("users")), "");
  EXPECT_EQ(contents("users").size(), 1u);
  // It goes by itself.
  std::string prefix = table::item_rows_prefix(table->number);
  EXPECT_EQ(rows(prefix, table->all_cells()), 1u);
  timers_.advance(kSystemBackupAge);
  executor_.run_all();
  EXPECT_EQ(backups_->find(list[0]->arn), nullptr);
  EXPECT_EQ(rows(prefix, table->all_cells()), 0u);
}

TEST_F(BackupStoreTest, RemovingABackupErasesItsItems) {
  TablePtr table = create(definition("users"));
  put(table, user("a", 1));
  BackupPtr backup = back_up("users");
  std::string prefix = table::item_rows_prefix(backup->content->number);
  EXPECT_EQ(rows(prefix, backup->content->all_cells()), 1u);
  EXPECT_EQ(remove_backup(backup->arn), "");
  executor_.run_all();
  EXPECT_EQ(rows(prefix, backup->content->all_cells()), 0u);
  EXPECT_EQ(remove_backup(backup->arn), "BackupNotFoundException");
  EXPECT_EQ(restore(backup->arn, definition("restored")), "BackupNotFoundException");
  EXPECT_EQ(try_backup("nothing").error().type, "TableNotFoundException");
  reopen_tables();
  EXPECT_TRUE(backups_->list(context_.account, context_.region).empty());
}

}  // namespace
}  // namespace millrace::dynamodb::backup
