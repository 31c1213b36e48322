// What the engine holds in memory about each cell that was ever used since it was opened (about 300
// bytes), and the locks that serialise transactions. Thread-safe; a Cell& stays valid as long as
// its table.
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/engine.h"
#include "engine/rocksdb/format.h"

namespace millrace::engine::rocks {

// The in-memory end of a cell's log. Everything is guarded by `mutex`, and unknown until `loaded`.
struct LogHead {
  std::mutex mutex;
  bool loaded = false;
  Position first = 1;     // the oldest record kept (end + 1 if none is)
  Position end = 0;       // the newest one applied, perhaps not durable yet
  Ticket end_ticket = 0;  // of the commit that brought the log to `end`
  Position durable = 0;   // what readers may know of
  // The newest records, the last of them at `end`; trimming does not shorten it.
  std::deque<std::shared_ptr<const std::string>> tail;
};

struct Cell {
  explicit Cell(CellId cell_id) : id(cell_id) {}

  const CellId id;
  // Held by a transaction while it runs; always taken in ascending order of id.
  std::mutex transaction_mutex;
  // Of the last commit in this cell. Guarded by transaction_mutex.
  Ticket last_ticket = 0;
  // Of the last commit that erased a row. Raised before the commit is applied, so that a reader who
  // misses a row finds here the ticket that it has to wait for.
  std::atomic<Ticket> last_erase_ticket{0};
  LogHead log;
};

class CellTable {
 public:
  Cell& at(CellId id);

 private:
  struct Shard {
    std::mutex mutex;
    std::unordered_map<CellId, std::unique_ptr<Cell>> cells;
  };
  std::array<Shard, 64> shards_;
};

// Locks cells while it lives.
class CellLocks {
 public:
  // `ids`: any order, duplicates allowed.
  CellLocks(CellTable& table, std::vector<CellId> ids);
  ~CellLocks();
  CellLocks(const CellLocks&) = delete;
  CellLocks& operator=(const CellLocks&) = delete;

  // In ascending order, each once.
  const std::vector<Cell*>& cells() const { return cells_; }
  // Null if the cell is not locked by this.
  Cell* find(CellId id) const;
  // All that anything in these cells can depend on.
  Ticket last_ticket() const;
  void set_last_ticket(Ticket ticket);

 private:
  std::vector<Cell*> cells_;
};

}  // namespace millrace::engine::rocks
