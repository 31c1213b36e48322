// Streams and their shards: what exists, and reading it. A stream is a labelled view of a table's
// change logs; a shard is a segment of one cell's log. All of it is in storage; this is the only
// part of DynamoDB that lambda/ uses.
//
// Thread-safe. Descriptions are immutable snapshots, shared freely.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aws/api_error.h"
#include "base/executor.h"
#include "base/random.h"
#include "dynamodb/stream/change_record.h"
#include "engine/engine.h"

namespace millrace::dynamodb::stream {

// Records at positions (after, last] of `cell` belong to the shard.
struct Shard {
  std::string id;  // "shardId-" 20 digits of epoch milliseconds "-" 8 hexadecimal digits
  std::optional<std::string> parent_id;
  engine::CellId cell;
  engine::Position after = 0;
  std::optional<engine::Position> last;  // set when the shard has closed; == after if it is empty
  Timestamp created;
  std::optional<Timestamp> closed;
};

enum class StreamStatus : uint8_t { kEnabling, kEnabled, kDisabling, kDisabled };
std::string_view to_string(StreamStatus status);

struct KeyAttribute {
  std::string name;
  std::string key_type;  // "HASH" or "RANGE"
};

struct Stream {
  std::string arn;
  std::string label;
  std::string account;
  std::string region;
  std::string table_name;
  uint64_t table_number;  // tells a table from an earlier one of the same name
  ViewType view_type;
  StreamStatus status;
  Timestamp created;
  std::optional<Timestamp> disabled;
  std::vector<KeyAttribute> key_schema;
  std::vector<Shard> shards;  // parents before children

  const Shard* find_shard(std::string_view id) const;
};
using StreamPtr = std::shared_ptr<const Stream>;

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
  // Loads the catalog of streams from `engine`. `engine` must outlive the store.
  static engine::Result<std::unique_ptr<StreamStore>> open(engine::Engine& engine,
                                                           const Clock& clock, Random& random);
  virtual ~StreamStore() = default;

  // Null if no such stream exists (or its last record has expired).
  virtual StreamPtr find(std::string_view arn) const = 0;
  // Sorted by ARN. Empty table name: all of the account and region.
  virtual std::vector<StreamPtr> list(std::string_view account, std::string_view region,
                                      std::string_view table_name) const = 0;
  // The enabled stream of a table, null if none.
  virtual StreamPtr live_stream(uint64_t table_number) const = 0;

  // Records of a shard after a position, oldest first. Never waits. kTooOld if they were trimmed.
  virtual engine::Result<RecordPage> read(const Shard& shard, engine::Position after,
                                          const engine::LogReadOptions& options) const = 0;
  // The oldest position after which the shard still has all records (its trim horizon).
  virtual engine::Result<engine::Position> trim_horizon(const Shard& shard) const = 0;
  // The position of the shard's newest durable record (== after if it has none).
  virtual engine::Result<engine::Position> latest(const Shard& shard) const = 0;

  // Wakes once when the shard has a durable record beyond `after`, closes, or at the deadline; a
  // hint, as engine::Engine::wait. Ids are the engine's.
  virtual engine::WaitId wait(const Shard& shard, engine::Position after,
                              std::optional<Timestamp> deadline, UniqueFunction<void()> wake) = 0;
  virtual bool cancel_wait(engine::WaitId id) = 0;

  // Calls `listener` after shards of a stream were added or closed or its status changed, on the
  // thread that did it; must not block. Lives as long as the store.
  virtual void on_change(std::function<void(StreamPtr)> listener) = 0;

  // Changes, called by dynamodb/table inside its own transaction on kTableCatalogCell and the table's
  // cells. `apply` of the returned change is called once the transaction has committed.
  struct NewStream {
    std::string account, region, partition, table_name;
    uint64_t table_number;
    ViewType view_type;
    std::vector<KeyAttribute> key_schema;
    std::vector<engine::CellId> cells;  // one open shard for each, from its log's end
  };
  struct PendingChange {
    StreamPtr stream;
    UniqueFunction<void()> apply;
  };
  virtual engine::Result<PendingChange> create(engine::Transaction& transaction,
                                               const NewStream& description) = 0;
  // Closes the open shards at their logs' ends. A disabled stream stays readable until it expires.
  virtual engine::Result<PendingChange> disable(engine::Transaction& transaction,
                                                uint64_t table_number) = 0;
  // Ends the shard of `cell` and begins its child at the next position. Part of rotation.
  virtual engine::Result<PendingChange> rotate(engine::Transaction& transaction,
                                               uint64_t table_number, engine::CellId cell) = 0;
};

}  // namespace millrace::dynamodb::stream
