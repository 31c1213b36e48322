#include "engine/rocksdb/cell_log.h"

#include <algorithm>

#include "base/crash_point.h"
#include "base/limits.h"

namespace millrace::engine::rocks {

namespace {

// Beside a record's bytes: its string, its shared count and its places in two queues.
constexpr size_t kTailEntryOverhead = 128;

// Walks over one cell's entries of column family "log".
class LogCursor {
 public:
  LogCursor(Store& store, CellId cell, const ::rocksdb::Snapshot* snapshot)
      : cell_(cell), lower_bytes_(log_key(cell, 0)), upper_bytes_(log_key(cell, UINT64_MAX)) {
    lower_ = slice(lower_bytes_);
    upper_ = slice(upper_bytes_);
    ::rocksdb::ReadOptions read;
    read.snapshot = snapshot;
    read.iterate_lower_bound = &lower_;
    read.iterate_upper_bound = &upper_;
    iterator_.reset(store.db().NewIterator(read, store.log()));
  }
  void seek(Position position) { iterator_->Seek(slice(log_key(cell_, position))); }
  void seek_to_last() { iterator_->SeekToLast(); }
  void next() { iterator_->Next(); }

  struct Entry {
    Position position;
    LogEntry entry;
  };
  // Nothing at the end of the log.
  Result<std::optional<Entry>> entry() const {
    if (!iterator_->Valid()) {
      if (!iterator_->status().ok()) return Unexpected(read_error(iterator_->status()));
      return std::optional<Entry>();
    }
    auto key = view(iterator_->key());
    auto parsed = parse_log_entry(view(iterator_->value()));
    if (key.size() != kLogKeyBytes || !parsed) return Unexpected(corrupt_error("log entry", key));
    return std::optional(Entry{log_key_position(key), *parsed});
  }

