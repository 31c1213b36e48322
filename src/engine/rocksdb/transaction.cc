#include "engine/rocksdb/transaction.h"

#include <algorithm>

#include "base/limits.h"

namespace millrace::engine::rocks {

namespace {

// What each write costs beside its bytes, so that many small ones are bounded too.
constexpr size_t kWriteOverhead = 64;

Error not_named(CellId cell) {
  return {ErrorCode::kAborted, "cell " + std::to_string(static_cast<uint64_t>(cell)) +
                                   " is used but was not named in the transaction"};
}

}  // namespace

// Walks over the transaction's own writes as RowCursor walks over stored rows.
class RocksdbTransaction::OwnCursor {
 public:
  OwnCursor(const OwnWrites& writes, const RangeOptions& options)
      : reverse_(options.reverse),
        first_(writes.lower_bound(options.begin)),
        last_(options.end.empty() ? writes.end() : writes.lower_bound(options.end)) {
    if (!options.end.empty() && options.begin >= options.end) last_ = first_;
    at_ = reverse_ ? last_ : first_;
    step_back();
  }
  bool valid() const { return reverse_ ? !finished_ : at_ != last_; }
  const std::string& key() const { return at_->first; }
  const OwnWrite& write() const { return at_->second; }
  void next() {
    if (reverse_) {
      step_back();
    } else {
      ++at_;
    }
  }

