// The backup store over a storage engine. Only backup_store.cc,
// backup_creation.cc and restores.cc include this.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/pending_calls.h"
#include "dynamodb/backup/backup_store.h"
#include "dynamodb/backup/item_copy.h"
#include "dynamodb/backup/log_archive.h"

namespace millrace::dynamodb::backup {

using Moment = std::map<engine::CellId, engine::Position>;

// In a transaction that names the table's cells: the moment when it is made.
engine::Result<Moment> moment_now(engine::Transaction& transaction, const table::Table& table);
// After the last change up to `time`.
engine::Result<Moment> moment_at(engine::Engine& engine, const table::Table& table, Timestamp time);

class EngineBackupStore final : public BackupStore,
                                public std::enable_shared_from_this<EngineBackupStore> {
 public:
  EngineBackupStore(engine::Engine& engine, stream::StreamStore& streams,
                    table::TableCatalog& catalog, Random& random, Executor& executor,
                    Timers& timers)
      : engine_(engine),
        catalog_(catalog),
        random_(random),
        executor_(executor),
        timers_(timers),
        archive_(engine, streams) {}

  ~EngineBackupStore() override { stop(); }

  engine::Result<void> load();
  void start();
  // Waits for what is under way; begins nothing any more.
  void stop();

  BackupPtr find(std::string_view arn) const override;
  std::vector<BackupPtr> list(std::string_view account, std::string_view region) const override;
  void create(const aws::RequestContext& context, const std::string& table_name,
              const std::string& backup_name, Completion done) override;  // backup_creation.cc
  void remove(const std::string& arn, Completion done) override;
  // restores.cc
  void restore(const aws::RequestContext& context, const std::string& arn,
               table::TableDefinition definition, TableCompletion done) override;
  void restore(const aws::RequestContext& context, table::TablePtr source,
               std::optional<Timestamp> time, table::TableDefinition definition,
               TableCompletion done) override;
  void set_recovery(const aws::RequestContext& context, const std::string& table_name,
                    std::optional<int> days, TableCompletion done) override;

 private:
  // Numbers that are unique for ever.
  void allocate(uint64_t count, const std::string& request_id,
                UniqueFunction<void(aws::Result<uint64_t>)> done);
  void put(BackupPtr backup);
  std::string new_arn(const std::string& table_arn);
  void start_copy(uint64_t number, ItemCopy::Plan plan, UniqueFunction<void()> done);

  struct Creation;
  void store_new(std::shared_ptr<Creation> creation, uint64_t first_number);
  void copy_items(const BackupPtr& backup, table::TablePtr source, Moment moment,
                  UniqueFunction<void()> done);
  void finish_copy(const BackupPtr& backup, const table::Table& source,
                   UniqueFunction<void()> done);
  engine::Result<void> keep_removed(engine::Transaction& transaction, table::Table& removed);
  void follow(table::TableCatalog::Change change, const table::TablePtr& table);
  void look();
  // restores.cc
  struct PastRestore;
  void hold_moment(std::shared_ptr<PastRestore> restore, uint64_t number);
  void create_restored(std::shared_ptr<PastRestore> restore);
  void resume(const table::TablePtr& target);
  // The items of `target` are there; `ended` is called once that is known to all.
  void finish_restore(const table::Table& target, UniqueFunction<void()> ended);
  void end_copy(const table::Table& source, uint64_t number, UniqueFunction<void()> done);
  void add_reader(const Backup& backup, int added);

  engine::Engine& engine_;
  table::TableCatalog& catalog_;
  Random& random_;
  Executor& executor_;
  Timers& timers_;
  LogArchive archive_;
  mutable std::mutex mutex_;
  bool stopping_ = false;                                  // all guarded by mutex_
  std::map<std::string, BackupPtr, std::less<>> backups_;  // by ARN
  std::map<uint64_t, BackupPtr> removed_;  // made with a table's removal, by its number
  std::map<uint64_t, std::shared_ptr<ItemCopy>> copies_;  // by number
  std::map<uint64_t, int> readers_;                       // restores, by number of the content
  std::optional<TimerId> timer_;
  PendingCalls calls_;
};

// In whose name the store changes a table by itself.
aws::RequestContext context_of(const table::Table& table);
aws::ApiError backup_not_found(const std::string& arn);
aws::ApiError backup_in_use(const std::string& arn);
// Errors of the catalog as the backup operations have them.
aws::ApiError as_backup_error(aws::ApiError error, const std::string& table_name);

}  // namespace millrace::dynamodb::backup
