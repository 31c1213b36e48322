// Changes of a live table's global indexes, by the catalog (docs/decisions/0006-index-filling.md).
#include <utility>

#include "dynamodb/table/catalog_rows.h"
#include "dynamodb/table/engine_table_catalog.h"
#include "dynamodb/table/index_change_rules.h"
#include "dynamodb/table/index_filling.h"
#include "dynamodb/table/index_rows.h"
#include "dynamodb/table/storage_error.h"
#include "dynamodb/table/table_codec.h"
#include "engine/cells.h"

namespace millrace::dynamodb::table {

// The new index is the table's last one.
void EngineTableCatalog::allocate_index(ChangePtr pending,
                                        std::optional<TableUpdate::StreamChange> stream_change) {
  engine_.transact(
      {.id = {}, .cells = {engine::kSystemCell}, .fences = {}},
      [pending](engine::Transaction& transaction) -> engine::Result<bool> {
        MILLRACE_TRY(uint64_t first, engine::allocate_numbers(transaction, 2));
        Index& index = pending->table.indexes.back();
        index.number = first;
        index.cell = engine::CellId{first + 1};
        return true;
      },
      [this, pending, stream_change](engine::Result<engine::Committed> committed) {
        if (!committed) {
          return finish(pending->done,
                        Unexpected(storage_error(committed.error(), pending->request_id,
                                                 "creating an index")));
        }
        Index& index = pending->table.indexes.back();
        index.counters = std::make_shared<ItemCounters>();
        index.projected_attributes = projected_attributes(pending->table, index);
        store_update(pending, stream_change);
      });
}

void EngineTableCatalog::finish_index_change(TablePtr table, uint64_t index_number,
                                             IndexStatus status, Completion done) {
  auto waiting = std::make_shared<Completion>(std::move(done));
  changes_.add_always([this, table = std::move(table), index_number, status, waiting] {
    TablePtr now = tables_.find(table->account, table->region, table->name);
    if (!now || now->number != table->number) return finish(*waiting, TablePtr());
    auto pending = std::make_shared<ChangeUnderWay>();
    pending->before = *now;
    pending->table = *now;
    pending->done = std::move(*waiting);
    if (!finish_index(pending->table, index_number, status)) {
      return finish(pending->done, std::move(now));
    }
    const Index& index = *now->find_index(index_number);
    store_index_finish(pending, index.cell, index_filling_key(index));
  });
}

void EngineTableCatalog::store_index_finish(ChangePtr pending, engine::CellId cell,
                                            std::string filling_key) {
  engine_.transact(
      {.id = {}, .cells = {cell, engine::kTableCatalogCell}, .fences = {}},
      [pending, cell, filling_key](engine::Transaction& transaction) -> engine::Result<bool> {
        transaction.erase(cell, filling_key);
        transaction.put(engine::kTableCatalogCell, table_row_key(pending->table),
                        encode_table(pending->table));
        return true;
      },
      [this, pending](engine::Result<engine::Committed> committed) {
        if (!committed) {
          return finish(pending->done,
                        Unexpected(storage_error(committed.error(), pending->table.arn,
                                                 "changing an index")));
        }
        auto table = std::make_shared<const Table>(std::move(pending->table));
        tables_.put(table);
        announce(Change::kUpdated, table);
        finish(pending->done, table);
      });
}

}  // namespace millrace::dynamodb::table
