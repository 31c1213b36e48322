// What a function given to transact() sees: stored rows below its own writes. Used by one thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/rocksdb/cell_log.h"
#include "engine/rocksdb/cell_table.h"
#include "engine/rocksdb/store.h"

namespace millrace::engine::rocks {

class RocksdbTransaction final : public Transaction {
 public:
  // The cells stay locked as long as this is used.
  RocksdbTransaction(Store& store, CellLog& logs, const CellLocks& locks)
      : store_(store), logs_(logs), locks_(locks) {}

  Result<std::optional<std::string>> get(CellId cell, std::string_view key) override;
  Result<void> range(const std::vector<CellId>& cells, const RangeOptions& options,
                     const Visitor& visit) override;
  Result<Position> log_end(CellId cell) override;
  void put(CellId cell, std::string_view key, std::string_view value) override;
  void erase(CellId cell, std::string_view key) override;
  Position append(CellId cell, std::string_view record) override;
  void start_log(CellId cell, Position position) override;

  // The first thing that went wrong in a method without a result.
  Result<void> status() const;
  bool empty() const { return writes_.empty() && logs_changed_.empty(); }

  // Adds the writes to `batch`, and says in the cells that `ticket` erases rows in them.
  ::rocksdb::Status write_to(::rocksdb::WriteBatch& batch, Ticket ticket) const;
  const std::vector<LogChange>& log_changes() const { return logs_changed_; }

 private:
  struct OwnWrite {
    Cell* cell;
    std::optional<std::string> value;  // nothing: erased
  };
  using OwnWrites = std::map<std::string, OwnWrite, std::less<>>;
  class OwnCursor;

  // Null, and an error kept, if the cell was not named.
  Cell* named(CellId cell);
  // Counts against the limits; false, and an error kept, beyond them.
  bool admit(std::string_view key, size_t value_bytes, size_t value_bytes_max);
  void write(CellId cell, std::string_view key, std::optional<std::string_view> value);
  // Null, and an error kept, if the log's end cannot be read.
  LogChange* log_change(CellId cell);
  void fail(Error error);

  Store& store_;
  CellLog& logs_;
  const CellLocks& locks_;
  OwnWrites writes_;
  std::vector<LogChange> logs_changed_;
  size_t bytes_ = 0;
  std::optional<Error> error_;
};

}  // namespace millrace::engine::rocks
