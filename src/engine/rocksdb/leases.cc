// Leases and fences of RocksdbEngine: a row in column family "default" for each cell that was ever
// leased, read and written under the cell's lock.
#include <utility>

#include "engine/rocksdb/engine_implementation.h"

namespace millrace::engine::rocks {

Result<std::optional<StoredLease>> RocksdbEngine::read_lease(CellId cell) {
  MILLRACE_TRY(auto row, store_->get(store_->system(), lease_key(cell)));
  if (!row) return std::optional<StoredLease>();
  auto lease = parse_lease(row->value);
  if (!lease) return Unexpected(corrupt_error("lease", lease_key(cell)));
  return lease;
}

// Only the epoch counts: a holder whose lease has expired may go on until somebody takes it over.
Result<void> RocksdbEngine::check_fences(const std::vector<Fence>& fences) {
  for (const Fence& fence : fences) {
    MILLRACE_TRY(auto lease, read_lease(fence.cell));
    if (lease && lease->epoch == fence.epoch) continue;
    return Unexpected(
        Error{ErrorCode::kFenced, "the lease of cell " +
                                      std::to_string(static_cast<uint64_t>(fence.cell)) +
                                      " is not of epoch " + std::to_string(fence.epoch)});
  }
  return {};
}

RocksdbEngine::LeaseAttempt RocksdbEngine::run_lease(CellId cell, const std::string& owner,
                                                     Duration ttl) {
  LeaseAttempt attempt;
  CellLocks locks(cells_, {cell});
  attempt.ticket = locks.last_ticket();
  auto held = read_lease(cell);
  if (!held) {
    attempt.outcome = Unexpected(std::move(held).error());
    return attempt;
  }
  Timestamp now = clock_.now();
  const auto& lease = *held;
  bool owned = lease && lease->owner == owner;
  if (lease && !owned && lease->expires > now) {
    attempt.outcome = Unexpected(Error{ErrorCode::kConflict, "leased to " + lease->owner});
    return attempt;
  }
  auto ticket = committer_->begin();
  if (!ticket) {
    attempt.ticket = 0;
    return attempt;
  }
  uint64_t epoch = !lease ? 1 : owned ? lease->epoch : lease->epoch + 1;
  StoredLease taken{epoch, now + ttl, owner};
  auto header = value_header(*ticket);
  ::rocksdb::WriteBatch batch;
  auto filled = batch.Put(store_->system(), lease_key(cell),
                          std::string(header.data(), header.size()) + lease_bytes(taken));
  write_or_fail(filled, batch);
  locks.set_last_ticket(*ticket);
  attempt.applied = true;
  attempt.ticket = *ticket;
  attempt.outcome = Lease{taken.epoch, taken.expires};
  return attempt;
}

void RocksdbEngine::lease(CellId cell, std::string owner, Duration ttl,
                          LeaseCompletion completion) {
  if (committer_->stopped()) return completion(Unexpected(unavailable_error()));
  LeaseAttempt attempt = run_lease(cell, owner, ttl);
  finish(attempt, [completion = std::move(completion), outcome = std::move(attempt.outcome),
                   applied = attempt.applied](bool durable) mutable {
    if (durable) return completion(std::move(outcome));
    completion(Unexpected(applied ? unknown_error() : unavailable_error()));
  });
}

}  // namespace millrace::engine::rocks
