#include "dynamodb/backup/backup_store.h"

#include <algorithm>
#include <mutex>
#include <set>
#include <utility>

#include "base/log.h"
#include "dynamodb/backup/engine_backup_store.h"
#include "dynamodb/table/catalog_rows.h"
#include "dynamodb/table/row_keys.h"
#include "dynamodb/table/storage_error.h"
#include "engine/cells.h"

namespace millrace::dynamodb::backup {

using table::Table;
using table::TableCatalog;
using table::TablePtr;

namespace {

// How often what is old is looked for.
constexpr Duration kInterval = std::chrono::minutes(5);

}  // namespace

aws::RequestContext context_of(const Table& table) {
  aws::RequestContext context;
  context.account = table.account;
  context.region = table.region;
  context.partition = table.partition;
  context.request_id = "backups";
  return context;
}

aws::ApiError table_not_found(const std::string& name) {
  return {400, "TableNotFoundException", "Table not found: " + name, {}};
}

aws::ApiError backup_not_found(const std::string& arn) {
  return {400, "BackupNotFoundException", "Backup not found: " + arn, {}};
}

aws::ApiError backup_in_use(const std::string& arn) {
  return {400, "BackupInUseException", "Backup is being created or restored: " + arn, {}};
}

aws::ApiError as_backup_error(aws::ApiError error, const std::string& table_name) {
  if (error.type == "ResourceNotFoundException") {
    return table_not_found(table_name);
  }
  if (error.type == "ResourceInUseException" && error.message.starts_with("Table already")) {
    error.type = "TableAlreadyExistsException";
  }
  return error;
}

RestorableTimes restorable_times(const Table& table, Timestamp now) {
  Timestamp oldest = now - std::chrono::hours(24) * table.recovery->days;
  return {std::max(oldest, table.recovery->since), now};
}

engine::Result<void> EngineBackupStore::load() {
  engine::RangeOptions options;
  options.begin = backup_rows_prefix();
  options.end = table::after_prefix(options.begin);
  bool bad = false;
  MILLRACE_CHECK_OK(
      engine::snapshot_and_wait(engine_, {engine::kTableCatalogCell}, [&](engine::Reader& reader) {
        return reader.range({engine::kTableCatalogCell}, options,
                            [&](std::string_view, std::string_view value) {
                              BackupPtr backup = decode_backup(value);
                              bad = backup == nullptr;
                              if (!bad) backups_[backup->arn] = std::move(backup);
                              return !bad;
                            });
      }));
  if (bad) return Unexpected(engine::Error{engine::ErrorCode::kCorrupt, "a backup's row"});
  for (const auto& [arn, backup] : backups_) {
    if (!backup->available) {
      MILLRACE_CHECK_OK(table::load_counters(engine_, *backup->content));
    }
  }
  return {};
}

void EngineBackupStore::start() {
  catalog_.on_removal([weak = weak_from_this()](engine::Transaction& transaction,
                                                Table& removed) -> engine::Result<void> {
    if (auto self = weak.lock()) return self->keep_removed(transaction, removed);
    return {};
  });
  catalog_.on_change([weak = weak_from_this()](TableCatalog::Change change, TablePtr table) {
    if (auto self = weak.lock()) self->follow(change, table);
  });
  std::set<uint64_t> wanted;
  for (const auto& table : catalog_.list_all()) {
    if (table->goes_back()) archive_.hold(*table);
    const auto& origin = table->restored_from;
    if (!origin || origin->phase != table::RestoreOrigin::Phase::kItems) continue;
    wanted.insert(origin->source);
    resume(table);
  }
  for (const auto& table : catalog_.list_all()) {
    for (const auto& copy : table->copies) {
      auto made = std::find_if(backups_.begin(), backups_.end(), [&](const auto& entry) {
        return entry.second->content->number == copy.number;
      });
      if (made != backups_.end()) {
        copy_items(made->second, table, copy.moment, [] {});
      } else if (wanted.count(copy.number) == 0) {
        end_copy(*table, copy.number, [] {});
      }
    }
  }
  look();
}

void EngineBackupStore::stop() {
  std::vector<std::shared_ptr<ItemCopy>> copies;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    if (timer_) timers_.cancel(*timer_);
    for (const auto& [number, copy] : copies_) copies.push_back(copy);
  }
  for (const auto& copy : copies) copy->stop();
  calls_.wait();
}

