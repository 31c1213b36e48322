// The storage contract. Everything that millrace keeps lives in an Engine: items, index rows,
// change logs, queues, catalogs, checkpoints. Two implementations are planned (embedded RocksDB;
// PostgreSQL for several servers) and one conformance suite, engine_conformance.h, holds both to
// this text.
//
// CELLS. A cell is the unit of serialisation, placement and order: a set of rows and one log. Which
// rows belong to which cell is the caller's rule; a caller that names the wrong cell for a key
// loses isolation, not data. Rows are ordered by key (unsigned bytes) in one key space for all
// cells, so a range may cross rows of several cells as long as the caller names the cells that it
// depends on.
//
// LOGS. Positions of a cell's log are dense counters from 1: p + 1 follows p. If log_read() has
// returned position p, no record at or below p appears, changes or disappears later (except by
// log_trim), and there is no gap. Records of one transaction in one cell are consecutive. There is
// no order between cells.
//
// COMMITS. A transaction's rows and log records become visible together and only once they are
// durable. Timeline of one transaction:
//
//     transact() called ── cells locked ── fn runs ── applied, cells unlocked ── durable ──
//     completion
//                                                     │                          │
//                     a transaction on the same cell may read these rows here    │
//                          (it becomes durable later than this one, never before)│
//                                       snapshot() and log_read() show them from here on
//
// A transaction that completes successfully is durable; what "durable" survives is the engine's
// sync mode, chosen when it is opened. Every read that an answer is based on goes through
// snapshot() or transact(); both answer only when everything they saw is durable.
//
// COMPLETIONS run once, either inside the call (when nothing has to be waited for) or on an engine
// thread. They must be short and must not block; they may call the engine again. No caller's thread
// waits for a sync or for a server.
//
// FUNCTIONS passed to transact() and snapshot() may run more than once (after a conflict or a lost
// connection), possibly on another thread: they must not change captured state except by assigning
// their outputs whole, and must not call the engine except through their argument.
//
// All methods are thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_function.h"

namespace millrace::engine {

enum class CellId : uint64_t {};
// Position 0 is before the first record of a log.
using Position = uint64_t;

// Closed: a code exists only if some caller reacts to it. Details are in the log, not here.
enum class ErrorCode {
  kConflict,     // not applied; trying again may succeed. Engines retry by themselves first.
  kUnavailable,  // not applied: the engine is stopping or its server is away
  kUnknown,      // may or may not be applied; call again with the same TransactionId to find out
  kFenced,       // not applied: a lease named in the transaction has passed to another owner
  kTooLarge,     // not applied: a limit of base/limits.h is exceeded
  kTooOld,       // log_read: records after the given position have been trimmed
  kCorrupt,      // stored bytes are not what was written; the engine has stopped serving them
  kAborted,      // not applied: fn returned false
};
std::string_view to_string(ErrorCode code);

struct Error {
  ErrorCode code;
  std::string message;  // for logs, never for clients
};

template <class T>
using Result = millrace::Result<T, Error>;

// Makes an unknown outcome resolvable: a second transact() with the same id does not run fn if the
// first one has committed. Remembered for at least 10 minutes of the engine's clock. Empty: none.
using TransactionId = std::string;

struct Row {
  std::string key;
  std::string value;
};

struct RangeOptions {
  std::string begin = {};  // inclusive
  std::string end = {};    // exclusive; empty means no upper bound
  bool reverse = false;
  size_t rows_max = SIZE_MAX;
};

// Reads inside a transaction or a snapshot. Views passed to a visitor are valid during that call.
class Reader {
 public:
  virtual ~Reader() = default;
  virtual Result<std::optional<std::string>> get(CellId cell, std::string_view key) = 0;
  // Calls `visit` for each row in key order (or reverse) until it returns false, the range ends or
  // rows_max is reached. `cells` are those that rows of the range can belong to.
  using Visitor = std::function<bool(std::string_view key, std::string_view value)>;
  virtual Result<void> range(const std::vector<CellId>& cells, const RangeOptions& options,
                             const Visitor& visit) = 0;
  // The position of the cell's newest log record (inside a transaction: also its own).
  virtual Result<Position> log_end(CellId cell) = 0;
};

// Reads see the transaction's own writes. Every cell used must have been named to transact(); using
// another one is a bug, which ends the transaction as kAborted. A method without a result that goes
// wrong (a limit is exceeded) ends it too, whatever the function returns.
class Transaction : public Reader {
 public:
  virtual void put(CellId cell, std::string_view key, std::string_view value) = 0;
  virtual void erase(CellId cell, std::string_view key) = 0;
  // Adds a record to the cell's log and returns its position (final if the transaction commits).
  virtual Position append(CellId cell, std::string_view record) = 0;
  // Lets an empty log begin after `position`, as the log of a cell that continues another one does.
  // REQUIRES: nothing was ever appended to this log.
  virtual void start_log(CellId cell, Position position) = 0;
};

// A claim that `cell` is still leased to the holder of `epoch`; checked in the commit itself.
struct Fence {
  CellId cell;
  uint64_t epoch;
};

struct TransactOptions {
  TransactionId id;
  std::vector<CellId> cells;  // any order, duplicates allowed; locked in ascending order
  std::vector<Fence> fences;  // cells of fences are locked too
};

struct Committed {
  bool replayed = false;  // the id was committed before and fn has not run now
};

struct LogRecord {
  Position position;
  std::string record;
};

struct LogPage {
  std::vector<LogRecord> records;  // consecutive, the first at after + 1
  // The last durable position of the log: the page reached the end if its last record is there.
  Position end = 0;
};

struct LogReadOptions {
  size_t records_max = 1000;
  // At least one record is returned however large it is.
  size_t bytes_max = 1024 * 1024;
};

struct LogRange {
  Position first = 1;  // the oldest record kept; last + 1 if none is
  Position last = 0;   // the newest durable one
};

struct Lease {
  uint64_t epoch;  // rises with every change of owner
  Timestamp expires;
};

using WaitId = uint64_t;

// Everything that an engine keeps, as values.
struct Contents {
  struct Log {
    CellId cell;
    Position before;  // the first of `records` is at before + 1
    std::vector<std::string> records;
  };
  struct HeldLease {
    CellId cell;
    std::string owner;
    Lease lease;
  };
  struct RememberedId {
    TransactionId id;
    Timestamp committed;
  };
  std::vector<Row> rows;  // ordered by key
  std::vector<Log> logs;  // those that were ever used, ordered by cell
  std::vector<HeldLease> leases;
  std::vector<RememberedId> transaction_ids;
  size_t bytes = 0;  // of keys, values and records
};

class Engine {
 public:
  virtual ~Engine() = default;

