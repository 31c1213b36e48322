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

// So long CreateBackup's answer waits for the backup to become available.
constexpr Duration kAnswerDelay = std::chrono::milliseconds(500);
// How often what is old is looked for.
constexpr Duration kInterval = std::chrono::minutes(5);

// The items of a table, apart from everything that happens to it.
Table content_of(const Table& table) {
  Table content = table;
  content.indexes.clear();
  content.recovery.reset();
  content.copies.clear();
  content.restored_from.reset();
  content.time_to_live.reset();
  content.items_kept = false;
  return content;
}

TablePtr snapshot_of(Table table) {
  table::add_derived(table);
  return std::make_shared<const Table>(std::move(table));
}

}  // namespace

aws::RequestContext context_of(const Table& table) {
  aws::RequestContext context;
  context.account = table.account;
  context.region = table.region;
  context.partition = table.partition;
  context.request_id = "backups";
  return context;
}

aws::ApiError backup_not_found(const std::string& arn) {
  return {400, "BackupNotFoundException", "Backup not found: " + arn, {}};
}

aws::ApiError backup_in_use(const std::string& arn) {
  return {400, "BackupInUseException", "Backup is being created or restored: " + arn, {}};
}

aws::ApiError as_backup_error(aws::ApiError error, const std::string& table_name) {
  if (error.type == "ResourceNotFoundException") {
    return {400, "TableNotFoundException", "Table not found: " + table_name, {}};
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

// What is being created: its transaction assigns the rest whole each time it runs.
struct EngineBackupStore::Creation {
  aws::RequestContext context;
  std::string table_name, backup_name;
  Completion done;
  BackupPtr backup;
  TablePtr source;
  Moment moment;
};

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

std::string EngineBackupStore::new_arn(const std::string& table_arn) {
  std::string millis = std::to_string(to_unix_millis(timers_.clock().now()));
  millis.insert(0, millis.size() < 14 ? 14 - millis.size() : 0, '0');
  return table_arn + "/backup/" + millis + "-" + random_.hex(8);
}

void EngineBackupStore::allocate(uint64_t count, const std::string& request_id,
                                 UniqueFunction<void(aws::Result<uint64_t>)> done) {
  auto first = std::make_shared<uint64_t>(0);
  engine_.transact(
      {.id = {}, .cells = {engine::kSystemCell}, .fences = {}},
      [first, count](engine::Transaction& transaction) -> engine::Result<bool> {
        MILLRACE_TRY(*first, engine::allocate_numbers(transaction, count));
        return true;
      },
      [first, request_id, done = std::move(done),
       call = calls_.begin()](engine::Result<engine::Committed> committed) mutable {
        if (committed) return done(*first);
        done(Unexpected(table::storage_error(committed.error(), request_id, "numbering a copy")));
      });
}

void EngineBackupStore::create(const aws::RequestContext& context, const std::string& table_name,
                               const std::string& backup_name, Completion done) {
  auto creation = std::make_shared<Creation>();
  creation->context = context;
  creation->table_name = table_name;
  creation->backup_name = backup_name;
  creation->done = std::move(done);
  allocate(2, context.request_id, [this, creation](aws::Result<uint64_t> first) {
    if (!first) return creation->done(Unexpected(std::move(first).error()));
    store_new(creation, *first);
  });
}

void EngineBackupStore::store_new(std::shared_ptr<Creation> creation, uint64_t first_number) {
  const aws::RequestContext& context = creation->context;
  if (auto table = catalog_.find(context.account, context.region, creation->table_name)) {
    archive_.hold(*table);
  }
  table::TableUpdate update;
  update.with = [this, creation, first_number](engine::Transaction& transaction,
                                               Table& after) -> engine::Result<void> {
    MILLRACE_TRY(creation->moment, moment_now(transaction, after));
    auto backup = std::make_shared<Backup>();
    backup->arn = new_arn(after.arn);
    backup->name = creation->backup_name;
    backup->created = timers_.clock().now();
    backup->items = after.counters->items;
    backup->bytes = after.counters->bytes;
    Table content = content_of(after);
    content.number = first_number;
    content.cells = {{0, engine::CellId{first_number + 1}}};
    content.splits.clear();
    backup->content = snapshot_of(std::move(content));
    backup->table = snapshot_of(after);
    transaction.put(engine::kTableCatalogCell, backup_row_key(*backup), encode_backup(*backup));
    std::erase_if(after.copies, [&](const auto& copy) { return copy.number == first_number; });
    after.copies.push_back({first_number, creation->moment});
    creation->backup = std::move(backup);
    return {};
  };
  catalog_.update(
      context, creation->table_name, std::move(update),
      [this, creation, call = calls_.begin()](aws::Result<TablePtr> updated) {
        if (!updated) {
          return creation->done(
              Unexpected(as_backup_error(std::move(updated).error(), creation->table_name)));
        }
        put(creation->backup);
        auto answer = [creation] { creation->done(creation->backup); };
        auto once = std::make_shared<std::once_flag>();
        timers_.after(kAnswerDelay, [once, answer] { std::call_once(*once, answer); });
        const Table& table = **updated;
        copy_items(creation->backup, catalog_.find(table.account, table.region, table.name),
                   std::move(creation->moment), [once, answer] { std::call_once(*once, answer); });
      });
}

void EngineBackupStore::start_copy(uint64_t number, ItemCopy::Plan plan,
                                   UniqueFunction<void()> done) {
  std::lock_guard lock(mutex_);
  if (stopping_) return;
  auto copy = std::make_shared<ItemCopy>(engine_, catalog_, executor_, std::move(plan),
                                         [this, number, done = std::move(done)]() mutable {
                                           {
                                             std::lock_guard done_lock(mutex_);
                                             copies_.erase(number);
                                           }
                                           done();
                                         });
  copies_[number] = copy;
  copy->start();
}

void EngineBackupStore::copy_items(const BackupPtr& backup, TablePtr source, Moment moment,
                                   UniqueFunction<void()> done) {
  start_copy(backup->content->number, {source, backup->content, std::move(moment)},
             [this, backup, source, done = std::move(done)]() mutable {
               finish_copy(backup, *source, std::move(done));
             });
}

void EngineBackupStore::finish_copy(const BackupPtr& backup, const Table& source,
                                    UniqueFunction<void()> done) {
  auto available = std::make_shared<Backup>(*backup);
  available->available = true;
  available->items = backup->content->counters->items;
  available->bytes = backup->content->counters->bytes;
  table::TableUpdate update;
  update.with = [available](engine::Transaction& transaction,
                            Table& after) -> engine::Result<void> {
    transaction.put(engine::kTableCatalogCell, backup_row_key(*available),
                    encode_backup(*available));
    uint64_t number = available->content->number;
    std::erase_if(after.copies, [&](const auto& copy) { return copy.number == number; });
    return {};
  };
  catalog_.update(context_of(source), source.name, std::move(update),
                  [this, available, done = std::move(done),
                   call = calls_.begin()](aws::Result<TablePtr> updated) mutable {
                    if (updated) put(available);
                    done();
                  });
}

void EngineBackupStore::end_copy(const Table& source, uint64_t number,
                                 UniqueFunction<void()> done) {
  table::TableUpdate update;
  update.with = [number](engine::Transaction&, Table& after) -> engine::Result<void> {
    std::erase_if(after.copies, [&](const auto& copy) { return copy.number == number; });
    return {};
  };
  catalog_.update(context_of(source), source.name, std::move(update),
                  [done = std::move(done),
                   call = calls_.begin()](const aws::Result<TablePtr>&) mutable { done(); });
}

engine::Result<void> EngineBackupStore::keep_removed(engine::Transaction& transaction,
                                                     Table& removed) {
  if (!removed.recovery) return {};
  auto backup = std::make_shared<Backup>();
  backup->arn = new_arn(removed.arn);
  backup->name = removed.name + "$DeletedTableBackup";
  backup->type = BackupType::kSystem;
  backup->available = true;
  backup->created = timers_.clock().now();
  backup->items = removed.counters->items;
  backup->bytes = removed.counters->bytes;
  backup->table = snapshot_of(removed);
  backup->content = snapshot_of(content_of(removed));
  removed.items_kept = true;
  transaction.put(engine::kTableCatalogCell, backup_row_key(*backup), encode_backup(*backup));
  std::lock_guard lock(mutex_);
  removed_[removed.number] = std::move(backup);
  return {};
}

void EngineBackupStore::remove(const std::string& arn, Completion done) {
  BackupPtr backup;
  {
    std::lock_guard lock(mutex_);
    auto found = backups_.find(arn);
    if (found != backups_.end()) backup = found->second;
    bool used = backup && (!backup->available || readers_[backup->content->number] > 0);
    if (backup && !used) backups_.erase(found);
    if (used) return done(Unexpected(backup_in_use(arn)));
  }
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
