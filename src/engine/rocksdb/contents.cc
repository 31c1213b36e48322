// copy() and replace() of RocksdbEngine: all three column families as values, and back.
#include <utility>

#include "base/encoding.h"
#include "base/limits.h"
#include "engine/rocksdb/engine_implementation.h"

namespace millrace::engine::rocks {

namespace {

// Reads a whole database as of one moment.
class ContentsReader {
 public:
  ContentsReader(Store& store, size_t bytes_max)
      : store_(store), bytes_max_(bytes_max), snapshot_(store.db().GetSnapshot()) {}
  ~ContentsReader() { store_.db().ReleaseSnapshot(snapshot_); }
  ContentsReader(const ContentsReader&) = delete;

  Result<Contents> read() {
    MILLRACE_CHECK_OK(walk(store_.rows(), &ContentsReader::add_row));
    MILLRACE_CHECK_OK(walk(store_.log(), &ContentsReader::add_log_entry));
    MILLRACE_CHECK_OK(walk(store_.system(), &ContentsReader::add_system_row));
    return std::move(contents_);
  }

 private:
  // False: these bytes were not written by any version of the engine.
  using Visit = bool (ContentsReader::*)(std::string_view key, std::string_view stored);

  Result<void> walk(::rocksdb::ColumnFamilyHandle* family, Visit visit) {
    ::rocksdb::ReadOptions options;
    options.snapshot = snapshot_;
    std::unique_ptr<::rocksdb::Iterator> iterator(store_.db().NewIterator(options, family));
    for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
      std::string_view key = view(iterator->key());
      std::string_view stored = view(iterator->value());
      contents_.bytes += key.size() + stored.size();
      if (contents_.bytes > bytes_max_) {
        return Unexpected(Error{ErrorCode::kTooLarge, "the stored data is larger than " +
                                                          std::to_string(bytes_max_) + " bytes"});
      }
      if (!(this->*visit)(key, stored)) return Unexpected(corrupt_error("value", key));
    }
    if (!iterator->status().ok()) return Unexpected(read_error(iterator->status()));
    return {};
  }

  bool add_row(std::string_view key, std::string_view stored) {
    auto row = parse_value(stored);
    if (row) contents_.rows.push_back({std::string(key), std::string(row->value)});
    return row.has_value();
  }

  bool add_log_entry(std::string_view key, std::string_view stored) {
    auto entry = parse_log_entry(stored);
    if (!entry || key.size() != kLogKeyBytes) return false;
    CellId cell{read_u64(key)};
    Position position = log_key_position(key);
    bool is_start = entry->kind == LogEntryKind::kStart;
    if (contents_.logs.empty() || contents_.logs.back().cell != cell) {
      contents_.logs.push_back({cell, is_start ? position : position - 1, {}});
    }
    if (!is_start) contents_.logs.back().records.emplace_back(entry->record);
    return true;
  }

  // Only what can not be derived from other rows: not the boot counter, nor the ids in the order of
  // their times.
  bool add_system_row(std::string_view key, std::string_view stored) {
    auto value = parse_value(stored);
    if (auto cell = parse_lease_key(key)) {
      auto lease = value ? parse_lease(value->value) : std::nullopt;
      if (lease) contents_.leases.push_back({*cell, lease->owner, {lease->epoch, lease->expires}});
      return lease.has_value();
    }
    if (auto id = parse_transaction_id_key(key)) {
      auto committed = value ? parse_timestamp(value->value) : std::nullopt;
      if (committed) contents_.transaction_ids.push_back({std::string(*id), *committed});
      return committed.has_value();
    }
    return true;
  }

  Store& store_;
  const size_t bytes_max_;
  const ::rocksdb::Snapshot* const snapshot_;
  Contents contents_;
};

// Gathers the writes that make a database hold these contents and nothing else. They carry the
// ticket of the boot: whoever reads them has nothing to wait for.
class ContentsWriter {
 public:
  explicit ContentsWriter(Store& store)
      : store_(store), header_(view(slice(value_header(store.boot_ticket())))) {}

  ::rocksdb::Status write(const Contents& contents) {
    const std::string boot = boot_key();
    const std::string last_key(limits::kKeyBytesMax + 2, '\xff');
    erase(store_.rows(), "", last_key);
    erase(store_.log(), "", last_key);
    erase(store_.system(), "", boot);
    erase(store_.system(), boot + '\0', last_key);
    for (const Row& row : contents.rows) put(store_.rows(), row.key, row.value);
    for (const Contents::Log& log : contents.logs) add(log);
    for (const auto& held : contents.leases) {
      put(store_.system(), lease_key(held.cell),
          lease_bytes({held.lease.epoch, held.lease.expires, held.owner}));
    }
    for (const auto& remembered : contents.transaction_ids) {
      put(store_.system(), transaction_id_key(remembered.id),
          timestamp_bytes(remembered.committed));
      put_bare(store_.system(), transaction_time_key(remembered.committed, remembered.id), "");
    }
    return status_.ok() ? store_.write(batch_) : status_;
  }

 private:
  void add(const Contents::Log& log) {
    Position position = log.before;
    if (log.records.empty()) put_log_entry(log.cell, position, LogEntryKind::kStart, "");
    for (const std::string& record : log.records) {
      put_log_entry(log.cell, ++position, LogEntryKind::kRecord, record);
    }
  }

  void put_log_entry(CellId cell, Position position, LogEntryKind kind, std::string_view record) {
    auto key = log_key(cell, position);
    put(store_.log(), view(slice(key)),
        std::string(1, static_cast<char>(kind)) + std::string(record));
  }

  void put(::rocksdb::ColumnFamilyHandle* family, std::string_view key, std::string_view value) {
    put_bare(family, key, header_ + std::string(value));
  }

  void put_bare(::rocksdb::ColumnFamilyHandle* family, std::string_view key,
                std::string_view stored) {
    if (status_.ok()) status_ = batch_.Put(family, slice(key), slice(stored));
  }

  // Nothing for an empty range: a new database should not begin with tombstones.
  void erase(::rocksdb::ColumnFamilyHandle* family, const std::string& from,
             const std::string& to) {
    std::unique_ptr<::rocksdb::Iterator> iterator(store_.db().NewIterator({}, family));
    iterator->Seek(slice(from));
    if (iterator->Valid() && view(iterator->key()) < to && status_.ok()) {
      status_ = batch_.DeleteRange(family, slice(from), slice(to));
    }
  }

  Store& store_;
  const std::string header_;
  ::rocksdb::WriteBatch batch_;
  ::rocksdb::Status status_;
};

}  // namespace

Result<Contents> RocksdbEngine::copy(size_t bytes_max) {
  if (committer_->stopped()) return Unexpected(unavailable_error());
  return ContentsReader(*store_, bytes_max).read();
}

Result<void> RocksdbEngine::replace(const Contents& contents) {
  if (committer_->stopped()) return Unexpected(unavailable_error());
  auto status = ContentsWriter(*store_).write(contents);
  if (status.ok()) status = store_->flush_log(true);
  if (status.ok()) return {};
  committer_->fail("replacing everything: " + status.ToString());
  return Unexpected(unavailable_error());
}

}  // namespace millrace::engine::rocks