  // Locks the cells, runs `fn`, commits durably. `fn` returns false (or an error) to apply nothing:
  // the completion then gets kAborted (or that error). Errors: all but kTooOld.
  using TransactFunction = UniqueFunction<Result<bool>(Transaction&)>;
  using TransactCompletion = UniqueFunction<void(Result<Committed>)>;
  virtual void transact(TransactOptions options, TransactFunction fn,
                        TransactCompletion completion) = 0;

  // A consistent read of the named cells: all rows as of one moment. The completion gets fn's
  // error, or success once everything that fn saw is durable. Errors: kUnavailable, kCorrupt.
  using SnapshotFunction = UniqueFunction<Result<void>(Reader&)>;
  using SnapshotCompletion = UniqueFunction<void(Result<void>)>;
  virtual void snapshot(std::vector<CellId> cells, SnapshotFunction fn,
                        SnapshotCompletion completion) = 0;

  // Durable records after `after`, oldest first. Recent ones come from memory. Never waits.
  // Errors: kTooOld if record after + 1 has been trimmed, kUnavailable, kCorrupt.
  virtual Result<LogPage> log_read(CellId cell, Position after, const LogReadOptions& options) = 0;
  virtual Result<LogRange> log_range(CellId cell) = 0;

  // Forgets records at or below `up_to`, except the last one of the log: it carries the counter.
  virtual Result<void> log_trim(CellId cell, Position up_to) = 0;

  // Calls `wake` once, soon after some cell's log has a durable record beyond the position given
  // for it (at once if it has one already), or at `deadline`. A hint: it may come early, and
  // correctness must not depend on it. cancel_wait() returns true if `wake` will not run.
  virtual WaitId wait(std::vector<std::pair<CellId, Position>> positions,
                      std::optional<Timestamp> deadline, UniqueFunction<void()> wake) = 0;
  virtual bool cancel_wait(WaitId id) = 0;

  // Takes or renews the cell's lease for `owner` until `ttl` from now. kConflict while another
  // owner holds an unexpired one. Renewing keeps the epoch; taking it over raises the epoch.
  using LeaseCompletion = UniqueFunction<void(Result<Lease>)>;
  virtual void lease(CellId cell, std::string owner, Duration ttl, LeaseCompletion completion) = 0;

  // Everything as of one moment. What is not durable yet may be among it. Blocks as long as reading
  // all of it takes. Errors: kTooLarge beyond `bytes_max`, kUnavailable, kCorrupt.
  virtual Result<Contents> copy(size_t bytes_max) = 0;
  // Makes `contents` all that is kept, durably: a crash leaves what was before or this, never a
  // mixture. Positions, epochs and ids go on from there. Blocks.
  // REQUIRES: nothing was called since the engine was opened. Errors: kUnavailable.
  virtual Result<void> replace(const Contents& contents) = 0;
};

// Waits for the outcome: for start-up, tools and tests, never on a thread that answers requests.
Result<Committed> transact_and_wait(Engine& engine, TransactOptions options,
                                    Engine::TransactFunction fn);
Result<void> snapshot_and_wait(Engine& engine, std::vector<CellId> cells,
                               Engine::SnapshotFunction fn);

}  // namespace millrace::engine
