#include "engine/rocksdb/cell_table.h"

#include <algorithm>

namespace millrace::engine::rocks {

Cell& CellTable::at(CellId id) {
  // Cells are numbered by a counter, so neighbours go to different shards.
  Shard& shard = shards_[static_cast<uint64_t>(id) % shards_.size()];
  std::lock_guard lock(shard.mutex);
  auto& cell = shard.cells[id];
  if (!cell) cell = std::make_unique<Cell>(id);
  return *cell;
}

CellLocks::CellLocks(CellTable& table, std::vector<CellId> ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  cells_.reserve(ids.size());
  for (CellId id : ids) {
    cells_.push_back(&table.at(id));
    cells_.back()->transaction_mutex.lock();
  }
}

CellLocks::~CellLocks() {
  for (Cell* cell : cells_) cell->transaction_mutex.unlock();
}

Cell* CellLocks::find(CellId id) const {
  auto found = std::lower_bound(cells_.begin(), cells_.end(), id,
                                [](const Cell* cell, CellId wanted) { return cell->id < wanted; });
  return found != cells_.end() && (*found)->id == id ? *found : nullptr;
}

Ticket CellLocks::last_ticket() const {
  Ticket last = 0;
  for (const Cell* cell : cells_) last = std::max(last, cell->last_ticket);
  return last;
}

void CellLocks::set_last_ticket(Ticket ticket) {
  for (Cell* cell : cells_) cell->last_ticket = ticket;
}

}  // namespace millrace::engine::rocks
