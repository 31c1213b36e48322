// The opened RocksDB database: column families, tuning, and reads of single rows and ranges.
// Thread-safe, except RowCursor. Errors are logged where they are found, once for each read.
#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <optional>
#include <string>

#include "engine/rocksdb/format.h"
#include "engine/rocksdb/rocksdb_engine.h"
#include "engine/rocksdb/write_error_listener.h"

namespace millrace::engine::rocks {

struct OwnedValue {
  Ticket ticket;
  std::string value;
};

class Store {
 public:
  // `env` replaces the operating system in tests and must outlive the store; null: the real one.
  static Result<std::unique_ptr<Store>> open(const RocksdbOptions& options, ::rocksdb::Env* env);
  ~Store();

  // Tickets are greater than this one; all at or below it are durable.
  Ticket boot_ticket() const { return boot_ticket_; }
  ::rocksdb::DB& db() { return *db_; }
  ::rocksdb::ColumnFamilyHandle* rows() { return rows_; }
  ::rocksdb::ColumnFamilyHandle* log() { return log_; }
  ::rocksdb::ColumnFamilyHandle* system() { return system_; }

  // Sets who hears at once that writing to the log has failed, see write_error_listener.h.
  void report_write_errors(WriteErrorListener::Report report);

  // To the memtable and the buffer of the write-ahead log; no system call, nothing durable yet.
  ::rocksdb::Status write(::rocksdb::WriteBatch& batch);
  // Hands the buffer to the operating system, and with `sync` to the disk.
  ::rocksdb::Status flush_log(bool sync);

  // `snapshot` null: the newest state.
  Result<std::optional<OwnedValue>> get(::rocksdb::ColumnFamilyHandle* family, std::string_view key,
                                        const ::rocksdb::Snapshot* snapshot = nullptr);

 private:
  Store() = default;
  Result<void> begin_boot();

  std::unique_ptr<::rocksdb::Env> memory_env_;
  std::unique_ptr<::rocksdb::DB> db_;
  ::rocksdb::ColumnFamilyHandle* rows_ = nullptr;
  ::rocksdb::ColumnFamilyHandle* log_ = nullptr;
  ::rocksdb::ColumnFamilyHandle* system_ = nullptr;
  std::shared_ptr<WriteErrorListener> write_errors_ = std::make_shared<WriteErrorListener>();
  bool in_memory_ = false;
  Ticket boot_ticket_ = 0;
};

inline std::string_view view(const ::rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}
inline ::rocksdb::Slice slice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}
template <size_t N>
::rocksdb::Slice slice(const std::array<char, N>& bytes) {
  return {bytes.data(), N};
}

// Logs a failed read and names it for the caller.
Error read_error(const ::rocksdb::Status& status);
// For stored bytes that no version of the engine wrote.
Error corrupt_error(std::string_view what, std::string_view key);

// Walks over stored rows in the direction and between the bounds of `options` (rows_max is the
// caller's). Views are valid until next().
class RowCursor {
 public:
  // `options` must outlive the cursor.
  RowCursor(Store& store, const RangeOptions& options, const ::rocksdb::Snapshot* snapshot);
  bool valid() const { return valid_; }
  std::string_view key() const { return view(iterator_->key()); }
  const StoredValue& row() const { return row_; }
  void next();
  // To be looked at once valid() is false: why the walk ended.
  Result<void> status() const;

 private:
  void load();
  ::rocksdb::Slice lower_bound_;
  ::rocksdb::Slice upper_bound_;
  std::unique_ptr<::rocksdb::Iterator> iterator_;
  bool reverse_;
  bool valid_ = false;
  bool malformed_ = false;
  StoredValue row_{};
};

}  // namespace millrace::engine::rocks
