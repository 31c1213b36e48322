// What a table is: its keys, indexes, cells and settings. Immutable snapshots, shared freely; the
// catalog replaces them when a table changes.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "dynamodb/item/attribute_value.h"
#include "engine/engine.h"

namespace millrace::dynamodb::table {

struct KeyDefinition {
  std::string name;
  AttributeType type;  // kString, kNumber or kBinary
  bool operator==(const KeyDefinition&) const = default;
};

enum class TableStatus : uint8_t { kCreating, kUpdating, kActive, kDeleting };
std::string_view to_string(TableStatus status);

// Of a global index: it is filled, or emptied, while its table is used.
enum class IndexStatus : uint8_t { kCreating, kActive, kDeleting };
std::string_view to_string(IndexStatus status);

enum class ProjectionType : uint8_t { kAll, kKeysOnly, kInclude };
std::string_view to_string(ProjectionType type);

enum class BillingMode : uint8_t { kProvisioned, kPayPerRequest };
std::string_view to_string(BillingMode mode);

struct Throughput {
  int64_t read_units = 0;
  int64_t write_units = 0;
  bool operator==(const Throughput&) const = default;
};

// Items and bytes (as DynamoDB counts sizes) of a table or index: live counters, shared by all
// snapshots of the table. Durable counts are in the cells (cell_head.h); these follow them.
struct ItemCounters {
  std::atomic<int64_t> items{0};
  std::atomic<int64_t> bytes{0};
};

struct Index {
  std::string name;
  uint64_t number;  // unique for ever: begins the index's row keys
  bool global;
  // Partition and sort key attributes. Local: the table's partition key. Several of each only in
  // global indexes with multi-attribute keys.
  std::vector<KeyDefinition> partition_key;
  std::vector<KeyDefinition> sort_key;
  ProjectionType projection = ProjectionType::kAll;
  std::vector<std::string> included_attributes;  // kInclude
  std::optional<Throughput> throughput;          // global, provisioned
  std::optional<Throughput> on_demand_limits;    // global, as given
  engine::CellId cell{};                         // global: where its rows live
  IndexStatus status = IndexStatus::kActive;
  // Set by the catalog: what follows from the rest.
  std::vector<std::string> projected_attributes;  // sorted, keys included; not for kAll
  std::shared_ptr<ItemCounters> counters;
};

// The part of the hash space from `begin` up to the next range's begin is kept by `cell`.
struct CellRange {
  uint64_t begin;
  engine::CellId cell;
};

// A cell that two others have taken over. Its log ends at `last`; theirs begin behind it.
struct CellSplit {
  engine::CellId parent;
  engine::Position last;
  engine::CellId lower, upper;
  bool operator==(const CellSplit&) const = default;
};

// Items expire at the time that this attribute of theirs says. Each enabling has a number of its
// own, unique for ever: it begins the keys of the rows that order items by expiry (expiry_rows.h).
struct TimeToLive {
  uint64_t number;
  std::string attribute;
  bool operator==(const TimeToLive&) const = default;
};

// Point-in-time recovery: every change is logged with what the item was before, and kept so long.
struct PointInTimeRecovery {
  Timestamp since;
  int days;
  bool operator==(const PointInTimeRecovery&) const = default;
};

// What a table was restored from (dynamodb/backup). It serves nothing before kDone.
struct RestoreOrigin {
  enum class Phase : uint8_t { kItems, kIndexes, kDone };
  std::string backup_arn;  // empty: from the table itself, at a time
  std::string table_arn;
  Timestamp time;
  // The number of the backup's content, or of the copy of the source table.
  uint64_t source;
  Phase phase;
  bool operator==(const RestoreOrigin&) const = default;
};

// A copy of the table's items as of one moment that is being made. Until it is there, changes are
// logged with what the item was before, and nothing of the log is trimmed.
struct CopyUnderWay {
  uint64_t number;  // unique for ever
  // Of the cells that the table had had by that moment: the last change before it.
  std::map<engine::CellId, engine::Position> moment;
  bool operator==(const CopyUnderWay&) const = default;
};

struct Table {
  uint64_t number;  // unique for ever: begins the table's row keys
  std::string id;   // TableId, a UUID
  std::string account, region, partition, name;
  std::string arn;
  TableStatus status = TableStatus::kActive;
  Timestamp created;
  KeyDefinition partition_key;
  std::optional<KeyDefinition> sort_key;
  std::vector<KeyDefinition> attribute_definitions;  // as given, in order
  std::vector<Index> indexes;                        // local ones first
  std::vector<CellRange> cells;                      // ascending, the first begins at 0
  // In the order in which they happened, kept as long as the table: followers of logs go from
  // parents to children. Bounded by kCellsPerTableMax.
  std::vector<CellSplit> splits;
  BillingMode billing_mode = BillingMode::kProvisioned;
  std::optional<Timestamp> pay_per_request_since;
  Throughput throughput;
  std::optional<Throughput> on_demand_limits;
  bool deletion_protection = false;
  std::string table_class = "STANDARD";
  std::map<std::string, std::string> tags;
  // Streams: the live one's view type, and the latest one's name (kept after disabling).
  std::optional<std::string> stream_view_type;
  std::string latest_stream_arn, latest_stream_label;
  std::optional<TimeToLive> time_to_live;
  std::optional<PointInTimeRecovery> recovery;
  std::vector<CopyUnderWay> copies;
  std::optional<RestoreOrigin> restored_from;
  // Of a removed table: its items have become the content of a backup.
  bool items_kept = false;
  // Settings that are kept and shown but change nothing here (SSE and the like): JSON text by name.
  std::map<std::string, std::string> kept_settings;
  // Set by the catalog; shared by all snapshots of the table.
  std::shared_ptr<ItemCounters> counters;
  std::shared_ptr<std::atomic<size_t>> published_splits;

  engine::CellId cell_for(uint64_t hash_prefix) const;
  std::vector<engine::CellId> all_cells() const;
  // Those that have been split: they have a log but no rows.
  std::vector<engine::CellId> ended_cells() const;
  // The split that made the cell; null if none did.
  const CellSplit* split_into(engine::CellId child) const;
  // Whether cells have been split since this snapshot was made. What a reader has seen in storage
  // may then be more than its cells tell: see ItemStore. REQUIRES: the catalog made the snapshot.
  bool is_outdated() const {
    return published_splits->load(std::memory_order_acquire) != splits.size();
  }
  const Index* find_index(std::string_view index_name) const;
  const Index* find_index(uint64_t index_number) const;
  // A table keeps a log while anything follows it: a stream, a global index, or what goes back to a
  // moment.
  bool keeps_log() const;
  bool goes_back() const { return recovery || !copies.empty(); }
  bool is_being_restored() const {
    return restored_from && restored_from->phase != RestoreOrigin::Phase::kDone;
  }
  // Whether an index is there, or has a status, that is not so in `other`.
  bool has_other_indexes(const Table& other) const;
  bool has_global_index() const;  // apart from those that are being deleted
};
using TablePtr = std::shared_ptr<const Table>;

}  // namespace millrace::dynamodb::table
