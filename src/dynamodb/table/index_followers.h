// Keeps global indexes: for each of them and each cell of its table, a follower of the cell's log
// that writes the index's rows (index_rows.h) into the index's own cell. Thread-safe.
#pragma once

#include <memory>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "base/executor.h"
#include "base/unique_function.h"
#include "dynamodb/stream/follower.h"
#include "dynamodb/stream/stream_store.h"
#include "dynamodb/table/table.h"
#include "engine/engine.h"

namespace millrace::dynamodb::table {

class IndexFollowers {
 public:
  // All references must outlive the object.
  IndexFollowers(engine::Engine& engine, stream::StreamStore& streams, Executor& executor,
                 Timers& timers)
      : engine_(engine), streams_(streams), executor_(executor), timers_(timers) {}
  // Waits until no follower is running.
  ~IndexFollowers();

  // Follows for the table's global indexes from where they were left; those that run go on.
  void start(const TablePtr& table);
  // Ends the table's followers. Waits for a step that is running, so not for an engine's thread.
  void stop(const Table& table);

  // Calls `done` once the index holds every change that was durable in the table when this was
  // called, or after one second of the clock without that: a slow index is served as it is.
  void when_caught_up(const Index& index, UniqueFunction<void()> done);

 private:
  struct Following {
    engine::CellId cell;
    std::shared_ptr<stream::Follower> follower;
  };
  std::vector<Following> following(uint64_t index_number) const;
  std::vector<Following> start_index(const TablePtr& table, const Index& index);

  engine::Engine& engine_;
  stream::StreamStore& streams_;
  Executor& executor_;
  Timers& timers_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<uint64_t, std::vector<Following>> by_index_;  // guarded by mutex_
};

// The name under which the index's position in the log of `cell` is stored.
std::string index_follower_name(const Index& index, engine::CellId cell);

}  // namespace millrace::dynamodb::table
