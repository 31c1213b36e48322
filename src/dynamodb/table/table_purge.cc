#include "dynamodb/table/table_purge.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/log.h"
#include "dynamodb/stream/follower.h"
#include "dynamodb/table/cell_head.h"
#include "dynamodb/table/index_filling.h"
#include "dynamodb/table/index_followers.h"
#include "dynamodb/table/row_keys.h"

namespace millrace::dynamodb::table {

namespace {

// A step's bounds: what it reads stays small beside a request's work, so that writers of other
// tables do not feel it.
constexpr size_t kRowsPerStep = 500;
constexpr size_t kBytesPerStep = 2u << 20;

struct Slice {
  engine::CellId cell;
  engine::RangeOptions options;
  std::vector<std::string> last;  // single rows, erased when the range is empty
};

// The rows below `prefix`, which go on with a hash, by the cells that keep them.
void add_slices(std::vector<Slice>& slices, const Table& table, const std::string& prefix) {
  for (size_t i = 0; i < table.cells.size(); ++i) {
    engine::RangeOptions options;
    options.rows_max = kRowsPerStep;
    options.begin = prefix;
    append_u64(options.begin, table.cells[i].begin);
    if (i + 1 < table.cells.size()) {
      options.end = prefix;
      append_u64(options.end, table.cells[i + 1].begin);
    } else {
      options.end = after_prefix(prefix);
    }
    engine::CellId cell = table.cells[i].cell;
    // A removed table has no heads any more; a backup's content has.
    slices.push_back({cell, std::move(options), {cell_head_key(cell)}});
  }
}

std::vector<engine::CellId> logs_of(const Table& table) {
  std::vector<engine::CellId> cells = table.all_cells();
  std::vector<engine::CellId> ended = table.ended_cells();
  cells.insert(cells.end(), ended.begin(), ended.end());
  return cells;
}

Slice global_index_slice(const Table& table, const Index& index) {
  Slice slice{index.cell, {}, {index_filling_key(index)}};
  slice.options.begin = index_rows_prefix(index);
  slice.options.end = after_prefix(slice.options.begin);
  slice.options.rows_max = kRowsPerStep;
  for (engine::CellId cell : logs_of(table)) {
    slice.last.push_back(stream::follower_key(index_follower_name(index, cell)));
  }
  return slice;
}

std::vector<Slice> slices_of(const Table& table) {
  std::vector<Slice> slices;
  if (!table.items_kept) add_slices(slices, table, item_rows_prefix(table.number));
  for (const auto& index : table.indexes) {
    if (index.global) {
      slices.push_back(global_index_slice(table, index));
    } else {
      add_slices(slices, table, index_rows_prefix(index));
    }
  }
  return slices;
}

// Erases the first rows of the slice; false, and the slice is done, if there were none.
engine::Result<bool> erase_some(engine::Transaction& transaction, const Slice& slice) {
  std::vector<std::string> keys;
  size_t bytes = 0;
  MILLRACE_CHECK_OK(transaction.range({slice.cell}, slice.options,
                                      [&](std::string_view key, std::string_view value) {
                                        keys.emplace_back(key);
                                        bytes += key.size() + value.size();
                                        return bytes < kBytesPerStep;
                                      }));
  for (const auto& key : keys.empty() ? slice.last : keys) transaction.erase(slice.cell, key);
  return !keys.empty();
}

}  // namespace

struct TablePurge::Work {
  TablePtr table;
  std::optional<uint64_t> index_number;  // only this index is emptied
  std::vector<Slice> slices;             // the last one is being worked on
};

void TablePurge::start(TablePtr table) {
  auto work = std::make_shared<Work>();
  work->slices = slices_of(*table);
  work->table = std::move(table);
  step(std::move(work));
}

void TablePurge::start_indexes(const TablePtr& table) {
  for (const auto& index : table->indexes) {
    if (index.status != IndexStatus::kDeleting) continue;
    {
      std::lock_guard lock(mutex_);
      if (!emptied_.insert(index.number).second) continue;
    }
    auto work = std::make_shared<Work>();
    work->table = table;
    work->index_number = index.number;
    work->slices.push_back(global_index_slice(*table, index));
    step(std::move(work));
  }
}

void TablePurge::step(std::shared_ptr<Work> work) {
  if (work->slices.empty()) return finish(work);
  auto self = shared_from_this();
  executor_.post([self, work] {
    auto erased = std::make_shared<bool>(false);
    self->engine_.transact(
        {.id = {}, .cells = {work->slices.back().cell}, .fences = {}},
        [work, erased](engine::Transaction& transaction) -> engine::Result<bool> {
          MILLRACE_TRY(*erased, erase_some(transaction, work->slices.back()));
          return true;
        },
        [self, work, erased](engine::Result<engine::Committed> committed) {
          if (!committed) {
            log_warning("removal of rows goes on after the next start",
                        {{"table", work->table->arn},
                         {"code", engine::to_string(committed.error().code)},
                         {"message", committed.error().message}});
            return;
          }
          if (!*erased) work->slices.pop_back();
          self->step(work);
        });
  });
}

void TablePurge::finish(const std::shared_ptr<Work>& work) {
  if (work->index_number) {
    finish_index(work->table, *work->index_number);
  } else {
    finish_table(work->table);
  }
}

void TablePurge::finish_table(const TablePtr& table) {
  // A stream's records outlive its table; those that only indexes followed have served their turn.
  if (table->latest_stream_arn.empty()) forget_logs(log_ends(*table));
  catalog_.finish_removal(table, [table](engine::Result<void> finished) {
    if (finished) return;
    log_warning("removal of a table is finished after the next start",
                {{"table", table->arn}, {"code", engine::to_string(finished.error().code)}});
  });
}

void TablePurge::finish_index(const TablePtr& table, uint64_t index_number) {
  // As they are now: another follower, or a stream, may begin as soon as the index is gone.
  catalog_.finish_index_change(table, index_number, IndexStatus::kDeleting,
                               [self = shared_from_this(), index_number,
                                ends = log_ends(*table)](const aws::Result<TablePtr>& after) {
                                 bool needless = after && *after && !(*after)->keeps_log();
                                 if (needless && (*after)->latest_stream_arn.empty())
                                   self->forget_logs(ends);
                                 std::lock_guard lock(self->mutex_);
                                 self->emptied_.erase(index_number);
                               });
}

TablePurge::LogEnds TablePurge::log_ends(const Table& table) {
  LogEnds ends;
  for (engine::CellId cell : logs_of(table)) {
    if (auto log = engine_.log_range(cell)) ends.emplace_back(cell, log->last);
  }
  return ends;
}

void TablePurge::forget_logs(const LogEnds& ends) {
  for (const auto& [cell, last] : ends) (void)engine_.log_trim(cell, last);
}

}  // namespace millrace::dynamodb::table
