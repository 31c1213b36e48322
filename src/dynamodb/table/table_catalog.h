// The tables that exist: kept in kTableCatalogCell, cached whole in memory. Thread-safe.
//
// Changes are durable before they answer. Input has been validated by dynamodb/operation; what only
// the catalog can know (the name is taken, the table is gone or busy) comes back as an ApiError
// with DynamoDB's text.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "aws/api_error.h"
#include "aws/request_context.h"
#include "base/executor.h"
#include "base/random.h"
#include "dynamodb/stream/lineage_clock.h"
#include "dynamodb/stream/stream_store.h"
#include "dynamodb/table/table.h"

namespace millrace::dynamodb::table {

struct CatalogOptions {
  // Of a new table whose tags do not say (table_tags.h): equal ranges of the hash space, each with
  // a log (and shard) of its own. 1 to kCellsPerTableMax.
  int cells_per_table = 1;
};
// A change of a table names all its cells in one engine transaction, whose limit is 100.
inline constexpr int kCellsPerTableMax = 64;

struct TableDefinition {
  std::string name;
  KeyDefinition partition_key;
  std::optional<KeyDefinition> sort_key;
  std::vector<KeyDefinition> attribute_definitions;
  std::vector<Index> indexes;  // numbers and cells are assigned by the catalog
  BillingMode billing_mode;
  Throughput throughput;
  std::optional<Throughput> on_demand_limits;
  bool deletion_protection = false;
  std::string table_class = "STANDARD";
  std::map<std::string, std::string> tags;
  std::optional<stream::ViewType> stream;
  std::map<std::string, std::string> kept_settings;
  std::optional<RestoreOrigin> restored_from;
};

// Only what is set changes.
struct TableUpdate {
  std::optional<BillingMode> billing_mode;
  std::optional<Throughput> throughput;
  std::optional<Throughput> on_demand_limits;
  std::map<std::string, Throughput> index_throughput;  // by index name
  // A global index that the table is to have besides; its number and cell are assigned by the
  // catalog. Its key attributes are defined by what the table has defined already, or its own.
  std::optional<Index> new_index;
  std::optional<std::string> deleted_index;  // the name of a global one
  std::optional<bool> deletion_protection;
  std::optional<std::string> table_class;
  // Enables a stream of this type, or disables the live one.
  struct StreamChange {
    bool enabled;
    stream::ViewType view_type;
  };
  std::optional<StreamChange> stream;
  struct TimeToLiveChange {
    bool enabled;
    std::string attribute;
  };
  std::optional<TimeToLiveChange> time_to_live;
  std::map<std::string, std::string> tags_set;
  std::vector<std::string> tags_removed;
  std::map<std::string, std::string> kept_settings;
  // Runs after all of the above, when no other change of the table is under way, and may change
  // limits and kept settings of `after`: for settings that depend on what the table has by then.
  // Its error ends the change.
  std::function<aws::Result<void>(const Table& before, Table& after)> edit;
  // Runs in the change's transaction, which names all cells of the table and its indexes and
  // kTableCatalogCell, and may change recovery, copies and restored_from of `after`: for what must
  // be as of the change's moment. Such a change is also made of a table that is being restored.
  std::function<engine::Result<void>(engine::Transaction& transaction, Table& after)> with;
};

class TableCatalog {
 public:
  static engine::Result<std::unique_ptr<TableCatalog>> open(engine::Engine& engine,
                                                            stream::StreamStore& streams,
                                                            const Clock& clock, Random& random,
                                                            CatalogOptions options);
  virtual ~TableCatalog() = default;

  // Null if there is none. Never blocks.
  virtual TablePtr find(std::string_view account, std::string_view region,
                        std::string_view name) const = 0;
  virtual std::vector<TablePtr> list(std::string_view account, std::string_view region) const = 0;
  virtual std::vector<TablePtr> list_all() const = 0;

  using Completion = UniqueFunction<void(aws::Result<TablePtr>)>;
  // ResourceInUseException if the name is taken.
  virtual void create(const aws::RequestContext& context, TableDefinition definition,
                      Completion done) = 0;
  // ResourceNotFoundException; ValidationException for changes of the stream or of time to live
  // that change nothing; of indexes, see change_indexes(). Indexes are filled or emptied in the
  // background, also after a restart.
  virtual void update(const aws::RequestContext& context, std::string name, TableUpdate update,
                      Completion done) = 0;
  // Answers with the table as it was, status DELETING. Rows are removed afterwards in the
  // background, also after a restart. ValidationException when deletion protection is on,
  // ResourceInUseException while an index is being created or deleted.
  virtual void remove(const aws::RequestContext& context, std::string name, Completion done) = 0;

  // ---- Backups (dynamodb/backup)

  // Runs in the transaction that removes a table, and may set `items_kept`.
  using RemovalHook =
      std::function<engine::Result<void>(engine::Transaction& transaction, Table& removed)>;
  virtual void on_removal(RemovalHook hook) = 0;
  // Erases the items of what is no table (any more) in the background, as remove() does; `with`
  // runs in the transaction that decides it, which names kTableCatalogCell.
  virtual void discard(TablePtr content,
                       std::function<engine::Result<void>(engine::Transaction&)> with,
                       UniqueFunction<void(engine::Result<void>)> done) = 0;

  // ---- Partitions: cells, which the table's stream shows as shards.

  // Splits a cell into two halves of its hash range. The cell's shard closes with two children; no
  // row moves. Without a cell: the one with the widest range. Answers with the table as it is then.
  // ResourceNotFoundException if there is no such table or cell, LimitExceededException if the
  // table has kCellsPerTableMax already.
  virtual void split(const aws::RequestContext& context, std::string name,
                     std::optional<engine::CellId> cell, Completion done) = 0;
  // Replaces the open shard of a cell (of every cell) by a child of its own. ValidationException if
  // the table has no enabled stream.
  virtual void rotate(const aws::RequestContext& context, std::string name,
                      std::optional<engine::CellId> cell, Completion done) = 0;
  // Calls `done` once the change that is under way has ended: then find() gives tables as storage
  // has them. For a writer that found its cell gone.
  virtual void when_settled(UniqueFunction<void()> done) = 0;

  // The table as find() gives it, if cells were split since the snapshot was made; null if not, or
  // if the table is gone.
  TablePtr newer(const Table& table) const;

  virtual Timestamp now() const = 0;

  // The commit times of all tables' cells.
  virtual stream::LineageClock& lineage_clock() = 0;

  // Removed tables whose rows are not all erased yet: what the purge (table_purge.h) works on.
  virtual std::vector<TablePtr> removed_tables() const = 0;
  // The rows of a removed table are erased: forgets it.
  virtual void finish_removal(TablePtr table, UniqueFunction<void(engine::Result<void>)> done) = 0;

  // An index of this status that was being created has all its rows, or one that was being deleted
  // none any more: it becomes active, or goes. Answers with the table as it is then; null if gone.
  virtual void finish_index_change(TablePtr table, uint64_t index_number, IndexStatus status,
                                   Completion done) = 0;

  // Calls `listener` with each table that was created (or changed), and with the last state of one
  // that was removed; on the thread that did it. Lives as long as the catalog.
  enum class Change { kCreated, kUpdated, kRemoved };
  virtual void on_change(std::function<void(Change, TablePtr)> listener) = 0;

  // Rows and bytes of a table or index (by number) as maintained by writes, without scanning.
  struct Statistics {
    int64_t items = 0;
    int64_t bytes = 0;
  };
  virtual Statistics statistics(uint64_t table_or_index_number) const = 0;
};

}  // namespace millrace::dynamodb::table
