#include "engine/rocksdb/snapshot_reader.h"

namespace millrace::engine::rocks {

namespace {

Error not_named(CellId cell) {
  return {ErrorCode::kAborted, "cell " + std::to_string(static_cast<uint64_t>(cell)) +
                                   " is read but was not named to the snapshot"};
}

}  // namespace

SnapshotReader::SnapshotReader(Store& store, CellTable& cells, CellLog& logs,
                               const std::vector<CellId>& named, bool snapshot_at_once)
    : store_(store), cells_(cells), logs_(logs), named_(named) {
  if (snapshot_at_once) snapshot_ = store_.db().GetSnapshot();
}

SnapshotReader::~SnapshotReader() {
  if (snapshot_ != nullptr) store_.db().ReleaseSnapshot(snapshot_);
}

bool SnapshotReader::is_named(CellId cell) const {
  return std::find(named_.begin(), named_.end(), cell) != named_.end();
}

// A row is gone from the database before anybody can know that its erasure is durable.
void SnapshotReader::saw_absence(CellId cell) {
  saw(cells_.at(cell).last_erase_ticket.load(std::memory_order_acquire));
}

Result<void> SnapshotReader::take_snapshot() {
  if (snapshot_ != nullptr) return {};
  snapshot_ = store_.db().GetSnapshot();
  if (!read_before_) return {};
  must_run_again_ = !first_get_.has_value();
  if (first_get_) {
    MILLRACE_TRY(auto row, store_.get(store_.rows(), first_get_->key, snapshot_));
    auto ticket = row ? std::optional(row->ticket) : std::nullopt;
    must_run_again_ = ticket != first_get_->ticket;
  }
  if (!must_run_again_) return {};
  return Unexpected(Error{ErrorCode::kConflict, "the first read has to be repeated"});
}

Result<std::optional<std::string>> SnapshotReader::get(CellId cell, std::string_view key) {
  if (!is_named(cell)) return Unexpected(not_named(cell));
  bool first = !read_before_ && snapshot_ == nullptr;
  if (!first) MILLRACE_CHECK_OK(take_snapshot());
  MILLRACE_TRY(auto row, store_.get(store_.rows(), key, snapshot_));
  read_before_ = true;
  if (first) {
    first_get_ = FirstGet{std::string(key), row ? std::optional(row->ticket) : std::nullopt};
  }
  if (!row) {
    saw_absence(cell);
    return std::optional<std::string>();
  }
  saw(row->ticket);
  return std::optional(std::move(row->value));
}

Result<void> SnapshotReader::range(const std::vector<CellId>& cells, const RangeOptions& options,
                                   const Visitor& visit) {
  for (CellId cell : cells) {
    if (!is_named(cell)) return Unexpected(not_named(cell));
  }
  MILLRACE_CHECK_OK(take_snapshot());
  read_before_ = true;
  RowCursor cursor(store_, options, snapshot_);
  for (CellId cell : cells) saw_absence(cell);
  for (size_t rows = 0; rows < options.rows_max; ++rows, cursor.next()) {
    if (!cursor.valid()) return cursor.status();
    saw(cursor.row().ticket);
    if (!visit(cursor.key(), cursor.row().value)) return {};
  }
  return {};
}

Result<Position> SnapshotReader::log_end(CellId cell) {
  if (!is_named(cell)) return Unexpected(not_named(cell));
  bool first = !read_before_ && snapshot_ == nullptr;
  if (!first) MILLRACE_CHECK_OK(take_snapshot());
  read_before_ = true;
  MILLRACE_TRY(auto end, first ? logs_.end(cells_.at(cell)) : logs_.end_at(cell, snapshot_));
  saw(end.ticket);
  return end.position;
}

}  // namespace millrace::engine::rocks
