// What a function given to snapshot() sees, and up to which ticket it has seen. Used by one thread.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "engine/rocksdb/cell_log.h"
#include "engine/rocksdb/cell_table.h"
#include "engine/rocksdb/store.h"

namespace millrace::engine::rocks {

// A RocksDB snapshot costs two passes through the database's main lock, which a single read can do
// without: it sees one moment anyway. So the first read is made without one. If a second read
// follows, the snapshot is taken then and the first read repeated in it; if that gives something
// else, the function has to run again (must_run_again) with a snapshot from the beginning.
class SnapshotReader final : public Reader {
 public:
  SnapshotReader(Store& store, CellTable& cells, CellLog& logs, const std::vector<CellId>& named,
                 bool snapshot_at_once);
  ~SnapshotReader() override;

  Result<std::optional<std::string>> get(CellId cell, std::string_view key) override;
  Result<void> range(const std::vector<CellId>& cells, const RangeOptions& options,
                     const Visitor& visit) override;
  Result<Position> log_end(CellId cell) override;

  // Everything seen is durable once this ticket is.
  Ticket seen() const { return seen_; }
  bool must_run_again() const { return must_run_again_; }

 private:
  struct FirstGet {
    std::string key;
    std::optional<Ticket> ticket;  // nothing: there was no such row
  };
  bool is_named(CellId cell) const;
  Result<void> take_snapshot();
  void saw(Ticket ticket) { seen_ = std::max(seen_, ticket); }
  void saw_absence(CellId cell);

  Store& store_;
  CellTable& cells_;
  CellLog& logs_;
  const std::vector<CellId>& named_;
  const ::rocksdb::Snapshot* snapshot_ = nullptr;
  bool read_before_ = false;
  std::optional<FirstGet> first_get_;
  Ticket seen_ = 0;
  bool must_run_again_ = false;
};

}  // namespace millrace::engine::rocks
