#include "dynamodb/table/table_purge.h"

#include <string>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/log.h"
#include "dynamodb/stream/follower.h"
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
    options.begin = prefix;
    append_u64(options.begin, table.cells[i].begin);
    if (i + 1 < table.cells.size()) {
      options.end = prefix;
      append_u64(options.end, table.cells[i + 1].begin);
    } else {
      options.end = after_prefix(prefix);
    }
    slices.push_back({table.cells[i].cell, std::move(options), {}});
  }
}

std::vector<engine::CellId> logs_of(const Table& table) {
  std::vector<engine::CellId> cells = table.all_cells();
  std::vector<engine::CellId> ended = table.ended_cells();
  cells.insert(cells.end(), ended.begin(), ended.end());
  return cells;
}

std::vector<Slice> slices_of(const Table& table) {
  std::vector<Slice> slices;
  add_slices(slices, table, item_rows_prefix(table.number));
  for (const auto& index : table.indexes) {
    std::string prefix = index_rows_prefix(index);
    if (index.global) {
      engine::RangeOptions options;
      options.begin = prefix;
      options.end = after_prefix(prefix);
      std::vector<std::string> positions;
      for (engine::CellId cell : logs_of(table)) {
        positions.push_back(stream::follower_key(index_follower_name(index, cell)));
      }
      slices.push_back({index.cell, std::move(options), std::move(positions)});
    } else {
      add_slices(slices, table, prefix);
    }
  }
  for (auto& slice : slices) slice.options.rows_max = kRowsPerStep;
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
  std::vector<Slice> slices;  // the last one is being worked on
};

void TablePurge::start(TablePtr table) {
  auto work = std::make_shared<Work>();
  work->slices = slices_of(*table);
  work->table = std::move(table);
  step(std::move(work));
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
            log_warning("removal of a table's rows goes on after the next start",
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
  const Table& table = *work->table;
  // A stream's records outlive its table; those that only indexes followed have served their turn.
  if (table.latest_stream_arn.empty()) {
    for (engine::CellId cell : logs_of(table)) {
      auto log = engine_.log_range(cell);
      if (log) (void)engine_.log_trim(cell, log->last);
    }
  }
  catalog_.finish_removal(work->table, [table = work->table](engine::Result<void> finished) {
    if (finished) return;
    log_warning("removal of a table is finished after the next start",
                {{"table", table->arn}, {"code", engine::to_string(finished.error().code)}});
  });
}

}  // namespace millrace::dynamodb::table
