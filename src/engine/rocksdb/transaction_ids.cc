#include "engine/rocksdb/transaction_ids.h"

#include <functional>
#include <memory>

namespace millrace::engine::rocks {

namespace {

// A step between two syncs, well under a millisecond.
constexpr size_t kTrimmedAtOnceMax = 100;

}  // namespace

TransactionIds::TransactionIds(Store& store, const Clock& clock)
    : store_(store),
      clock_(clock),
      trimmed_at_(clock.now()),
      trim_from_(transaction_time_prefix()) {}

std::unique_lock<std::mutex> TransactionIds::lock(std::string_view id) {
  return std::unique_lock(stripes_[std::hash<std::string_view>()(id) % stripes_.size()]);
}

Result<std::optional<Ticket>> TransactionIds::committed(std::string_view id) {
  MILLRACE_TRY(auto marker, store_.get(store_.system(), transaction_id_key(id)));
  if (!marker) return std::optional<Ticket>();
  auto time = parse_timestamp(marker->value);
  if (!time) return Unexpected(corrupt_error("transaction marker", transaction_id_key(id)));
  if (*time + kRememberedFor < clock_.now()) return std::optional<Ticket>();
  return std::optional(marker->ticket);
}

::rocksdb::Status TransactionIds::remember(::rocksdb::WriteBatch& batch, std::string_view id,
                                           Ticket ticket) {
  Timestamp now = clock_.now();
  auto header = value_header(ticket);
  std::string value(header.data(), header.size());
  value += timestamp_bytes(now);
  auto status = batch.Put(store_.system(), transaction_id_key(id), value);
  if (!status.ok()) return status;
  return batch.Put(store_.system(), transaction_time_key(now, id), ::rocksdb::Slice());
}

bool TransactionIds::trim_is_due() {
  Timestamp now = clock_.now();
  Timestamp last = trimmed_at_.load();
  return now - last >= kTrimInterval && trimmed_at_.compare_exchange_strong(last, now);
}

bool TransactionIds::trim() {
  std::string end = transaction_time_key(clock_.now() - kRememberedFor, {});
  ::rocksdb::Slice upper = slice(end);
  ::rocksdb::ReadOptions read;
  read.iterate_upper_bound = &upper;
  std::unique_ptr<::rocksdb::Iterator> iterator(store_.db().NewIterator(read, store_.system()));
  iterator->Seek(slice(trim_from_));
  for (size_t i = 0; i < kTrimmedAtOnceMax; ++i, iterator->Next()) {
    if (!iterator->Valid()) return false;
    auto entry = parse_transaction_time_key(view(iterator->key()));
    if (!entry || !forget(view(iterator->key()), *entry)) return false;
    trim_from_ = iterator->key().ToString();
  }
  return true;
}

bool TransactionIds::forget(std::string_view time_key, const TransactionTime& entry) {
  auto id_lock = lock(entry.id);
  std::string id_key = transaction_id_key(entry.id);
  auto marker = store_.get(store_.system(), id_key);
  if (!marker) return false;
  ::rocksdb::WriteBatch batch;
  auto status = batch.Delete(store_.system(), slice(time_key));
  // The id may have been used again since; that use has an entry of its own.
  bool same_use = *marker && (*marker)->value == timestamp_bytes(entry.committed);
  if (status.ok() && same_use) status = batch.Delete(store_.system(), id_key);
  return status.ok() && store_.write(batch).ok();
}

}  // namespace millrace::engine::rocks
