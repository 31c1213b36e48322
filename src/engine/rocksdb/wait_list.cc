#include "engine/rocksdb/wait_list.h"

namespace millrace::engine::rocks {

WaitId WaitList::add(std::vector<std::pair<CellId, Position>> positions, Wake wake) {
  std::lock_guard lock(mutex_);
  WaitId id = next_id_++;
  for (const auto& [cell, position] : positions) by_cell_[cell].insert({position, id});
  waiters_.emplace(id, Waiter{std::move(positions), std::move(wake), std::nullopt});
  return id;
}

void WaitList::set_timer(WaitId id, TimerId timer) {
  {
    std::lock_guard lock(mutex_);
    auto found = waiters_.find(id);
    if (found != waiters_.end()) {
      found->second.timer = timer;
      return;
    }
  }
  timers_.cancel(timer);
}

Wake WaitList::take(Waiters::iterator waiter, std::vector<TimerId>& timers) {
  for (const auto& [cell, position] : waiter->second.positions) {
    auto watched = by_cell_.find(cell);
    if (watched == by_cell_.end()) continue;  // the same cell, named twice
    watched->second.erase({position, waiter->first});
    if (watched->second.empty()) by_cell_.erase(watched);
  }
  if (waiter->second.timer) timers.push_back(*waiter->second.timer);
  Wake wake = std::move(waiter->second.wake);
  waiters_.erase(waiter);
  return wake;
}

void WaitList::cancel(const std::vector<TimerId>& timers) {
  for (TimerId timer : timers) timers_.cancel(timer);
}

Wake WaitList::remove(WaitId id) {
  std::vector<TimerId> timers;
  Wake wake;
  {
    std::lock_guard lock(mutex_);
    auto found = waiters_.find(id);
    if (found == waiters_.end()) return nullptr;
    wake = take(found, timers);
  }
  cancel(timers);
  return wake;
}

void WaitList::collect(const std::vector<std::pair<CellId, Position>>& advances,
                       std::vector<Wake>& wakes) {
  std::vector<TimerId> timers;
  {
    std::lock_guard lock(mutex_);
    if (waiters_.empty()) return;
    for (const auto& [cell, durable] : advances) {
      while (true) {
        auto watched = by_cell_.find(cell);
        if (watched == by_cell_.end() || watched->second.begin()->first >= durable) break;
        wakes.push_back(take(waiters_.find(watched->second.begin()->second), timers));
      }
    }
  }
  cancel(timers);
}

void WaitList::clear() {
  std::vector<TimerId> timers;
  Waiters dropped;
  {
    std::lock_guard lock(mutex_);
    for (auto& [id, waiter] : waiters_) {
      if (waiter.timer) timers.push_back(*waiter.timer);
    }
    dropped.swap(waiters_);
    by_cell_.clear();
  }
  cancel(timers);
}

}  // namespace millrace::engine::rocks
