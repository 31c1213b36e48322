// Changes of a table's cells: splits and rotations (docs/decisions/0003-splits.md).
#include <algorithm>
#include <utility>

#include "base/crash_point.h"
#include "dynamodb/table/catalog_rows.h"
#include "dynamodb/table/cell_head.h"
#include "dynamodb/table/engine_table_catalog.h"
#include "dynamodb/table/index_change_rules.h"
#include "dynamodb/table/storage_error.h"
#include "dynamodb/table/table_codec.h"
#include "engine/cells.h"

namespace millrace::dynamodb::table {

// A split or rotation that is under way: what its transaction assigns whole each time it runs, and
// who waits.
struct EngineTableCatalog::Partitioning {
  TablePtr before;
  std::string request_id;
  Completion done;
  size_t range = 0;  // of before->cells: which one is split
  engine::CellId lower{}, upper{};
  std::vector<engine::CellId> rotated;

  Table after;
  std::vector<stream::StreamStore::PendingChange> streams;

  engine::CellId parent() const { return before->cells[range].cell; }
};

namespace {

// The hashes of a range; zero stands for all 2^64.
uint64_t width_of(const Table& table, size_t range) {
  uint64_t end = range + 1 < table.cells.size() ? table.cells[range + 1].begin : 0;
  return end - table.cells[range].begin;
}

// The range of the cell, or the widest one if no cell is given; nothing if there is no such cell.
std::optional<size_t> find_range(const Table& table, std::optional<engine::CellId> cell) {
  size_t widest = 0;
  for (size_t i = 0; i < table.cells.size(); ++i) {
    if (cell && table.cells[i].cell == *cell) return i;
    // One less, so that all hashes are the most.
    if (width_of(table, i) - 1 > width_of(table, widest) - 1) widest = i;
  }
  return cell ? std::nullopt : std::optional(widest);
}

// The table with the range's cell replaced by two.
Table split_table(const Table& table, size_t range, const CellSplit& split) {
  Table after = table;
  uint64_t begin = table.cells[range].begin;
  uint64_t half = (width_of(table, range) - 1) / 2 + 1;
  after.cells[range] = {begin, split.lower};
  after.cells.insert(after.cells.begin() + static_cast<ptrdiff_t>(range) + 1,
                     {begin + half, split.upper});
  after.splits.push_back(split);
  return after;
}

// Which rows are in which half is not counted while writers wait: each gets half, so that only the
// sum over a table's cells, which is all that is shown, is exact.
void divide_head(engine::Transaction& transaction, const CellHead& head, const CellSplit& split) {
  CellHead lower = head, upper = head;
  for (size_t i = 0; i < head.counts.size(); ++i) {
    lower.counts[i] = {head.counts[i].items / 2, head.counts[i].bytes / 2};
    upper.counts[i].items -= lower.counts[i].items;
    upper.counts[i].bytes -= lower.counts[i].bytes;
  }
  put_cell_head(transaction, split.lower, lower);
  put_cell_head(transaction, split.upper, upper);
  transaction.erase(split.parent, cell_head_key(split.parent));
}

Unexpected<aws::ApiError> cell_not_found(const Table& table) {
  return aws::api_error(
      400, "ResourceNotFoundException",
      "Requested resource not found: Table: " + table.name + " has no such partition (any more)");
}

}  // namespace

void EngineTableCatalog::split(const aws::RequestContext& context, std::string name,
                               std::optional<engine::CellId> cell, Completion done) {
  enqueue(
      [this, account = context.account, region = context.region, request_id = context.request_id,
       name = std::move(name), cell](Completion answer) mutable {
        TablePtr table = tables_.find(account, region, name);
        if (!table) return finish(answer, table_not_found(name));
        if (auto free = check_not_being_created(*table); !free) {
          return finish(answer, Unexpected(std::move(free).error()));
        }
        auto range = find_range(*table, cell);
        if (!range) return finish(answer, cell_not_found(*table));
        if (table->cells.size() >= static_cast<size_t>(kCellsPerTableMax)) {
          return finish(answer, limit_exceeded("A table has at most " +
                                               std::to_string(kCellsPerTableMax) + " partitions"));
        }
        auto split = std::make_shared<Partitioning>();
        split->before = std::move(table);
        split->request_id = std::move(request_id);
        split->done = std::move(answer);
        split->range = *range;
        if (auto prepared = lineage_clock_.prepare(split->parent()); !prepared) {
          return fail(*split, prepared.error(), "splitting a partition");
        }
        allocate_halves(std::move(split));
      },
      std::move(done));
}

void EngineTableCatalog::fail(Partitioning& change, const engine::Error& error,
                              std::string_view what) {
  finish(change.done, Unexpected(storage_error(error, change.request_id, what)));
}

void EngineTableCatalog::allocate_halves(std::shared_ptr<Partitioning> split) {
  engine_.transact(
      {.id = {}, .cells = {engine::kSystemCell}, .fences = {}},
      [split](engine::Transaction& transaction) -> engine::Result<bool> {
        MILLRACE_TRY(uint64_t first, engine::allocate_numbers(transaction, 2));
        split->lower = engine::CellId{first};
        split->upper = engine::CellId{first + 1};
        return true;
      },
      [this, split](engine::Result<engine::Committed> committed) {
        MILLRACE_CRASH_POINT("split.numbered");
        if (committed) return store_split(split);
        fail(*split, committed.error(), "splitting a partition");
      });
}

void EngineTableCatalog::store_split(std::shared_ptr<Partitioning> split) {
  engine_.transact(
      {.id = {},
       .cells = {split->parent(), split->lower, split->upper, engine::kTableCatalogCell},
       .fences = {}},
      [this, split](engine::Transaction& transaction) -> engine::Result<bool> {
        split->streams.clear();
        MILLRACE_TRY(auto head, read_cell_head(transaction, split->parent(),
                                               table_cell_counts(*split->before)));
        if (!head) {
          return Unexpected(engine::Error{engine::ErrorCode::kCorrupt, "a cell has no head"});
        }
        CellSplit cells{split->parent(), 0, split->lower, split->upper};
        MILLRACE_TRY(cells.last, transaction.log_end(cells.parent));
        Timestamp now = lineage_clock_.next_commit_time(cells.parent, clock_.now());
        MILLRACE_TRY(auto stream, streams_.split(transaction, split->before->number, cells.parent,
                                                 {cells.lower, cells.upper}, now));
        if (stream.apply) split->streams.push_back(std::move(stream));
        divide_head(transaction, *head, cells);
        split->after = split_table(*split->before, split->range, cells);
        transaction.put(engine::kTableCatalogCell, table_row_key(split->after),
                        encode_table(split->after));
        MILLRACE_CRASH_POINT("split.assembled");
        return true;
      },
      [this, split](engine::Result<engine::Committed> committed) {
        if (!committed) return fail(*split, committed.error(), "splitting a partition");
        MILLRACE_CRASH_POINT("split.committed");
        for (auto& stream : split->streams) stream.apply();
        auto table = std::make_shared<const Table>(std::move(split->after));
        // Before any writer can reach the new cells.
        table->published_splits->store(table->splits.size(), std::memory_order_release);
        tables_.put(table);
        announce(Change::kUpdated, table);
        finish(split->done, table);
      });
}

void EngineTableCatalog::rotate(const aws::RequestContext& context, std::string name,
                                std::optional<engine::CellId> cell, Completion done) {
  enqueue(
      [this, account = context.account, region = context.region, request_id = context.request_id,
       name = std::move(name), cell](Completion answer) mutable {
        TablePtr table = tables_.find(account, region, name);
        if (!table) return finish(answer, table_not_found(name));
        if (!table->stream_view_type) {
          return finish(answer, aws::validation_error("Table has no stream whose shards could be "
                                                      "rotated: TableName: " +
                                                      name));
        }
        if (cell && !find_range(*table, cell)) return finish(answer, cell_not_found(*table));
        auto rotation = std::make_shared<Partitioning>();
        rotation->rotated = cell ? std::vector{*cell} : table->all_cells();
        rotation->before = std::move(table);
        rotation->request_id = std::move(request_id);
        rotation->done = std::move(answer);
        store_rotation(std::move(rotation));
      },
      std::move(done));
}

void EngineTableCatalog::store_rotation(std::shared_ptr<Partitioning> rotation) {
  std::vector<engine::CellId> cells = rotation->rotated;
  cells.push_back(engine::kTableCatalogCell);
  engine_.transact(
      {.id = {}, .cells = std::move(cells), .fences = {}},
      [this, rotation](engine::Transaction& transaction) -> engine::Result<bool> {
        rotation->streams.clear();
        for (engine::CellId cell : rotation->rotated) {
          MILLRACE_TRY(auto stream, streams_.rotate(transaction, rotation->before->number, cell));
          if (stream.apply) rotation->streams.push_back(std::move(stream));
        }
        return true;
      },
      [this, rotation](engine::Result<engine::Committed> committed) {
        if (!committed) return fail(*rotation, committed.error(), "rotating shards");
        for (auto& stream : rotation->streams) stream.apply();
        finish(rotation->done, rotation->before);
      });
}

void EngineTableCatalog::when_settled(UniqueFunction<void()> done) {
  {
    std::lock_guard lock(mutex_);
    settled_.push_back(std::move(done));
    if (settled_.size() > 1) return;  // the first of them has queued the turn
  }
  changes_.add_always([this] {
    std::vector<UniqueFunction<void()>> waiting;
    {
      std::lock_guard lock(mutex_);
      waiting.swap(settled_);
    }
    changes_.finish();
    for (auto& each : waiting) each();
  });
}

}  // namespace millrace::dynamodb::table
