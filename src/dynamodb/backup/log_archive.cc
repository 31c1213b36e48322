#include "dynamodb/backup/log_archive.h"

#include <string>

#include "dynamodb/stream/log_search.h"

namespace millrace::dynamodb::backup {

namespace {

const std::string kHolder = "backups";

std::vector<engine::CellId> logs_of(const table::Table& table) {
  std::vector<engine::CellId> cells = table.ended_cells();
  for (engine::CellId cell : table.all_cells()) cells.push_back(cell);
  return cells;
}

}  // namespace

void LogArchive::hold(const table::Table& table) {
  std::lock_guard lock(mutex_);
  for (engine::CellId cell : logs_of(table)) {
    Needed& needed = needed_[cell];
    if (needed) continue;
    needed = std::make_shared<std::atomic<engine::Position>>(0);
    streams_.log_holds().hold(cell, kHolder, [needed] { return needed->load(); });
  }
}

void LogArchive::trim(const table::Table& table, Timestamp now) {
  if (!table.goes_back()) return release(table);
  if (!table.recovery || !table.copies.empty()) return;
  Timestamp horizon = now - std::chrono::hours(24) * table.recovery->days;
  for (engine::CellId cell : logs_of(table)) {
    Needed needed;
    {
      std::lock_guard lock(mutex_);
      auto found = needed_.find(cell);
      if (found == needed_.end()) continue;
      needed = found->second;
    }
    auto range = engine_.log_range(cell);
    if (!range || range->last < range->first) continue;
    // Tried again later if the log changes meanwhile.
    auto old = stream::last_before(engine_, cell, range->first - 1, range->last, horizon);
    if (old) needed->store(*old);
  }
}

void LogArchive::release(const table::Table& table) {
  std::lock_guard lock(mutex_);
  for (engine::CellId cell : logs_of(table)) {
    if (needed_.erase(cell) > 0) streams_.log_holds().release(cell, kHolder);
  }
}

}  // namespace millrace::dynamodb::backup
