#include "dynamodb/stream/log_holds.h"

#include <algorithm>

namespace millrace::dynamodb::stream {

void LogHolds::hold(engine::CellId cell, std::string name, Applied applied) {
  std::lock_guard lock(mutex_);
  holders_[cell][std::move(name)] = std::move(applied);
}

void LogHolds::release(engine::CellId cell, const std::string& name) {
  std::lock_guard lock(mutex_);
  auto found = holders_.find(cell);
  if (found == holders_.end()) return;
  found->second.erase(name);
  if (found->second.empty()) holders_.erase(found);
}

std::optional<engine::Position> LogHolds::lowest(engine::CellId cell) const {
  // Called under the lock: after release() a holder may be gone.
  std::lock_guard lock(mutex_);
  auto found = holders_.find(cell);
  if (found == holders_.end()) return std::nullopt;
  std::optional<engine::Position> lowest;
  for (const auto& [name, applied] : found->second) {
    engine::Position position = applied();
    lowest = lowest ? std::min(*lowest, position) : position;
  }
  return lowest;
}

std::vector<engine::CellId> LogHolds::cells() const {
  std::lock_guard lock(mutex_);
  std::vector<engine::CellId> cells;
  cells.reserve(holders_.size());
  for (const auto& [cell, holders] : holders_) cells.push_back(cell);
  return cells;
}

}  // namespace millrace::dynamodb::stream
