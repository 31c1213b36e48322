// Keeps global indexes: for each of them and each cell of its table, a follower of the cell's log
// that writes the index's rows (index_rows.h) into the index's own cell. Thread-safe.
//
// When a cell is split, the followers of the two new logs start once the old one has been followed
// to its end: an item's changes are applied in their order.
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

  // Follows for the table's global indexes from where they were left; those that run go on, also
  // through splits that `table` shows.
  void start(const TablePtr& table);
  // Ends the index's followers. Waits for a step that is running, so not for an engine's thread.
  void stop(uint64_t index_number);

  // Calls `done` once the index holds every change that was durable in the table when this was
  // called, or after one second of the clock without that: a slow index is served as it is.
  void when_caught_up(const Index& index, UniqueFunction<void()> done);

 private:
  struct Following {
    engine::CellId cell;
    engine::Position start_after;                // behind the parent's end
    std::shared_ptr<stream::Follower> follower;  // null while the parent's log is being followed
    bool hands_over = false;                     // at its log's end, to the cell's children
  };
  // The followers of one index, by cell: parents before children.
  struct Followed {
    TablePtr table;
    const Index* index;  // of *table
    std::vector<Following> cells;

    Following* find(engine::CellId cell);
    // The split that ended the cell; null if none did.
    const CellSplit* split_of(engine::CellId parent) const;
  };
  struct CatchUp;

  void add_cell(Followed& followed, engine::CellId cell, engine::Position start_after);
  // Starts the cell's follower if it does not run, and sees to it that it hands over.
  void begin(uint64_t index_number, engine::CellId cell);
  void hand_over(uint64_t index_number, engine::CellId parent);
  void catch_up(std::shared_ptr<CatchUp> waiting, engine::CellId cell);

  engine::Engine& engine_;
  stream::StreamStore& streams_;
  Executor& executor_;
  Timers& timers_;
  std::shared_mutex mutex_;
  std::unordered_map<uint64_t, Followed> by_index_;  // guarded by mutex_
};

// The name under which the index's position in the log of `cell` is stored.
std::string index_follower_name(const Index& index, engine::CellId cell);

}  // namespace millrace::dynamodb::table
