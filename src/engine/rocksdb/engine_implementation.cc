#include "engine/rocksdb/engine_implementation.h"

#include <utility>

#include "base/crash_point.h"
#include "base/limits.h"
#include "engine/rocksdb/failure.h"

namespace millrace::engine::rocks {

namespace {

std::vector<CellId> cells_of(const TransactOptions& options) {
  std::vector<CellId> cells = options.cells;
  for (const Fence& fence : options.fences) cells.push_back(fence.cell);
  return cells;
}

}  // namespace

Error unavailable_error() {
  return {ErrorCode::kUnavailable, "the storage engine is stopped or overloaded"};
}

Error unknown_error() {
  return {ErrorCode::kUnknown, "the storage engine has failed during the commit"};
}

RocksdbEngine::RocksdbEngine(const RocksdbOptions& options, std::unique_ptr<Store> store,
                             Timers& timers)
    : store_(std::move(store)),
      timers_(timers),
      clock_(timers.clock()),
      logs_(*store_, options.log_tail_bytes),
      ids_(*store_, clock_),
      waits_(std::make_shared<WaitList>(timers)),
      committer_(std::make_shared<Committer>(options, *store_, logs_, waits_, timers)) {
  store_->report_write_errors([this](const std::string& reason) { committer_->turn_away(reason); });
}

RocksdbEngine::~RocksdbEngine() {
  committer_->stop();
  store_->report_write_errors(nullptr);
  waits_->clear();
}

void RocksdbEngine::finish(Attempt& attempt, Committer::Callback callback) {
  auto outcome = attempt.applied
                     ? committer_->written(attempt.ticket, std::move(attempt.logs), callback)
                     : committer_->when_durable(attempt.ticket, callback);
  if (outcome != Committer::Outcome::kPending) callback(outcome == Committer::Outcome::kDurable);
}

void RocksdbEngine::transact(TransactOptions options, TransactFunction fn,
                             TransactCompletion completion) {
  if (committer_->stopped()) return completion(Unexpected(unavailable_error()));
  TransactAttempt attempt = run_transaction(options, fn);
  if (!options.id.empty() && ids_.trim_is_due()) trim_ids();
  finish(attempt, [completion = std::move(completion), outcome = std::move(attempt.outcome),
                   applied = attempt.applied](bool durable) mutable {
    if (durable) return completion(std::move(outcome));
    completion(Unexpected(applied ? unknown_error() : unavailable_error()));
  });
}

RocksdbEngine::TransactAttempt RocksdbEngine::run_transaction(const TransactOptions& options,
                                                              TransactFunction& fn) {
  TransactAttempt attempt;
  auto fail = [&attempt](Error error) {
    attempt.outcome = Unexpected(std::move(error));
    return std::move(attempt);
  };
  std::vector<CellId> ids = cells_of(options);
  if (ids.size() > limits::kTransactionCellsMax || options.id.size() > limits::kKeyBytesMax) {
    return fail({ErrorCode::kTooLarge, "transaction refused: too many cells or too long an id"});
  }
  std::unique_lock<std::mutex> id_lock;
  if (!options.id.empty()) id_lock = ids_.lock(options.id);
  CellLocks locks(cells_, std::move(ids));
  // Whatever the answer is, it may depend on anything that these cells hold.
  attempt.ticket = locks.last_ticket();
  if (!options.id.empty()) {
    auto committed = ids_.committed(options.id);
    if (!committed) return fail(std::move(committed).error());
    if (*committed) {
      attempt.ticket = std::max(attempt.ticket, **committed);
      attempt.outcome = Committed{.replayed = true};
      return attempt;
    }
  }
  auto fenced = check_fences(options.fences);
  if (!fenced) return fail(std::move(fenced).error());
  RocksdbTransaction transaction(*store_, logs_, locks);
  auto wanted = fn(transaction);
  if (!wanted) return fail(std::move(wanted).error());
  if (!*wanted) return fail({ErrorCode::kAborted, "the transaction's function applied nothing"});
  if (auto status = transaction.status(); !status) return fail(std::move(status).error());
  if (!transaction.empty() || !options.id.empty()) commit(options, transaction, locks, attempt);
  return attempt;
}

void RocksdbEngine::commit(const TransactOptions& options, const RocksdbTransaction& transaction,
                           CellLocks& locks, TransactAttempt& attempt) {
  auto ticket = committer_->begin();
  if (!ticket) {
    attempt.ticket = 0;
    attempt.outcome = Unexpected(unavailable_error());
    return;
  }
  ::rocksdb::WriteBatch batch;
  auto filled = transaction.write_to(batch, *ticket);
  if (filled.ok() && !options.id.empty()) filled = ids_.remember(batch, options.id, *ticket);
  write_or_fail(filled, batch);
  MILLRACE_CRASH_POINT("commit.written");
  for (const LogChange& change : transaction.log_changes()) {
    logs_.applied(change, *ticket);
    attempt.logs.push_back({change.cell, change.end()});
  }
  locks.set_last_ticket(*ticket);
  attempt.applied = true;
  attempt.ticket = *ticket;
}

void RocksdbEngine::write_or_fail(const ::rocksdb::Status& filled, ::rocksdb::WriteBatch& batch) {
  auto status = filled.ok() ? store_->write(batch) : filled;
  if (!status.ok()) committer_->fail("write: " + describe_failure(status));
}

void RocksdbEngine::trim_ids() {
  committer_->run_on_thread([this] {
    if (!committer_->stopped() && ids_.trim()) trim_ids();
  });
}

void RocksdbEngine::snapshot(std::vector<CellId> cells, SnapshotFunction fn,
                             SnapshotCompletion completion) {
  if (committer_->stopped()) return completion(Unexpected(unavailable_error()));
  Attempt attempt;
  Result<void> outcome;
  bool again = false;
  do {
    SnapshotReader reader(*store_, cells_, logs_, cells, again);
    outcome = fn(reader);
    attempt.ticket = reader.seen();
    again = reader.must_run_again();
  } while (again);
  finish(attempt,
         [completion = std::move(completion), outcome = std::move(outcome)](bool durable) mutable {
           if (durable) return completion(std::move(outcome));
           completion(Unexpected(unavailable_error()));
         });
}

Result<LogPage> RocksdbEngine::log_read(CellId cell, Position after,
                                        const LogReadOptions& options) {
  if (committer_->stopped()) return Unexpected(unavailable_error());
  return logs_.read(cells_.at(cell), after, options);
}

Result<LogRange> RocksdbEngine::log_range(CellId cell) {
  if (committer_->stopped()) return Unexpected(unavailable_error());
  return logs_.range(cells_.at(cell));
}

Result<void> RocksdbEngine::log_trim(CellId cell, Position up_to) {
  if (committer_->stopped()) return Unexpected(unavailable_error());
  MILLRACE_TRY(auto status, logs_.trim(cells_.at(cell), up_to));
  if (status.ok()) return {};
  committer_->fail("log trim: " + describe_failure(status));
  return Unexpected(unavailable_error());
}

WaitId RocksdbEngine::wait(std::vector<std::pair<CellId, Position>> positions,
                           std::optional<Timestamp> deadline, UniqueFunction<void()> wake) {
  WaitId id = waits_->add(positions, std::move(wake));
  // Looked at after the waiter is listed: a record that becomes durable now wakes it in one way or
  // the other. A log that cannot be read is left to the woken to find out.
  bool due = deadline && *deadline <= clock_.now();
  for (const auto& [cell, position] : positions) {
    if (due) break;
    auto range = logs_.range(cells_.at(cell));
    due = !range || range->last > position;
  }
  if (due) {
    if (Wake now = waits_->remove(id)) committer_->deliver_wake(std::move(now));
  } else if (deadline) {
    std::weak_ptr<WaitList> waits = waits_;
    std::weak_ptr<Committer> committer = committer_;
    waits_->set_timer(id, timers_.schedule(*deadline, [waits, committer, id] {
      auto list = waits.lock();
      auto target = committer.lock();
      if (!list || !target) return;
      if (Wake late = list->remove(id)) target->deliver_wake(std::move(late));
    }));
  }
  return id;
}

bool RocksdbEngine::cancel_wait(WaitId id) {
  return static_cast<bool>(waits_->remove(id));
}

}  // namespace millrace::engine::rocks
