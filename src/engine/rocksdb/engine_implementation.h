// The Engine on a Store: how its parts work together. See rocksdb_engine.h for what it promises.
#pragma once

#include <memory>
#include <vector>

#include "engine/rocksdb/committer.h"
#include "engine/rocksdb/rocksdb_engine.h"
#include "engine/rocksdb/snapshot_reader.h"
#include "engine/rocksdb/transaction.h"
#include "engine/rocksdb/transaction_ids.h"

namespace millrace::engine::rocks {

// For calls that come too late or too many at a time, and for commits cut short by a failure.
Error unavailable_error();
Error unknown_error();

class RocksdbEngine final : public Engine {
 public:
  RocksdbEngine(const RocksdbOptions& options, std::unique_ptr<Store> store, Timers& timers);
  ~RocksdbEngine() override;

  void transact(TransactOptions options, TransactFunction fn,
                TransactCompletion completion) override;
  void snapshot(std::vector<CellId> cells, SnapshotFunction fn,
                SnapshotCompletion completion) override;
  Result<LogPage> log_read(CellId cell, Position after, const LogReadOptions& options) override;
  Result<LogRange> log_range(CellId cell) override;
  Result<void> log_trim(CellId cell, Position up_to) override;
  WaitId wait(std::vector<std::pair<CellId, Position>> positions, std::optional<Timestamp> deadline,
              UniqueFunction<void()> wake) override;
  bool cancel_wait(WaitId id) override;
  void lease(CellId cell, std::string owner, Duration ttl, LeaseCompletion completion) override;
  Result<Contents> copy(size_t bytes_max) override;
  Result<void> replace(const Contents& contents) override;

 private:
  // What has been done under the cells' locks.
  struct Attempt {
    bool applied = false;  // with `ticket`; else nothing was, and `ticket` is what was seen
    Ticket ticket = 0;
    std::vector<LogAdvance> logs;
  };
  struct TransactAttempt : Attempt {
    Result<Committed> outcome = Committed{};
  };
  struct LeaseAttempt : Attempt {
    Result<Lease> outcome = Unexpected(unavailable_error());
  };

  TransactAttempt run_transaction(const TransactOptions& options, TransactFunction& fn);
  Result<void> check_fences(const std::vector<Fence>& fences);
  void commit(const TransactOptions& options, const RocksdbTransaction& transaction,
              CellLocks& locks, TransactAttempt& attempt);
  LeaseAttempt run_lease(CellId cell, const std::string& owner, Duration ttl);
  Result<std::optional<StoredLease>> read_lease(CellId cell);
  void write_or_fail(const ::rocksdb::Status& filled, ::rocksdb::WriteBatch& batch);
  // Runs `callback` when the attempt's outcome may be told.
  void finish(Attempt& attempt, Committer::Callback callback);
  void trim_ids();

  const std::unique_ptr<Store> store_;
  Timers& timers_;
  const Clock& clock_;
  CellTable cells_;
  CellLog logs_;
  TransactionIds ids_;
  const std::shared_ptr<WaitList> waits_;
  const std::shared_ptr<Committer> committer_;
};

// open_rocksdb_engine() with another environment underneath, for tests of failures.
Result<std::unique_ptr<Engine>> open_rocksdb_engine_on(::rocksdb::Env* env, RocksdbOptions options,
                                                       Timers& timers);

}  // namespace millrace::engine::rocks
