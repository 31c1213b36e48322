// Where readers must stop while a shard is being closed.
//
// Between the commit that closes a shard and the moment this process publishes the new description,
// records of its child can already be durable at the positions behind. A reader that still takes
// the shard for open would return them twice: once as the parent's, once as the child's. So the
// closing transaction, while it holds the cell and before anything can be appended behind, places a
// fence here. A reader reads the log first and looks for a fence afterwards: whatever it read
// beyond one, it sees the fence, or the published description once the fence is gone. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>

#include "engine/engine.h"

namespace millrace::dynamodb::stream {

class ReadFences : public std::enable_shared_from_this<ReadFences> {
 public:
  // `removed` is called after a fence has gone, on the thread that dropped it.
  explicit ReadFences(std::function<void(engine::CellId)> removed) : removed_(std::move(removed)) {}

  // Stands until the returned token is destroyed.
  std::shared_ptr<void> place(engine::CellId cell, engine::Position position);
  std::optional<engine::Position> lowest(engine::CellId cell) const;

 private:
  void remove(engine::CellId cell, engine::Position position);

  const std::function<void(engine::CellId)> removed_;
  mutable std::mutex mutex_;
  std::unordered_map<engine::CellId, std::multiset<engine::Position>> fences_;
};

}  // namespace millrace::dynamodb::stream
