#include "dynamodb/table/expiry_upkeep.h"

#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/log.h"
#include "dynamodb/table/catalog_rows.h"
#include "dynamodb/table/cell_head.h"
#include "dynamodb/table/item_slice.h"
#include "dynamodb/table/row_keys.h"
#include "engine/cells.h"

namespace millrace::dynamodb::table {

namespace {

// A step holds a cell, or reads, for about as long as a large request does.
constexpr size_t kRowsPerStep = 500;
constexpr size_t kBytesPerStep = 2u << 20;

// No table has this cell: numbers of cells and of enablings come from one counter. Rows of an
// enabling that has ended have no other writer.
engine::CellId ended_cell(uint64_t number) {
  return engine::CellId{number};
}

void warn(const char* what, uint64_t number, const engine::Error& error) {
  log_warning(what, {{"time_to_live", number},
                     {"code", engine::to_string(error.code)},
                     {"message", error.message}});
}

}  // namespace

struct ExpiryUpkeep::Adding {
  TablePtr table;
  TimeToLive time_to_live;
  std::string next;  // where the next step begins; empty: finished

  // Assigned by each run of a step.
  bool lost = false;  // the cell has no head
  std::string next_after_step;
  std::optional<int64_t> earliest;

  engine::Result<bool> run(engine::Transaction& transaction);
};

engine::Result<bool> ExpiryUpkeep::Adding::run(engine::Transaction& transaction) {
  lost = false;
  next_after_step.clear();
  earliest.reset();
  ItemSlice slice = item_slice_at(*table, next);
  MILLRACE_TRY(auto head, read_cell_head(transaction, slice.cell, table_cell_counts(*table)));
  lost = !head;
  if (lost) return false;
  if (head->time_to_live != time_to_live) return true;  // it has ended: so does this
  engine::RangeOptions options;
  options.begin = next;
  options.end = slice.end;
  options.rows_max = kRowsPerStep;
  std::vector<std::string> keys;
  std::string last;
  size_t rows = 0, bytes = 0;
  MILLRACE_CHECK_OK(
      transaction.range({slice.cell}, options, [&](std::string_view key, std::string_view encoded) {
        last.assign(key);
        ++rows;
        bytes += encoded.size();
        auto expiry = expiry_of(time_to_live.attribute, encoded);
        if (expiry) {
          keys.push_back(expiry_row_key(time_to_live.number, *expiry, key));
          if (!earliest || *expiry < *earliest) earliest = expiry;
        }
        return bytes < kBytesPerStep;
      }));
  for (const auto& key : keys) transaction.put(slice.cell, key, {});
  if (rows == kRowsPerStep || bytes >= kBytesPerStep) {
    next_after_step = last + '\0';
  } else if (!slice.is_last) {
    next_after_step = slice.end;
  }
  std::string progress = expiry_rows_prefix(time_to_live.number);
  if (next_after_step.empty()) {
    transaction.erase(slice.cell, progress);
  } else {
    transaction.put(slice.cell, progress, next_after_step);
  }
  return true;
}

PendingCalls::Token ExpiryUpkeep::begin_call() {
  std::lock_guard lock(mutex_);
  return stopping_ ? nullptr : calls_.begin();
}

void ExpiryUpkeep::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  calls_.wait();
}

void ExpiryUpkeep::add_rows(TablePtr table) {
  auto call = begin_call();
  if (!call) return;
  auto adding = std::make_shared<Adding>();
  adding->time_to_live = *table->time_to_live;
  adding->table = std::move(table);
  std::vector<engine::CellId> cells = adding->table->all_cells();
  engine_.snapshot(
      cells,
      [adding](engine::Reader& reader) -> engine::Result<void> {
        MILLRACE_TRY(auto next, reader.get(adding->table->cells.front().cell,
                                           expiry_rows_prefix(adding->time_to_live.number)));
        adding->next = next.value_or("");
        return {};
      },
      [self = shared_from_this(), adding, call](engine::Result<void> read) {
        if (!read) {
          return warn("items are given their expiry after the next start",
                      adding->time_to_live.number, read.error());
        }
        self->add_some(adding);
      });
}

