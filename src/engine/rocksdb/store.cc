#include "engine/rocksdb/store.h"

#include "base/crash_point.h"
#include "base/encoding.h"
#include "base/log.h"
#include "engine/rocksdb/data_directory.h"
#include "engine/rocksdb/failure.h"
#include "engine/rocksdb/log_check.h"
#include "engine/rocksdb/test_disk.h"
#include "engine/rocksdb/tuning.h"

namespace millrace::engine::rocks {

namespace {

constexpr const char* kRowsFamily = "rows";
constexpr const char* kLogFamily = "log";

Error open_error(const std::string& path, const ::rocksdb::Status& status) {
  std::string reason = describe_failure(status);
  if (status.IsIOError() && reason.find("/LOCK") != std::string::npos) {
    return {ErrorCode::kUnavailable, "the data directory " + path +
                                         " is in use: another millrace process holds its lock (" +
                                         reason + ")"};
  }
  if (status.IsCorruption() || status.IsInvalidArgument()) {
    // The reason of a corruption says so itself.
    const char* advice = status.IsCorruption() ? "" : ". Restore it from a copy";
    return {ErrorCode::kCorrupt,
            "the data directory " + path + " is damaged and cannot be opened: " + reason + advice};
  }
  return {ErrorCode::kUnavailable, "the data directory " + path + " cannot be opened: " + reason};
}

}  // namespace

Error read_error(const ::rocksdb::Status& status) {
  std::string reason = describe_failure(status);
  log_error("storage read failed", {{"reason", reason}});
  return {status.IsCorruption() ? ErrorCode::kCorrupt : ErrorCode::kUnavailable,
          "storage read failed: " + reason};
}

Error corrupt_error(std::string_view what, std::string_view key) {
  log_error("stored bytes are malformed", {{"what", what}, {"key", to_hex(key)}});
  return {ErrorCode::kCorrupt, "malformed " + std::string(what) + " at key " + to_hex(key)};
}

Result<std::unique_ptr<Store>> Store::open(const RocksdbOptions& options, ::rocksdb::Env* env) {
  auto store = std::unique_ptr<Store>(new Store);
  store->in_memory_ = options.in_memory;
  std::string path = options.path;
  if (options.in_memory) {
    store->memory_env_.reset(::rocksdb::NewMemEnv(::rocksdb::Env::Default()));
    env = store->memory_env_.get();
    path = "/millrace";
  } else {
    MILLRACE_CHECK_OK(prepare_data_directory(path));
    if (!options.accept_lost_writes) MILLRACE_CHECK_OK(check_logs(path));
  }
  ::rocksdb::DBOptions database = database_options(options);
  if (env != nullptr) database.env = env;
  database.listeners.push_back(store->write_errors_);
#ifdef MILLRACE_CRASH_POINTS
  database.listeners.push_back(crash_point_listener());
#endif
  auto cache = block_cache(options);
  std::vector<::rocksdb::ColumnFamilyDescriptor> families = {
      {::rocksdb::kDefaultColumnFamilyName, system_family_options(cache)},
      {kRowsFamily, rows_family_options(options, cache)},
      {kLogFamily, log_family_options(options, cache)}};
  std::vector<::rocksdb::ColumnFamilyHandle*> handles;
  ::rocksdb::DB* db = nullptr;
  auto status = ::rocksdb::DB::Open(database, path, families, &handles, &db);
  if (!status.ok()) return Unexpected(open_error(path, status));
  store->db_.reset(db);
  store->system_ = handles[0];
  store->rows_ = handles[1];
  store->log_ = handles[2];
  MILLRACE_CHECK_OK(store->begin_boot());
  return store;
}

Store::~Store() {
  if (!db_) return;
  // So that the next start has no log to replay: that takes as long as the log is large.
  if (!in_memory_) {
    auto flushed = db_->Flush({}, {system_, rows_, log_});
    if (!flushed.ok()) {
      log_warning("storage is left for the next start to recover",
                  {{"reason", flushed.ToString()}});
    }
  }
  for (auto* family : {system_, rows_, log_}) {
    if (family != nullptr) db_->DestroyColumnFamilyHandle(family);
  }
  auto status = db_->Close();
  if (!status.ok()) log_warning("storage did not close cleanly", {{"reason", status.ToString()}});
}

// The counter must be durable before any ticket of this boot is used.
Result<void> Store::begin_boot() {
  MILLRACE_TRY(auto stored, get(system_, boot_key()));
  if (stored && stored->value.size() != 8) {
    return Unexpected(corrupt_error("boot counter", boot_key()));
  }
  uint64_t boot = (stored ? read_u64(stored->value) : 0) + 1;
  boot_ticket_ = boot << kTicketBootShift;
  std::string value;
  append_u64(value, boot);
  auto header = value_header(boot_ticket_);
  ::rocksdb::WriteBatch batch;
  auto status = batch.Put(system_, boot_key(), std::string(header.data(), header.size()) + value);
  if (status.ok()) status = write(batch);
  MILLRACE_CRASH_POINT("open.recovered");
  if (status.ok()) status = flush_log(true);
  MILLRACE_CRASH_POINT("open.begun");
  if (!status.ok()) {
    return Unexpected(Error{ErrorCode::kUnavailable,
                            "the data directory cannot be written: " + describe_failure(status)});
  }
  return {};
}

void Store::report_write_errors(WriteErrorListener::Report report) {
  write_errors_->set_report(std::move(report));
}

::rocksdb::Status Store::write(::rocksdb::WriteBatch& batch) {
  ::rocksdb::WriteOptions options;
  options.disableWAL = in_memory_;
  return db_->Write(options, &batch);
}

::rocksdb::Status Store::flush_log(bool sync) {
  return in_memory_ ? ::rocksdb::Status::OK() : db_->FlushWAL(sync);
}

Result<std::optional<OwnedValue>> Store::get(::rocksdb::ColumnFamilyHandle* family,
                                             std::string_view key,
                                             const ::rocksdb::Snapshot* snapshot) {
  ::rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  ::rocksdb::PinnableSlice found;
  auto status = db_->Get(options, family, slice(key), &found);
  if (status.IsNotFound()) return std::optional<OwnedValue>();
  if (!status.ok()) return Unexpected(read_error(status));
  auto value = parse_value(view(found));
  if (!value) return Unexpected(corrupt_error("value", key));
  return std::optional(OwnedValue{value->ticket, std::string(value->value)});
}

RowCursor::RowCursor(Store& store, const RangeOptions& options, const ::rocksdb::Snapshot* snapshot)
    : lower_bound_(options.begin), upper_bound_(options.end), reverse_(options.reverse) {
  ::rocksdb::ReadOptions read;
  read.snapshot = snapshot;
  read.iterate_lower_bound = &lower_bound_;
  if (!options.end.empty()) read.iterate_upper_bound = &upper_bound_;
  iterator_.reset(store.db().NewIterator(read, store.rows()));
  // RocksDB does not accept a lower bound that is not below the upper one.
  if (!options.end.empty() && options.begin >= options.end) return;
  if (reverse_) {
    iterator_->SeekToLast();
  } else {
    iterator_->SeekToFirst();
  }
  load();
}

void RowCursor::next() {
  if (reverse_) {
    iterator_->Prev();
  } else {
    iterator_->Next();
  }
  load();
}

void RowCursor::load() {
  valid_ = false;
  if (!iterator_->Valid()) return;
  auto row = parse_value(view(iterator_->value()));
  malformed_ = !row.has_value();
  if (malformed_) return;
  row_ = *row;
  valid_ = true;
}

Result<void> RowCursor::status() const {
  if (malformed_) return Unexpected(corrupt_error("row", key()));
  if (!iterator_->status().ok()) return Unexpected(read_error(iterator_->status()));
  return {};
}

}  // namespace millrace::engine::rocks