 private:
  const CellId cell_;
  std::array<char, kLogKeyBytes> lower_bytes_, upper_bytes_;
  ::rocksdb::Slice lower_, upper_;
  std::unique_ptr<::rocksdb::Iterator> iterator_;
};

Error too_old(CellId cell, Position wanted) {
  return {ErrorCode::kTooOld, "record " + std::to_string(wanted) + " of cell " +
                                  std::to_string(static_cast<uint64_t>(cell)) +
                                  " has been trimmed"};
}

}  // namespace

Result<void> CellLog::load(Cell& cell) {
  LogHead& log = cell.log;
  if (log.loaded) return {};
  LogCursor cursor(store_, cell.id, nullptr);
  cursor.seek_to_last();
  MILLRACE_TRY(auto newest, cursor.entry());
  if (newest) {
    log.end = log.durable = newest->position;
    log.end_ticket = newest->entry.ticket;
    cursor.seek(0);
    MILLRACE_TRY(auto oldest, cursor.entry());
    log.first = oldest->position + (oldest->entry.kind == LogEntryKind::kStart ? 1 : 0);
  }
  log.loaded = true;
  return {};
}

Result<CellLog::End> CellLog::end(Cell& cell) {
  std::lock_guard lock(cell.log.mutex);
  MILLRACE_CHECK_OK(load(cell));
  return End{cell.log.end, cell.log.end_ticket};
}

Result<CellLog::End> CellLog::end_at(CellId cell, const ::rocksdb::Snapshot* snapshot) {
  LogCursor cursor(store_, cell, snapshot);
  cursor.seek_to_last();
  MILLRACE_TRY(auto newest, cursor.entry());
  if (!newest) return End{0, 0};
  return End{newest->position, newest->entry.ticket};
}

void CellLog::applied(const LogChange& change, Ticket ticket) {
  LogHead& log = change.cell->log;
  {
    std::lock_guard lock(log.mutex);
    if (change.started) log.first = change.before + 1;
    log.end = change.end();
    log.end_ticket = ticket;
    log.tail.insert(log.tail.end(), change.records.begin(), change.records.end());
  }
  keep_within_budget(log, change.records);
}

// Entries leave in the order in which they came, and a tail's records are in that order too, so the
// oldest entry is always its tail's front.
void CellLog::keep_within_budget(LogHead& log, const std::vector<SharedRecord>& added) {
  std::vector<LogHead*> leaving;
  {
    std::lock_guard lock(tail_mutex_);
    for (const auto& record : added) {
      size_t bytes = record->size() + kTailEntryOverhead;
      tail_entries_.push_back({&log, bytes});
      tail_bytes_ += bytes;
    }
    while (tail_bytes_ > tail_bytes_max_) {
      leaving.push_back(tail_entries_.front().log);
      tail_bytes_ -= tail_entries_.front().bytes;
      tail_entries_.pop_front();
    }
  }
  for (LogHead* head : leaving) {
    std::lock_guard lock(head->mutex);
    head->tail.pop_front();
  }
}

void CellLog::durable(Cell& cell, Position position) {
  std::lock_guard lock(cell.log.mutex);
  cell.log.durable = position;
}

Result<LogPage> CellLog::read(Cell& cell, Position after, const LogReadOptions& options) {
  LogReadOptions limits;
  limits.records_max = std::clamp<size_t>(options.records_max, 1, limits::kLogReadRecordsMax);
  limits.bytes_max = std::min(options.bytes_max, limits::kLogReadBytesMax);
  std::vector<SharedRecord> recent;
  Position durable = 0;
  {
    std::lock_guard lock(cell.log.mutex);
    MILLRACE_CHECK_OK(load(cell));
    durable = cell.log.durable;
    if (after >= durable) return LogPage{{}, durable};
    if (after + 1 < cell.log.first) return Unexpected(too_old(cell.id, after + 1));
    if (!read_tail(cell.log, after, limits, recent)) recent.clear();
  }
  if (recent.empty()) return read_stored(cell, after, durable, limits);
  LogPage page{{}, durable};
  page.records.reserve(recent.size());
  for (const auto& record : recent) page.records.push_back({++after, *record});
  return page;
}

// False if the tail does not reach back to after + 1. REQUIRES: log.mutex is held, after < durable.
bool CellLog::read_tail(const LogHead& log, Position after, const LogReadOptions& limits,
                        std::vector<SharedRecord>& records) const {
  Position tail_begin = log.end - log.tail.size();  // the position before the tail's first record
  if (after < tail_begin) return false;
  size_t bytes = 0;
  for (Position next = after + 1; next <= log.durable && records.size() < limits.records_max;
       ++next) {
    const auto& record = log.tail[next - tail_begin - 1];
    bytes += record->size();
    if (bytes > limits.bytes_max && !records.empty()) break;
    records.push_back(record);
  }
  return true;
}

Result<LogPage> CellLog::read_stored(Cell& cell, Position after, Position durable,
                                     const LogReadOptions& limits) {
  LogPage page{{}, durable};
  size_t bytes = 0;
  LogCursor cursor(store_, cell.id, nullptr);
  cursor.seek(after + 1);
  while (after < durable && page.records.size() < limits.records_max) {
    MILLRACE_TRY(auto found, cursor.entry());
    if (!found || found->position != after + 1) {
      std::lock_guard lock(cell.log.mutex);
      // A trim may have overtaken this read before the cursor was opened.
      if (after + 1 < cell.log.first) return Unexpected(too_old(cell.id, after + 1));
      return Unexpected(
          corrupt_error("log, which has a gap", view(slice(log_key(cell.id, after + 1)))));
    }
    bytes += found->entry.record.size();
    if (bytes > limits.bytes_max && !page.records.empty()) break;
    page.records.push_back({++after, std::string(found->entry.record)});
    cursor.next();
  }
  return page;
}

Result<LogRange> CellLog::range(Cell& cell) {
  std::lock_guard lock(cell.log.mutex);
  MILLRACE_CHECK_OK(load(cell));
  const LogHead& log = cell.log;
  // A log that start_log() has begun looks untouched until that is durable.
  if (log.durable + 1 < log.first) return LogRange{1, 0};
  return LogRange{log.first, log.durable};
}

Result<::rocksdb::Status> CellLog::trim(Cell& cell, Position up_to) {
  Position kept_from = 0;
  {
    std::lock_guard lock(cell.log.mutex);
    MILLRACE_CHECK_OK(load(cell));
    if (up_to < cell.log.first || cell.log.durable <= cell.log.first)
      return ::rocksdb::Status::OK();
    kept_from = std::min(up_to + 1, cell.log.durable);
    // Before the records go, so that a reader who finds them gone also finds out why.
    cell.log.first = kept_from;
  }
  auto from = log_key(cell.id, 0);
  auto to = log_key(cell.id, kept_from);
  ::rocksdb::WriteBatch batch;
  auto status = batch.DeleteRange(store_.log(), slice(from), slice(to));
  MILLRACE_CRASH_POINT("trim.begun");
  if (status.ok()) status = store_.write(batch);
  MILLRACE_CRASH_POINT("trim.written");
  return status;
}

}  // namespace millrace::engine::rocks
