#include "dynamodb/stream/shard_waits.h"

#include <vector>

namespace millrace::dynamodb::stream {
namespace {

// Beyond what any log reaches: such a wait ends at its deadline only.
constexpr engine::Position kNever = UINT64_MAX / 2;

}  // namespace

engine::WaitId ShardWaits::add(engine::CellId cell, std::optional<engine::Position> beyond,
                               std::optional<Timestamp> deadline, UniqueFunction<void()> wake) {
  engine::WaitId id = 0;
  {
    std::lock_guard lock(mutex_);
    id = next_id_++;
    waits_.emplace(id, Wait{cell, std::move(wake), std::nullopt});
  }
  if (!beyond && !deadline) return id;
  engine::WaitId engine_wait =
      engine_.wait({{cell, beyond.value_or(kNever)}}, deadline, [weak = weak_from_this(), id] {
        if (auto self = weak.lock()) self->fire(id);
      });
  bool gone = true;
  {
    std::lock_guard lock(mutex_);
    auto found = waits_.find(id);
    if (found != waits_.end()) {
      found->second.engine_wait = engine_wait;
      gone = false;
    }
  }
  if (gone) engine_.cancel_wait(engine_wait);  // it woke before we knew its id
  return id;
}

bool ShardWaits::cancel(engine::WaitId id) {
  std::optional<engine::WaitId> engine_wait;
  {
    std::lock_guard lock(mutex_);
    auto found = waits_.find(id);
    if (found == waits_.end()) return false;
    engine_wait = found->second.engine_wait;
    waits_.erase(found);
  }
  if (engine_wait) engine_.cancel_wait(*engine_wait);
  return true;
}

void ShardWaits::wake_cell(engine::CellId cell) {
  std::vector<engine::WaitId> ids;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [id, wait] : waits_) {
      if (wait.cell == cell) ids.push_back(id);
    }
  }
  for (engine::WaitId id : ids) fire(id);
}

void ShardWaits::close() {
  std::unordered_map<engine::WaitId, Wait> waits;
  {
    std::lock_guard lock(mutex_);
    waits.swap(waits_);
  }
  for (auto& [id, wait] : waits) {
    if (wait.engine_wait) engine_.cancel_wait(*wait.engine_wait);
  }
}

void ShardWaits::fire(engine::WaitId id) {
  Wait wait;
  {
    std::lock_guard lock(mutex_);
    auto found = waits_.find(id);
    if (found == waits_.end()) return;
    wait = std::move(found->second);
    waits_.erase(found);
  }
  if (wait.engine_wait) engine_.cancel_wait(*wait.engine_wait);
  wait.wake();
}

}  // namespace millrace::dynamodb::stream