 private:
  void step_back() {
    if (!reverse_) return;
    finished_ = at_ == first_;
    if (!finished_) --at_;
  }
  const bool reverse_;
  OwnWrites::const_iterator first_, last_, at_;
  bool finished_ = false;
};

void RocksdbTransaction::fail(Error error) {
  if (!error_) error_ = std::move(error);
}

Result<void> RocksdbTransaction::status() const {
  if (error_) return Unexpected(*error_);
  return {};
}

Cell* RocksdbTransaction::named(CellId cell) {
  Cell* found = locks_.find(cell);
  if (found == nullptr) fail(not_named(cell));
  return found;
}

Result<std::optional<std::string>> RocksdbTransaction::get(CellId cell, std::string_view key) {
  if (named(cell) == nullptr) return Unexpected(not_named(cell));
  auto own = writes_.find(key);
  if (own != writes_.end()) return own->second.value;
  MILLRACE_TRY(auto found, store_.get(store_.rows(), key));
  if (!found) return std::optional<std::string>();
  return std::optional(std::move(found->value));
}

Result<void> RocksdbTransaction::range(const std::vector<CellId>& cells,
                                       const RangeOptions& options, const Visitor& visit) {
  for (CellId cell : cells) {
    if (named(cell) == nullptr) return Unexpected(not_named(cell));
  }
  RowCursor stored(store_, options, nullptr);
  OwnCursor own(writes_, options);
  size_t rows = 0;
  while (rows < options.rows_max && (stored.valid() || own.valid())) {
    int order = !own.valid()      ? -1
                : !stored.valid() ? 1
                                  : stored.key().compare(own.key()) * (options.reverse ? -1 : 1);
    if (order < 0) {
      ++rows;
      if (!visit(stored.key(), stored.row().value)) return {};
      stored.next();
      continue;
    }
    if (own.write().value) {
      ++rows;
      if (!visit(own.key(), *own.write().value)) return {};
    }
    own.next();
    if (order == 0) stored.next();
  }
  if (rows == options.rows_max) return {};
  return stored.status();
}

Result<Position> RocksdbTransaction::log_end(CellId cell) {
  Cell* found = named(cell);
  if (found == nullptr) return Unexpected(not_named(cell));
  for (const LogChange& change : logs_changed_) {
    if (change.cell == found) return change.end();
  }
  MILLRACE_TRY(auto end, logs_.end(*found));
  return end.position;
}

bool RocksdbTransaction::admit(std::string_view key, size_t value_bytes, size_t value_bytes_max) {
  bytes_ += key.size() + value_bytes + kWriteOverhead;
  const char* broken = key.size() > limits::kKeyBytesMax       ? "a key is too long"
                       : value_bytes > value_bytes_max         ? "a value is too long"
                       : bytes_ > limits::kTransactionBytesMax ? "too many bytes"
                                                               : nullptr;
  if (broken == nullptr) return true;
  fail({ErrorCode::kTooLarge, std::string("transaction refused: ") + broken});
  return false;
}

void RocksdbTransaction::write(CellId cell, std::string_view key,
                               std::optional<std::string_view> value) {
  Cell* owner = named(cell);
  if (owner == nullptr || !admit(key, value ? value->size() : 0, limits::kValueBytesMax)) return;
  OwnWrite own{owner, std::nullopt};
  if (value) own.value.emplace(*value);
  auto found = writes_.lower_bound(key);
  if (found != writes_.end() && found->first == key) {
    found->second = std::move(own);
  } else {
    writes_.emplace_hint(found, key, std::move(own));
  }
}

void RocksdbTransaction::put(CellId cell, std::string_view key, std::string_view value) {
  write(cell, key, value);
}

void RocksdbTransaction::erase(CellId cell, std::string_view key) {
  write(cell, key, std::nullopt);
}

LogChange* RocksdbTransaction::log_change(CellId cell) {
  Cell* owner = named(cell);
  if (owner == nullptr) return nullptr;
  for (LogChange& change : logs_changed_) {
    if (change.cell == owner) return &change;
  }
  auto end = logs_.end(*owner);
  if (!end) {
    fail(end.error());
    return nullptr;
  }
  logs_changed_.push_back({owner, false, end->position, {}});
  return &logs_changed_.back();
}

Position RocksdbTransaction::append(CellId cell, std::string_view record) {
  LogChange* change = log_change(cell);
  if (change == nullptr || !admit({}, record.size(), limits::kLogRecordBytesMax)) return 0;
  change->records.push_back(std::make_shared<const std::string>(record));
  return change->end();
}

void RocksdbTransaction::start_log(CellId cell, Position position) {
  LogChange* change = log_change(cell);
  if (change == nullptr) return;
  if (change->end() != 0) {
    fail({ErrorCode::kAborted, "start_log() on a log that was appended to before"});
    return;
  }
  change->started = position > 0;
  change->before = position;
}

::rocksdb::Status RocksdbTransaction::write_to(::rocksdb::WriteBatch& batch, Ticket ticket) const {
  auto header = value_header(ticket);
  ::rocksdb::Status status;
  for (const auto& [key, write] : writes_) {
    if (!status.ok()) return status;
    if (write.value) {
      ::rocksdb::Slice key_part = slice(key);
      ::rocksdb::Slice value_parts[] = {slice(header), slice(*write.value)};
      status = batch.Put(store_.rows(), {&key_part, 1}, {value_parts, 2});
    } else {
      write.cell->last_erase_ticket.store(ticket, std::memory_order_release);
      status = batch.Delete(store_.rows(), slice(key));
    }
  }
  auto put_log = [&](Cell* cell, Position position, LogEntryKind kind, std::string_view record) {
    if (!status.ok()) return;
    auto key = log_key(cell->id, position);
    char kind_byte = static_cast<char>(kind);
    ::rocksdb::Slice key_part = slice(key);
    ::rocksdb::Slice value_parts[] = {slice(header), {&kind_byte, 1}, slice(record)};
    status = batch.Put(store_.log(), {&key_part, 1}, {value_parts, 3});
  };
  for (const LogChange& change : logs_changed_) {
    if (change.started) put_log(change.cell, change.before, LogEntryKind::kStart, {});
    Position position = change.before;
    for (const auto& record : change.records) {
      put_log(change.cell, ++position, LogEntryKind::kRecord, *record);
    }
  }
  return status;
}

}  // namespace millrace::engine::rocks
