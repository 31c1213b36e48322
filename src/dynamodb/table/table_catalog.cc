#include "dynamodb/table/table_catalog.h"

#include <algorithm>
#include <cassert>
#include <mutex>
#include <utility>

#include "base/log.h"
#include "dynamodb/table/catalog_rows.h"
#include "dynamodb/table/cell_head.h"
#include "dynamodb/table/engine_table_catalog.h"
#include "dynamodb/table/expiry_rows.h"
#include "dynamodb/table/index_change_rules.h"
#include "dynamodb/table/storage_error.h"
#include "dynamodb/table/table_change.h"
#include "dynamodb/table/table_codec.h"
#include "dynamodb/table/table_tags.h"
#include "engine/cells.h"

namespace millrace::dynamodb::table {

Unexpected<aws::ApiError> table_not_found(const std::string& name) {
  return aws::api_error(400, "ResourceNotFoundException",
                        "Requested resource not found: Table: " + name + " not found");
}

Unexpected<aws::ApiError> limit_exceeded(std::string message) {
  return aws::api_error(400, "LimitExceededException", std::move(message));
}

namespace {

// What AWS raises its quota of 2,500 tables in a region to, for those who ask.
constexpr size_t kTablesMax = 10'000;

// Everything that a table's change may touch.
std::vector<engine::CellId> cells_of_change(const Table& table) {
  std::vector<engine::CellId> cells = table.all_cells();
  for (const auto& index : table.indexes) {
    if (index.global) cells.push_back(index.cell);
  }
  cells.push_back(engine::kTableCatalogCell);
  return cells;
}

}  // namespace

struct EngineTableCatalog::Creation {
  aws::RequestContext context;
  TableDefinition definition;
  Completion done;
  int cells;
};

engine::Result<void> EngineTableCatalog::load() {
  MILLRACE_TRY(auto rows, load_catalog(engine_));
  for (auto& table : rows.tables) {
    add_derived(table);
    MILLRACE_CHECK_OK(load_counters(engine_, table));
    tables_.put(std::make_shared<const Table>(std::move(table)));
  }
  for (auto& table : rows.removed) {
    table.status = TableStatus::kDeleting;
    add_derived(table);
    removed_.push_back(std::make_shared<const Table>(std::move(table)));
  }
  return {};
}

void EngineTableCatalog::enqueue(UniqueFunction<void(Completion)> change, Completion done) {
  // Shared, because the queue may refuse what it has been given.
  auto waiting = std::make_shared<Completion>(std::move(done));
  bool added = changes_.add(
      [change = std::move(change), waiting]() mutable { change(std::move(*waiting)); });
  if (!added) {
    (*waiting)(limit_exceeded(
        "Subscriber limit exceeded: Only 500 tables can be created, updated, or deleted "
        "simultaneously"));
  }
}

void EngineTableCatalog::finish(Completion& done, aws::Result<TablePtr> result) {
  // Whoever gets the answer may destroy the catalog, so nothing of it is used after finish().
  Completion answer = std::move(done);
  changes_.finish();
  answer(std::move(result));
}

void EngineTableCatalog::create(const aws::RequestContext& context, TableDefinition definition,
                                Completion done) {
  enqueue(
      [this, context, definition = std::move(definition)](Completion answer) mutable {
        if (tables_.find(context.account, context.region, definition.name)) {
          return finish(answer, aws::api_error(400, "ResourceInUseException",
                                               "Table already exists: " + definition.name));
        }
        if (tables_.count(context.account, context.region) >= kTablesMax) {
          return finish(answer, limit_exceeded("Subscriber limit exceeded: There is a limit of " +
                                               std::to_string(kTablesMax) + " tables per region"));
        }
        int cells = partitions_by_tag(definition.tags).value_or(options_.cells_per_table);
        allocate_for(std::make_shared<Creation>(
            Creation{std::move(context), std::move(definition), std::move(answer), cells}));
      },
      std::move(done));
}

void EngineTableCatalog::allocate_for(std::shared_ptr<Creation> creation) {
  auto first_number = std::make_shared<uint64_t>(0);
  uint64_t count = numbers_needed(creation->definition, creation->cells);
  engine_.transact(
      {.id = {}, .cells = {engine::kSystemCell}, .fences = {}},
      [first_number, count](engine::Transaction& transaction) -> engine::Result<bool> {
        MILLRACE_TRY(*first_number, engine::allocate_numbers(transaction, count));
        return true;
      },
      [this, creation, first_number](engine::Result<engine::Committed> committed) {
        if (committed) return store_new(creation, *first_number);
        finish(creation->done,
               Unexpected(storage_error(committed.error(), creation->context.request_id,
                                        "creating a table")));
      });
}

void EngineTableCatalog::store_new(std::shared_ptr<Creation> creation, uint64_t first_number) {
  auto pending = std::make_shared<ChangeUnderWay>();
  pending->before = new_table(creation->context, creation->definition, creation->cells,
                              first_number, random_.uuid(), clock_.now());
  add_derived(pending->before);
  engine_.transact(
      {.id = {}, .cells = cells_of_change(pending->before), .fences = {}},
      [this, creation, pending](engine::Transaction& transaction) -> engine::Result<bool> {
        pending->table = pending->before;
        pending->stream.reset();
        Table& table = pending->table;
        if (creation->definition.stream) {
          MILLRACE_CHECK_OK(begin_stream(transaction, *pending, *creation->definition.stream));
        }
        CellHead head;
        set_log_needs(head, table);
        head.counts.resize(table_cell_counts(table));
        for (const auto& range : table.cells) put_cell_head(transaction, range.cell, head);
        for (const auto& index : table.indexes) {
          if (index.global) put_cell_head(transaction, index.cell, CellHead{.counts = {{}}});
        }
        transaction.put(engine::kTableCatalogCell, table_row_key(table), encode_table(table));
        return true;
      },
      [this, creation, pending](engine::Result<engine::Committed> committed) {
        if (!committed) {
          return finish(creation->done,
                        Unexpected(storage_error(committed.error(), creation->context.request_id,
                                                 "creating a table")));
        }
        if (pending->stream && pending->stream->apply) pending->stream->apply();
        auto table = std::make_shared<const Table>(pending->table);
        tables_.put(table);
        announce(Change::kCreated, table);
        pending->table.status = TableStatus::kCreating;
        finish(creation->done, std::make_shared<const Table>(std::move(pending->table)));
      });
}

engine::Result<void> EngineTableCatalog::begin_stream(engine::Transaction& transaction,
                                                      ChangeUnderWay& pending,
                                                      stream::ViewType view_type) {
  MILLRACE_TRY(pending.stream,
               streams_.create(transaction, stream_description(pending.table, view_type)));
  pending.table.stream_view_type = std::string(stream::to_string(view_type));
  pending.table.latest_stream_arn = pending.stream->stream->arn;
  pending.table.latest_stream_label = pending.stream->stream->label;
  return {};
}

engine::Result<void> EngineTableCatalog::end_stream(engine::Transaction& transaction,
                                                    ChangeUnderWay& pending) {
  MILLRACE_TRY(pending.stream, streams_.disable(transaction, pending.table.number));
  pending.table.stream_view_type.reset();
  return {};
}

void EngineTableCatalog::update(const aws::RequestContext& context, std::string name,
                                TableUpdate update, Completion done) {
  enqueue(
      [this, account = context.account, region = context.region, request_id = context.request_id,
       name = std::move(name), update = std::move(update)](Completion answer) mutable {
        TablePtr table = tables_.find(account, region, name);
        if (!table) return finish(answer, table_not_found(name));
        if (auto free = check_not_being_created(*table); !free && !update.with) {
          return finish(answer, Unexpected(std::move(free).error()));
        }
        auto after = updated_table(*table, update, clock_.now());
        if (!after) return finish(answer, Unexpected(std::move(after).error()));
        auto pending = std::make_shared<ChangeUnderWay>();
        pending->before = *table;
        pending->table = std::move(*after);
        pending->request_id = std::move(request_id);
        pending->done = std::move(answer);
        pending->with = std::move(update.with);
        if (update.new_index) return allocate_index(std::move(pending), update.stream);
        store_update(std::move(pending), update.stream);
      },
      std::move(done));
}

void EngineTableCatalog::store_update(ChangePtr pending,
                                      std::optional<TableUpdate::StreamChange> stream_change) {
  bool changes_expiry = pending->table.time_to_live != pending->before.time_to_live;
  bool changes_indexes = pending->table.has_other_indexes(pending->before);
  std::vector<engine::CellId> cells = cells_of_change(pending->table);
  if (changes_expiry) cells.push_back(engine::kSystemCell);
  engine_.transact(
      {.id = {}, .cells = std::move(cells), .fences = {}},
      [this, pending, stream_change, changes_expiry,
       changes_indexes](engine::Transaction& transaction) -> engine::Result<bool> {
        Table& table = pending->table;
        pending->stream.reset();
        if (changes_expiry) {
          MILLRACE_CHECK_OK(change_time_to_live(transaction, pending->before, table));
        }
        if (stream_change) {
          MILLRACE_CHECK_OK(stream_change->enabled
                                ? begin_stream(transaction, *pending, stream_change->view_type)
                                : end_stream(transaction, *pending));
        } else if (auto retention = stream_retention_by_tag(table.tags);
                   retention != stream_retention_by_tag(pending->before.tags)) {
          MILLRACE_TRY(pending->stream,
                       streams_.set_retention(transaction, table.number, retention));
        }
        MILLRACE_CHECK_OK(begin_index_changes(transaction, pending->before, table));
        if (pending->with) MILLRACE_CHECK_OK(pending->with(transaction, table));
        if (stream_change || changes_expiry || changes_indexes || pending->with) {
          MILLRACE_CHECK_OK(rewrite_heads(transaction, table));
        }
        transaction.put(engine::kTableCatalogCell, table_row_key(table), encode_table(table));
        return true;
      },
      [this, pending](engine::Result<engine::Committed> committed) {
        if (!committed) {
          return finish(pending->done,
                        Unexpected(storage_error(committed.error(), pending->request_id,
                                                 "updating a table")));
        }
        if (pending->stream && pending->stream->apply) pending->stream->apply();
        auto table = std::make_shared<const Table>(pending->table);
        tables_.put(table);
        announce(Change::kUpdated, table);
        finish(pending->done,
               std::make_shared<const Table>(update_answer(pending->before, pending->table)));
      });
}

void EngineTableCatalog::remove(const aws::RequestContext& context, std::string name,
                                Completion done) {
  enqueue(
      [this, account = context.account, region = context.region, request_id = context.request_id,
       name = std::move(name)](Completion answer) mutable {
        TablePtr table = tables_.find(account, region, name);
        if (!table) return finish(answer, table_not_found(name));
        if (table->deletion_protection) {
          return finish(answer, aws::validation_error(
                                    "Resource cannot be deleted as it is currently protected "
                                    "against deletion. Disable deletion protection first."));
        }
        if (auto free = check_not_being_created(*table); !free) {
          return finish(answer, Unexpected(std::move(free).error()));
        }
        if (auto free = check_not_being_copied(*table); !free) {
          return finish(answer, Unexpected(std::move(free).error()));
        }
        if (auto settled = check_indexes_settled(*table); !settled) {
          return finish(answer, Unexpected(std::move(settled).error()));
        }
        auto pending = std::make_shared<ChangeUnderWay>();
        pending->before = *table;
        pending->request_id = std::move(request_id);
        pending->done = std::move(answer);
        store_removal(std::move(pending));
      },
      std::move(done));
}

void EngineTableCatalog::store_removal(ChangePtr pending) {
  engine_.transact(
      {.id = {}, .cells = cells_of_change(pending->before), .fences = {}},
      [this, pending](engine::Transaction& transaction) -> engine::Result<bool> {
        pending->table = pending->before;
        pending->table.status = TableStatus::kDeleting;
        pending->stream.reset();
        Table& table = pending->table;
        if (table.stream_view_type) MILLRACE_CHECK_OK(end_stream(transaction, *pending));
        // Without heads, no write and no index follower that still knows the table adds a row.
        for (engine::CellId cell : cells_of_change(table)) {
          if (cell != engine::kTableCatalogCell) transaction.erase(cell, cell_head_key(cell));
        }
        if (table.time_to_live) end_expiry_rows(transaction, *table.time_to_live);
        if (removal_hook_) MILLRACE_CHECK_OK(removal_hook_(transaction, table));
        transaction.erase(engine::kTableCatalogCell, table_row_key(table));
        transaction.put(engine::kTableCatalogCell, removed_row_key(table.number),
                        encode_table(table));
        return true;
      },
      [this, pending](engine::Result<engine::Committed> committed) {
        if (!committed) {
          return finish(pending->done,
                        Unexpected(storage_error(committed.error(), pending->request_id,
                                                 "deleting a table")));
        }
        if (pending->stream && pending->stream->apply) pending->stream->apply();
        auto table = std::make_shared<const Table>(std::move(pending->table));
        tables_.erase(*table);
        {
          std::lock_guard lock(mutex_);
          removed_.push_back(table);
        }
        announce(Change::kRemoved, table);
        finish(pending->done, table);
      });
}

void EngineTableCatalog::discard(TablePtr content,
                                 std::function<engine::Result<void>(engine::Transaction&)> with,
                                 UniqueFunction<void(engine::Result<void>)> done) {
  engine_.transact(
      {.id = {}, .cells = {engine::kTableCatalogCell}, .fences = {}},
      [content, with = std::move(with)](engine::Transaction& transaction) -> engine::Result<bool> {
        MILLRACE_CHECK_OK(with(transaction));
        transaction.put(engine::kTableCatalogCell, removed_row_key(content->number),
                        encode_table(*content));
        return true;
      },
      [this, content, done = std::move(done)](engine::Result<engine::Committed> committed) mutable {
        if (!committed) return done(Unexpected(std::move(committed).error()));
        {
          std::lock_guard lock(mutex_);
          removed_.push_back(content);
        }
        announce(Change::kRemoved, content);
        done({});
      });
}

std::vector<TablePtr> EngineTableCatalog::removed_tables() const {
  std::lock_guard lock(mutex_);
  return removed_;
}

void EngineTableCatalog::finish_removal(TablePtr table,
                                        UniqueFunction<void(engine::Result<void>)> done) {
  engine_.transact(
      {.id = {}, .cells = {engine::kTableCatalogCell}, .fences = {}},
      [number = table->number](engine::Transaction& transaction) -> engine::Result<bool> {
        transaction.erase(engine::kTableCatalogCell, removed_row_key(number));
        return true;
      },
      [this, number = table->number,
       done = std::move(done)](engine::Result<engine::Committed> committed) mutable {
        if (!committed) return done(Unexpected(std::move(committed).error()));
        {
          std::lock_guard lock(mutex_);
          std::erase_if(removed_, [&](const TablePtr& each) { return each->number == number; });
        }
        done({});
      });
}

void EngineTableCatalog::on_change(std::function<void(Change, TablePtr)> listener) {
  std::lock_guard lock(mutex_);
  listeners_.push_back(std::move(listener));
}

void EngineTableCatalog::announce(Change change, const TablePtr& table) {
  std::vector<std::function<void(Change, TablePtr)>> listeners;
  {
    std::lock_guard lock(mutex_);
    listeners = listeners_;
  }
  for (const auto& listener : listeners) listener(change, table);
}

TableCatalog::Statistics EngineTableCatalog::statistics(uint64_t number) const {
  auto read = [](const ItemCounters& counters) {
    return Statistics{counters.items.load(), counters.bytes.load()};
  };
  for (const auto& table : tables_.list_all()) {
    if (table->number == number) return read(*table->counters);
    for (const auto& index : table->indexes) {
      if (index.number == number) return read(*index.counters);
    }
  }
  return {};
}

TablePtr TableCatalog::newer(const Table& table) const {
  if (!table.is_outdated()) return nullptr;
  TablePtr now = find(table.account, table.region, table.name);
  // Between the two, what was published is not found yet: nor by any writer.
  bool split = now && now->number == table.number && now->splits.size() != table.splits.size();
  return split ? now : nullptr;
}

engine::Result<std::unique_ptr<TableCatalog>> TableCatalog::open(engine::Engine& engine,
                                                                 stream::StreamStore& streams,
                                                                 const Clock& clock, Random& random,
                                                                 CatalogOptions options) {
  assert(options.cells_per_table >= 1 && options.cells_per_table <= kCellsPerTableMax);
  auto catalog = std::make_unique<EngineTableCatalog>(engine, streams, clock, random, options);
  MILLRACE_CHECK_OK(catalog->load());
  return std::unique_ptr<TableCatalog>(std::move(catalog));
}

}  // namespace millrace::dynamodb::table
