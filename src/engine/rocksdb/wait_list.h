// Who wants to know that a log has grown. A waiter costs one entry for each cell it watches and one
// timer; nothing happens to it until one of its logs grows or its deadline comes. Thread-safe.
#pragma once

#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/executor.h"
#include "engine/engine.h"

namespace millrace::engine::rocks {

using Wake = UniqueFunction<void()>;

class WaitList {
 public:
  explicit WaitList(Timers& timers) : timers_(timers) {}

  WaitId add(std::vector<std::pair<CellId, Position>> positions, Wake wake);
  // The timer is cancelled when the waiter is taken out before its time has come.
  void set_timer(WaitId id, TimerId timer);
  // Takes the waiter out; an empty function if it is gone already.
  Wake remove(WaitId id);
  // Takes out everybody who waits for a record that has become durable. `advances`: logs with their
  // newest durable positions.
  void collect(const std::vector<std::pair<CellId, Position>>& advances, std::vector<Wake>& wakes);
  // Drops all waiters without waking them.
  void clear();

 private:
  struct Waiter {
    std::vector<std::pair<CellId, Position>> positions;
    Wake wake;
    std::optional<TimerId> timer;
  };
  using Waiters = std::unordered_map<WaitId, Waiter>;
  // Adds the waiter's timer to `timers`, to be cancelled outside of the mutex.
  Wake take(Waiters::iterator waiter, std::vector<TimerId>& timers);
  void cancel(const std::vector<TimerId>& timers);

  Timers& timers_;
  std::mutex mutex_;
  WaitId next_id_ = 1;
  Waiters waiters_;
  // By the position that a waiter has seen: the first entries are the first to be woken.
  std::unordered_map<CellId, std::set<std::pair<Position, WaitId>>> by_cell_;
};

}  // namespace millrace::engine::rocks