// What is older than it has to be kept.
void EngineBackupStore::look() {
  Timestamp now = timers_.clock().now();
  for (const auto& table : catalog_.list_all()) {
    if (table->recovery) archive_.trim(*table, now);
  }
  std::vector<std::string> expired;
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    for (const auto& [arn, backup] : backups_) {
      if (backup->expires().value_or(Timestamp::max()) <= now) expired.push_back(arn);
    }
    timer_ = timers_.after(kInterval, [weak = weak_from_this()] {
      auto self = weak.lock();
      if (!self) return;
      self->executor_.post([weak] {
        if (auto running = weak.lock()) running->look();
      });
    });
  }
  for (const auto& arn : expired) remove(arn, [](const aws::Result<BackupPtr>&) {});
}

void EngineBackupStore::follow(TableCatalog::Change change, const TablePtr& table) {
  if (change != TableCatalog::Change::kRemoved) {
    if (table->goes_back()) {
      archive_.hold(*table);
    } else {
      archive_.release(*table);
    }
    return;
  }
  archive_.release(*table);
  std::lock_guard lock(mutex_);
  auto kept = removed_.find(table->number);
  if (kept == removed_.end()) return;
  backups_[kept->second->arn] = kept->second;
  removed_.erase(kept);
}

BackupPtr EngineBackupStore::find(std::string_view arn) const {
  std::lock_guard lock(mutex_);
  auto found = backups_.find(arn);
  return found == backups_.end() ? nullptr : found->second;
}

std::vector<BackupPtr> EngineBackupStore::list(std::string_view account,
                                               std::string_view region) const {
  std::vector<BackupPtr> list;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [arn, backup] : backups_) {
      const Table& table = *backup->table;
      if (table.account == account && table.region == region) list.push_back(backup);
    }
  }
  std::stable_sort(list.begin(), list.end(),
                   [](const BackupPtr& a, const BackupPtr& b) { return a->created < b->created; });
  return list;
}

void EngineBackupStore::put(BackupPtr backup) {
  std::lock_guard lock(mutex_);
  std::string arn = backup->arn;
  backups_[arn] = std::move(backup);
}

void EngineBackupStore::remove(const std::string& arn, Completion done) {
  BackupPtr backup;
  bool used = false;
  {
    std::lock_guard lock(mutex_);
    auto found = backups_.find(arn);
    if (found != backups_.end()) backup = found->second;
    used = backup && (!backup->available || readers_[backup->content->number] > 0);
    if (backup && !used) backups_.erase(found);
  }
  if (used) return done(Unexpected(backup_in_use(arn)));
  if (!backup) return done(Unexpected(backup_not_found(arn)));
  catalog_.discard(
      backup->content,
      [key = backup_row_key(*backup)](engine::Transaction& transaction) -> engine::Result<void> {
        transaction.erase(engine::kTableCatalogCell, key);
        return {};
      },
      [this, backup, done = std::move(done),
       call = calls_.begin()](engine::Result<void> discarded) mutable {
        if (discarded) return done(backup);
        put(backup);
        done(Unexpected(table::storage_error(discarded.error(), backup->arn, "deleting a backup")));
      });
}

engine::Result<std::shared_ptr<BackupStore>> BackupStore::open(engine::Engine& engine,
                                                               stream::StreamStore& streams,
                                                               TableCatalog& catalog,
                                                               Random& random, Executor& executor,
                                                               Timers& timers) {
  auto store =
      std::make_shared<EngineBackupStore>(engine, streams, catalog, random, executor, timers);
  MILLRACE_CHECK_OK(store->load());
  store->start();
  return std::shared_ptr<BackupStore>(std::move(store));
}

}  // namespace millrace::dynamodb::backup
