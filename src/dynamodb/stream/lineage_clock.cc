#include "dynamodb/stream/lineage_clock.h"

#include <algorithm>
#include <cassert>
#include <mutex>

#include "dynamodb/stream/log_search.h"

namespace millrace::dynamodb::stream {

engine::Result<void> LineageClock::prepare(engine::CellId cell) {
  if (find(cell) != nullptr) return {};
  MILLRACE_TRY(auto range, engine_.log_range(cell));
  Timestamp last = streams_.lineage_floor(cell);
  if (range.last >= range.first) {
    MILLRACE_TRY(Timestamp newest, commit_time(engine_, cell, range.last));
    last = std::max(last, newest);
  }
  find_or_add(cell, last);
  return {};
}

Timestamp LineageClock::next_commit_time(engine::CellId cell, Timestamp now) {
  Last* last = find(cell);
  assert(last != nullptr);
  // Relaxed: the caller holds the cell, so calls for it never overlap.
  int64_t time = std::max(last->load(std::memory_order_relaxed), now.time_since_epoch().count());
  last->store(time, std::memory_order_relaxed);
  return Timestamp(Duration(time));
}

void LineageClock::continue_from(engine::CellId child, engine::CellId parent) {
  Last* last = find(parent);
  assert(last != nullptr);
  find_or_add(child, Timestamp(Duration(last->load(std::memory_order_relaxed))));
}

LineageClock::Last* LineageClock::find(engine::CellId cell) const {
  std::shared_lock lock(mutex_);
  auto found = last_.find(cell);
  return found == last_.end() ? nullptr : found->second.get();
}

LineageClock::Last& LineageClock::find_or_add(engine::CellId cell, Timestamp at_least) {
  std::unique_lock lock(mutex_);
  auto [entry, added] = last_.try_emplace(cell);
  // Whoever came first has read the same log end or has written since, which is no earlier.
  if (added) entry->second = std::make_unique<Last>(at_least.time_since_epoch().count());
  return *entry->second;
}

}  // namespace millrace::dynamodb::stream
