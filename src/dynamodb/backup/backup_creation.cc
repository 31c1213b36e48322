// How backups come to be: by CreateBackup, and by the removal of a table that goes back.
#include <algorithm>
#include <mutex>
#include <utility>

#include "dynamodb/backup/engine_backup_store.h"
#include "dynamodb/table/catalog_rows.h"
#include "dynamodb/table/storage_error.h"
#include "engine/cells.h"

namespace millrace::dynamodb::backup {

using table::Table;
using table::TablePtr;

namespace {

// So long CreateBackup's answer waits for the backup to become available.
constexpr Duration kAnswerDelay = std::chrono::milliseconds(500);
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

// What is being created: its transaction assigns the rest whole each time it runs.
struct EngineBackupStore::Creation {
  aws::RequestContext context;
  std::string table_name, backup_name;
  Completion done;
  BackupPtr backup;
  TablePtr source;
  Moment moment;
};

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

}  // namespace millrace::dynamodb::backup
