// Logs of cells: their counters, recovered from the log's end when a cell is first used; reads,
// from memory where they are recent; trimming. Thread-safe.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/rocksdb/cell_table.h"
#include "engine/rocksdb/store.h"

namespace millrace::engine::rocks {

using SharedRecord = std::shared_ptr<const std::string>;

// What one commit did to one log.
struct LogChange {
  Cell* cell = nullptr;
  bool started = false;               // start_log() set the position before the first record
  Position before = 0;                // the log's end before this commit (after start_log)
  std::vector<SharedRecord> records;  // at before + 1 and following
  Position end() const { return before + records.size(); }
};

class CellLog {
 public:
  CellLog(Store& store, size_t tail_bytes_max) : store_(store), tail_bytes_max_(tail_bytes_max) {}

  struct End {
    Position position;
    Ticket ticket;  // of the commit that brought the log there
  };
  // The newest position applied, perhaps not durable yet. While the cell's transaction lock is
  // held, the caller alone changes it.
  Result<End> end(Cell& cell);
  // As of a snapshot.
  Result<End> end_at(CellId cell, const ::rocksdb::Snapshot* snapshot);

  // Takes note of an applied commit. REQUIRES: the cell's transaction lock, and end() has
  // succeeded.
  void applied(const LogChange& change, Ticket ticket);
  // Lets readers see the log up to `position`.
  void durable(Cell& cell, Position position);

  Result<LogPage> read(Cell& cell, Position after, const LogReadOptions& options);
  Result<LogRange> range(Cell& cell);
  // A failed status means that the write failed, after which the engine cannot go on.
  Result<::rocksdb::Status> trim(Cell& cell, Position up_to);

 private:
  struct TailEntry {
    LogHead* log;
    size_t bytes;
  };
  // REQUIRES: cell.log.mutex is held.
  Result<void> load(Cell& cell);
  bool read_tail(const LogHead& log, Position after, const LogReadOptions& limits,
                 std::vector<SharedRecord>& records) const;
  Result<LogPage> read_stored(Cell& cell, Position after, Position durable,
                              const LogReadOptions& limits);
  void keep_within_budget(LogHead& log, const std::vector<SharedRecord>& added);

  Store& store_;
  const size_t tail_bytes_max_;
  // Records of all tails, oldest first: the order in which they leave memory.
  std::mutex tail_mutex_;
  std::deque<TailEntry> tail_entries_;
  size_t tail_bytes_ = 0;
};

}  // namespace millrace::engine::rocks
