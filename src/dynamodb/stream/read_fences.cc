#include "dynamodb/stream/read_fences.h"

namespace millrace::dynamodb::stream {

std::shared_ptr<void> ReadFences::place(engine::CellId cell, engine::Position position) {
  {
    std::lock_guard lock(mutex_);
    fences_[cell].insert(position);
  }
  return {nullptr, [self = shared_from_this(), cell, position](std::nullptr_t) {
            self->remove(cell, position);
          }};
}

std::optional<engine::Position> ReadFences::lowest(engine::CellId cell) const {
  std::lock_guard lock(mutex_);
  auto found = fences_.find(cell);
  if (found == fences_.end()) return std::nullopt;
  return *found->second.begin();
}

void ReadFences::remove(engine::CellId cell, engine::Position position) {
  {
    std::lock_guard lock(mutex_);
    auto found = fences_.find(cell);
    found->second.erase(found->second.find(position));
    if (found->second.empty()) fences_.erase(found);
  }
  removed_(cell);
}

}  // namespace millrace::dynamodb::stream