void ExpiryUpkeep::add_some(std::shared_ptr<Adding> adding) {
  if (adding->next.empty()) return;
  executor_.post([self = shared_from_this(), adding] {
    auto call = self->begin_call();
    if (!call) return;
    self->engine_.transact(
        {.id = {}, .cells = {item_slice_at(*adding->table, adding->next).cell}, .fences = {}},
        [adding](engine::Transaction& transaction) { return adding->run(transaction); },
        [self, adding, call](engine::Result<engine::Committed> committed) {
          if (committed) return self->added_some(adding);
          if (adding->lost) return self->lost_cell(adding);
          warn("items are given their expiry after the next start", adding->time_to_live.number,
               committed.error());
        });
  });
}

void ExpiryUpkeep::added_some(std::shared_ptr<Adding> adding) {
  adding->next = adding->next_after_step;
  if (adding->earliest) added_({adding->time_to_live.number, *adding->earliest});
  add_some(std::move(adding));
}

void ExpiryUpkeep::lost_cell(std::shared_ptr<Adding> adding) {
  catalog_.when_settled([self = shared_from_this(), adding, call = begin_call()] {
    if (!call) return;
    TablePtr newer = self->catalog_.newer(*adding->table);
    if (!newer) return;  // the table is gone, and with it what was to be done
    adding->table = std::move(newer);
    self->add_some(adding);
  });
}

void ExpiryUpkeep::erase_rows(uint64_t number) {
  executor_.post([self = shared_from_this(), number] {
    auto call = self->begin_call();
    if (!call) return;
    auto erased = std::make_shared<size_t>(0);
    self->engine_.transact(
        {.id = {}, .cells = {ended_cell(number)}, .fences = {}},
        [number, erased](engine::Transaction& transaction) -> engine::Result<bool> {
          engine::RangeOptions options;
          options.begin = expiry_rows_prefix(number);
          options.end = after_prefix(options.begin);
          options.rows_max = kRowsPerStep;
          std::vector<std::string> keys;
          MILLRACE_CHECK_OK(transaction.range({ended_cell(number)}, options,
                                              [&](std::string_view key, std::string_view) {
                                                keys.emplace_back(key);
                                                return true;
                                              }));
          for (const auto& key : keys) transaction.erase(ended_cell(number), key);
          *erased = keys.size();
          return true;
        },
        [self, number, erased, call](engine::Result<engine::Committed> committed) {
          if (!committed) {
            return warn("expiries are erased after the next start", number, committed.error());
          }
          if (*erased > 0) return self->erase_rows(number);
          self->forget(number);
        });
  });
}

void ExpiryUpkeep::forget(uint64_t number) {
  auto call = begin_call();
  if (!call) return;
  engine_.transact(
      {.id = {}, .cells = {engine::kTableCatalogCell}, .fences = {}},
      [number](engine::Transaction& transaction) -> engine::Result<bool> {
        transaction.erase(engine::kTableCatalogCell, ended_time_to_live_key(number));
        return true;
      },
      [number, call](engine::Result<engine::Committed> committed) {
        if (!committed) {
          warn("expiries are erased after the next start", number, committed.error());
        }
      });
}

void ExpiryUpkeep::resume_erasing() {
  auto call = begin_call();
  if (!call) return;
  auto numbers = std::make_shared<std::vector<uint64_t>>();
  engine_.snapshot(
      {engine::kTableCatalogCell},
      [numbers](engine::Reader& reader) -> engine::Result<void> {
        numbers->clear();
        engine::RangeOptions options;
        options.begin = ended_time_to_live_prefix();
        options.end = after_prefix(options.begin);
        return reader.range({engine::kTableCatalogCell}, options,
                            [&](std::string_view key, std::string_view) {
                              numbers->push_back(read_u64(key.substr(2)));
                              return true;
                            });
      },
      [self = shared_from_this(), numbers, call](engine::Result<void> read) {
        if (!read) return;  // the engine is stopping
        for (uint64_t number : *numbers) self->erase_rows(number);
      });
}

}  // namespace millrace::dynamodb::table
