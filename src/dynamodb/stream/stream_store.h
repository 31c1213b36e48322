// Streams and their shards: what exists, and reading it. A stream is a labelled view of a table's
// change logs; a shard is a segment of one cell's log. All of it is in storage
// (docs/formats/streams.md); this is the only part of DynamoDB that lambda/ uses.
//
// Thread-safe. Descriptions are immutable snapshots, shared freely.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/unique_function.h"
#include "dynamodb/stream/change_record.h"
#include "dynamodb/stream/log_holds.h"
#include "dynamodb/stream/stream.h"
#include "engine/engine.h"

namespace millrace::dynamodb::stream {

struct StreamRecord {
  engine::Position position;
  ChangeRecord change;
};

struct RecordPage {
  std::vector<StreamRecord> records;
  engine::Position next_after = 0;  // where the next read goes on
  bool at_end = false;              // nothing more is there now
  bool shard_finished = false;      // the shard is closed and has been read to its end
};

class StreamStore {
 public:
  // Loads the catalog of streams from `engine`. `engine`, `clock` and `random` must outlive the
  // store.
  static engine::Result<std::unique_ptr<StreamStore>> open(engine::Engine& engine,
                                                           const Clock& clock, Random& random);
  virtual ~StreamStore() = default;

  // ---- What exists

  // Null if no such stream exists (or its last record has expired).
  virtual StreamPtr find(std::string_view arn) const = 0;
  // Sorted by ARN. Empty table name: all of the account and region.
  virtual std::vector<StreamPtr> list(std::string_view account, std::string_view region,
                                      std::string_view table_name) const = 0;
  virtual std::vector<StreamPtr> list_all() const = 0;
  // The enabled stream of a table, null if none.
  virtual StreamPtr live_stream(uint64_t table_number) const = 0;

  // Calls `listener` after shards of a stream were added, closed or expired or its status changed,
  // on the thread that did it; must not block. A stream that has expired comes without shards, and
  // find() no longer knows it. Lives as long as the store.
  virtual void on_change(std::function<void(StreamPtr)> listener) = 0;

  // ---- Reading. A shard may be a snapshot from before it closed: its end is looked up again.

  // Records of a shard after a position, oldest first. Never waits. kTooOld if they were trimmed.
  virtual engine::Result<RecordPage> read(const Shard& shard, engine::Position after,
                                          const engine::LogReadOptions& options) const = 0;
  // The oldest position after which the shard still has all records (its trim horizon).
  virtual engine::Result<engine::Position> trim_horizon(const Shard& shard) const = 0;
  // The position of the shard's newest durable record (== after if it has none).
  virtual engine::Result<engine::Position> latest(const Shard& shard) const = 0;
  // The position after which the shard's records were committed at `time` or later; not before the
  // trim horizon. A binary search, because commit times never run backwards.
  virtual engine::Result<engine::Position> position_at_time(const Shard& shard,
                                                            Timestamp time) const = 0;

  // Wakes once when the shard has a durable record beyond `after`, closes, or at the deadline; a
  // hint, as engine::Engine::wait; `wake` does not run inside this call. Ids are the store's own:
  // use cancel_wait() below.
  virtual engine::WaitId wait(const Shard& shard, engine::Position after,
                              std::optional<Timestamp> deadline, UniqueFunction<void()> wake) = 0;
  virtual bool cancel_wait(engine::WaitId id) = 0;

  // ---- Changes, called inside a transaction that names kTableCatalogCell and the cells concerned.
  // `apply` of the returned change is called once the transaction has committed; a change that is
  // dropped instead has no effect. Each run of a transaction's function makes its own.

  struct NewStream {
    std::string account, region, partition, table_name;
    uint64_t table_number;
    ViewType view_type;
    std::vector<KeyAttribute> key_schema;
    std::vector<engine::CellId> cells;       // one open shard for each, from its log's end
    std::optional<Duration> retention = {};  // see Stream
  };
  struct PendingChange {
    StreamPtr stream;  // as it will be; null if nothing changes
    UniqueFunction<void()> apply;
  };
  // REQUIRES: the table has no enabled stream.
  virtual engine::Result<PendingChange> create(engine::Transaction& transaction,
                                               const NewStream& description) = 0;
  // Closes the open shards at their logs' ends. A disabled stream stays readable until it expires.
  // Changes nothing if the table has no enabled stream.
  virtual engine::Result<PendingChange> disable(engine::Transaction& transaction,
                                                uint64_t table_number) = 0;
  // How long the table's enabled stream keeps records from now on. Changes nothing if the table has
  // none: a disabled stream keeps the retention that it had.
  virtual engine::Result<PendingChange> set_retention(engine::Transaction& transaction,
                                                      uint64_t table_number,
                                                      std::optional<Duration> retention) = 0;
  // Ends the shard of `cell` and begins its child at the next position. Changes nothing if the
  // table has no enabled stream.
  virtual engine::Result<PendingChange> rotate(engine::Transaction& transaction,
                                               uint64_t table_number, engine::CellId cell) = 0;
  // Ends `parent` as a cell: starts the logs of `children` at its end and, if the table has an
  // enabled stream, closes its shard with one child for each of them. `lineage_time` is what
  // LineageClock::next_commit_time(parent) says inside this transaction. That the children take
  // over the hash range is the table catalog's part of the same transaction; nothing may be
  // appended to `parent` after it. REQUIRES: nothing was ever appended to the children.
  virtual engine::Result<PendingChange> split(engine::Transaction& transaction,
                                              uint64_t table_number, engine::CellId parent,
                                              const std::vector<engine::CellId>& children,
                                              Timestamp lineage_time) = 0;

  // ---- For what stands around the store

  // Who else still needs records of which log. Read by StreamMaintenance before it trims.
  virtual LogHolds& log_holds() = 0;
  // Records that precede the cell's own in its lineage were committed at this time or earlier: see
  // LineageClock.
  virtual Timestamp lineage_floor(engine::CellId cell) const = 0;
  // Records of the cell at or below this position have expired, also if the engine still has them.
  virtual engine::Position hidden_until(engine::CellId cell) const = 0;
  // A stored random key with which shard iterators are signed, so that they survive a restart.
  virtual const std::string& iterator_secret() const = 0;

  // Expiry, driven by StreamMaintenance, which knows that all records of the shards have expired.
  // Shards that are open or gone already are left alone; a whole stream goes only if it is
  // disabled.
  virtual engine::Result<PendingChange> expire_shards(engine::Transaction& transaction,
                                                      const std::string& arn,
                                                      const std::set<std::string>& shard_ids) = 0;
  virtual engine::Result<PendingChange> expire_stream(engine::Transaction& transaction,
                                                      const std::string& arn) = 0;
  // Raises hidden_until(cell) to `position`: an engine always keeps the last record of a
  // log, which readers must not see once it has expired.
  virtual PendingChange hide_until(engine::Transaction& transaction, engine::CellId cell,
                                   engine::Position position) = 0;
};

}  // namespace millrace::dynamodb::stream
