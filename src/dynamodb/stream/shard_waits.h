// Who waits for a shard to grow or to close. Growth is the engine's to notice; closing is not, as
// it may come without a record. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "base/unique_function.h"
#include "engine/engine.h"

namespace millrace::dynamodb::stream {

class ShardWaits : public std::enable_shared_from_this<ShardWaits> {
 public:
  explicit ShardWaits(engine::Engine& engine) : engine_(engine) {}

  // Calls `wake` once: when the cell's log has a durable record beyond `beyond` (nothing: never for
  // that), when wake_cell() is called, or at the deadline.
  engine::WaitId add(engine::CellId cell, std::optional<engine::Position> beyond,
                     std::optional<Timestamp> deadline, UniqueFunction<void()> wake);
  // True if its `wake` will not run.
  bool cancel(engine::WaitId id);
  void wake_cell(engine::CellId cell);
  // Drops all waits.
  void close();

 private:
  struct Wait {
    engine::CellId cell;
    UniqueFunction<void()> wake;
    std::optional<engine::WaitId> engine_wait;
  };
  void fire(engine::WaitId id);

  engine::Engine& engine_;
  std::mutex mutex_;
  std::unordered_map<engine::WaitId, Wait> waits_;
  engine::WaitId next_id_ = 1;
};

}  // namespace millrace::dynamodb::stream
