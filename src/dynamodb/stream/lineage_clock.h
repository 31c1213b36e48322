// Commit times of change records. They never run backwards within a lineage of shards, whatever the
// clock does and across restarts, so that "start at a time" and expiry are binary searches.
//
// One for a server: it remembers the last time given for each cell. Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <shared_mutex>
#include <unordered_map>

#include "base/clock.h"
#include "dynamodb/stream/stream_store.h"
#include "engine/engine.h"

namespace millrace::dynamodb::stream {

class LineageClock {
 public:
  // Both must outlive the clock.
  LineageClock(engine::Engine& engine, const StreamStore& streams)
      : engine_(engine), streams_(streams) {}

  // Recovers the cell's last commit time from the end of its log, once; cheap afterwards. To be
  // called before a transaction on the cell starts: inside one the engine must not be called.
  // Errors are the engine's.
  engine::Result<void> prepare(engine::CellId cell);

  // The commit time of what is appended to the cell's log next: `now`, or the last time given if
  // that is later. To be called inside the transaction, which holds the cell: so times rise with
  // positions. REQUIRES: prepare(cell) succeeded, or continue_from(cell, ...) was called.
  Timestamp next_commit_time(engine::CellId cell, Timestamp now);

  // A new cell takes over a part of another one's hash range: its times go on from there. To be
  // called inside the transaction that splits the parent.
  void continue_from(engine::CellId child, engine::CellId parent);

 private:
  using Last = std::atomic<int64_t>;  // microseconds since the epoch
  Last* find(engine::CellId cell) const;
  Last& find_or_add(engine::CellId cell, Timestamp at_least);

  engine::Engine& engine_;
  const StreamStore& streams_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<engine::CellId, std::unique_ptr<Last>> last_;
};

}  // namespace millrace::dynamodb::stream
