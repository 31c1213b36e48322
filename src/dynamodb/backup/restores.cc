// Point-in-time recovery, and tables that are restored.
#include <algorithm>
#include <utility>

#include "base/log.h"
#include "dynamodb/backup/engine_backup_store.h"
#include "dynamodb/stream/log_search.h"
#include "dynamodb/table/index_change_rules.h"
#include "dynamodb/table/index_filling.h"
#include "dynamodb/table/storage_error.h"

namespace millrace::dynamodb::backup {

using table::RestoreOrigin;
using table::Table;
using table::TablePtr;

namespace {

Moment ends_of_splits(const Table& table) {
  Moment moment;
  for (const auto& split : table.splits) moment[split.parent] = split.last;
  return moment;
}

}  // namespace

engine::Result<Moment> moment_now(engine::Transaction& transaction, const Table& table) {
  Moment moment = ends_of_splits(table);
  for (engine::CellId cell : table.all_cells()) {
    MILLRACE_TRY(moment[cell], transaction.log_end(cell));
  }
  return moment;
}

engine::Result<Moment> moment_at(engine::Engine& engine, const Table& table, Timestamp time) {
  Moment moment = ends_of_splits(table);
  for (engine::CellId cell : table.all_cells()) moment[cell] = 0;
  for (auto& [cell, position] : moment) {
    MILLRACE_TRY(auto range, engine.log_range(cell));
    MILLRACE_TRY(position, stream::last_before(engine, cell, range.first - 1, range.last,
                                               time + std::chrono::milliseconds(1)));
  }
  return moment;
}

// What is being restored from a table's past: its transaction assigns `moment` each time it runs.
struct EngineBackupStore::PastRestore {
  aws::RequestContext context;
  TablePtr source;
  std::optional<Timestamp> time;
  table::TableDefinition definition;
  TableCompletion done;
  Moment moment;
};

void EngineBackupStore::add_reader(const Backup& backup, int added) {
  std::lock_guard lock(mutex_);
  readers_[backup.content->number] += added;
}

void EngineBackupStore::restore(const aws::RequestContext& context, const std::string& arn,
                                table::TableDefinition definition, TableCompletion done) {
  BackupPtr backup = find(arn);
  if (!backup) return done(Unexpected(backup_not_found(arn)));
  if (!backup->available) return done(Unexpected(backup_in_use(arn)));
  add_reader(*backup, 1);
  definition.restored_from = RestoreOrigin{arn, backup->table->arn, backup->created,
                                           backup->content->number, RestoreOrigin::Phase::kItems};
  std::string name = definition.name;
  catalog_.create(context, std::move(definition),
                  [this, name, backup, done = std::move(done),
                   call = calls_.begin()](aws::Result<TablePtr> created) mutable {
                    if (!created) {
                      add_reader(*backup, -1);
                      return done(Unexpected(as_backup_error(std::move(created).error(), name)));
                    }
                    const Table& table = **created;
                    resume(catalog_.find(table.account, table.region, table.name));
                    add_reader(*backup, -1);
                    done(std::move(created));
                  });
}

void EngineBackupStore::restore(const aws::RequestContext& context, TablePtr source,
                                std::optional<Timestamp> time, table::TableDefinition definition,
                                TableCompletion done) {
  auto restore = std::make_shared<PastRestore>();
  restore->context = context;
  restore->source = std::move(source);
  restore->time = time;
  restore->definition = std::move(definition);
  restore->done = std::move(done);
  allocate(1, context.request_id, [this, restore](aws::Result<uint64_t> number) {
    if (!number) return restore->done(Unexpected(std::move(number).error()));
    hold_moment(restore, *number);
  });
}

void EngineBackupStore::hold_moment(std::shared_ptr<PastRestore> restore, uint64_t number) {
  archive_.hold(*restore->source);
  std::optional<Moment> past;
  if (restore->time) {
    auto moment = moment_at(engine_, *restore->source, *restore->time);
    if (!moment) {
      return restore->done(Unexpected(table::storage_error(
          moment.error(), restore->context.request_id, "finding a moment in a log")));
    }
    past = std::move(*moment);
  }
  table::TableUpdate update;
  update.with = [restore, number, past](engine::Transaction& transaction,
                                        Table& after) -> engine::Result<void> {
    if (past) {
      restore->moment = *past;
    } else {
      MILLRACE_TRY(restore->moment, moment_now(transaction, after));
    }
    std::erase_if(after.copies, [&](const auto& copy) { return copy.number == number; });
    after.copies.push_back({number, restore->moment});
    return {};
  };
  Timestamp now = timers_.clock().now();
  restore->definition.restored_from = RestoreOrigin{
      "", restore->source->arn, restore->time.value_or(now), number, RestoreOrigin::Phase::kItems};
  catalog_.update(
      context_of(*restore->source), restore->source->name, std::move(update),
      [this, restore, call = calls_.begin()](aws::Result<TablePtr> held) {
        if (held) return create_restored(restore);
        restore->done(Unexpected(as_backup_error(std::move(held).error(), restore->source->name)));
      });
}

void EngineBackupStore::create_restored(std::shared_ptr<PastRestore> restore) {
  catalog_.create(restore->context, restore->definition,
                  [this, restore, call = calls_.begin()](aws::Result<TablePtr> created) {
                    const std::string& name = restore->definition.name;
                    if (!created) {
                      auto error = as_backup_error(std::move(created).error(), name);
                      return end_copy(*restore->source, restore->definition.restored_from->source,
                                      [restore, error] { restore->done(Unexpected(error)); });
                    }
                    resume(catalog_.find((*created)->account, (*created)->region, name));
                    restore->done(std::move(created));
                  });
}

// Begins, or goes on with, bringing the items to a table that is being restored.
void EngineBackupStore::resume(const TablePtr& target) {
  const RestoreOrigin& origin = *target->restored_from;
  if (BackupPtr backup = find(origin.backup_arn)) {
    add_reader(*backup, 1);
    start_copy(target->number, {backup->content, target, std::nullopt}, [this, target, backup] {
      finish_restore(*target, [this, backup] { add_reader(*backup, -1); });
    });
    return;
  }
  for (const auto& source : catalog_.list_all()) {
    for (const auto& copy : source->copies) {
      if (copy.number != origin.source) continue;
      start_copy(target->number, {source, target, copy.moment},
                 [this, target, source, number = copy.number] {
                   finish_restore(*target,
                                  [this, source, number] { end_copy(*source, number, [] {}); });
                 });
      return;
    }
  }
  log_error("a table that is being restored has lost its source", {{"table", target->arn}});
}

void EngineBackupStore::finish_restore(const Table& target, UniqueFunction<void()> ended) {
  table::TableUpdate update;
  update.with = [](engine::Transaction& transaction, Table& after) -> engine::Result<void> {
    after.restored_from->phase = RestoreOrigin::Phase::kIndexes;
    for (const auto& index : after.indexes) {
      if (index.global) {
        MILLRACE_CHECK_OK(table::begin_index_filling(transaction, after, index));
      }
    }
    table::finish_restore(after);
    return {};
  };
  catalog_.update(context_of(target), target.name, std::move(update),
                  [ended = std::move(ended),
                   call = calls_.begin()](const aws::Result<TablePtr>&) mutable { ended(); });
}

void EngineBackupStore::set_recovery(const aws::RequestContext& context,
                                     const std::string& table_name, std::optional<int> days,
                                     TableCompletion done) {
  if (auto table = catalog_.find(context.account, context.region, table_name)) {
    if (days) archive_.hold(*table);
  }
  table::TableUpdate update;
  update.with = [days, now = timers_.clock().now()](engine::Transaction&,
                                                    Table& after) -> engine::Result<void> {
    Timestamp since = after.recovery ? after.recovery->since : now;
    after.recovery.reset();
    if (days) after.recovery = table::PointInTimeRecovery{since, *days};
    return {};
  };
  catalog_.update(context, table_name, std::move(update),
                  [table_name, done = std::move(done),
                   call = calls_.begin()](aws::Result<TablePtr> updated) mutable {
                    if (updated) return done(std::move(updated));
                    done(Unexpected(as_backup_error(std::move(updated).error(), table_name)));
                  });
}

}  // namespace millrace::dynamodb::backup
