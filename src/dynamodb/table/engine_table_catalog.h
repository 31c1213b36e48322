// The table catalog over a storage engine: rows in kTableCatalogCell and heads in the tables'
// cells, all tables cached. Only table_catalog.cc, partition_changes.cc
// and index_changes.cc include this.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "dynamodb/stream/lineage_clock.h"
#include "dynamodb/table/change_queue.h"
#include "dynamodb/table/table_catalog.h"
#include "dynamodb/table/table_map.h"

namespace millrace::dynamodb::table {

// One change that is under way: what its transaction assigns whole each time it runs, and who
// waits.
struct ChangeUnderWay {
  Table before;
  Table table;
  std::optional<stream::StreamStore::PendingChange> stream;
  std::string request_id;
  TableCatalog::Completion done;
  decltype(TableUpdate::with) with;
};
using ChangePtr = std::shared_ptr<ChangeUnderWay>;

Unexpected<aws::ApiError> table_not_found(const std::string& name);
Unexpected<aws::ApiError> limit_exceeded(std::string message);

class EngineTableCatalog final : public TableCatalog {
 public:
  EngineTableCatalog(engine::Engine& engine, stream::StreamStore& streams, const Clock& clock,
                     Random& random, CatalogOptions options)
      : engine_(engine),
        streams_(streams),
        clock_(clock),
        random_(random),
        options_(options),
        lineage_clock_(engine, streams) {}

  engine::Result<void> load();

  TablePtr find(std::string_view account, std::string_view region,
                std::string_view name) const override {
    return tables_.find(account, region, name);
  }
  std::vector<TablePtr> list(std::string_view account, std::string_view region) const override {
    return tables_.list(account, region);
  }
  std::vector<TablePtr> list_all() const override { return tables_.list_all(); }

  void create(const aws::RequestContext& context, TableDefinition definition,
              Completion done) override;
  void update(const aws::RequestContext& context, std::string name, TableUpdate update,
              Completion done) override;
  void remove(const aws::RequestContext& context, std::string name, Completion done) override;

  void on_removal(RemovalHook hook) override { removal_hook_ = std::move(hook); }
  void discard(TablePtr content, std::function<engine::Result<void>(engine::Transaction&)> with,
               UniqueFunction<void(engine::Result<void>)> done) override;

  // partition_changes.cc
  void split(const aws::RequestContext& context, std::string name,
             std::optional<engine::CellId> cell, Completion done) override;
  void rotate(const aws::RequestContext& context, std::string name,
              std::optional<engine::CellId> cell, Completion done) override;
  void when_settled(UniqueFunction<void()> done) override;
  Timestamp now() const override { return clock_.now(); }
  stream::LineageClock& lineage_clock() override { return lineage_clock_; }

  std::vector<TablePtr> removed_tables() const override;
  void finish_removal(TablePtr table, UniqueFunction<void(engine::Result<void>)> done) override;
  // index_changes.cc
  void finish_index_change(TablePtr table, uint64_t index_number, IndexStatus status,
                           Completion done) override;
  void on_change(std::function<void(Change, TablePtr)> listener) override;
  Statistics statistics(uint64_t table_or_index_number) const override;

 private:
  struct Creation;
  struct Partitioning;
  // Queues the change; answers at once if too many are waiting.
  void enqueue(UniqueFunction<void(Completion)> change, Completion done);
  // Ends the change that is under way.
  void finish(Completion& done, aws::Result<TablePtr> result);

  void allocate_for(std::shared_ptr<Creation> creation);
  void store_new(std::shared_ptr<Creation> creation, uint64_t first_number);
  void store_update(ChangePtr pending, std::optional<TableUpdate::StreamChange> stream_change);
  void store_removal(ChangePtr pending);
  // index_changes.cc
  void allocate_index(ChangePtr pending, std::optional<TableUpdate::StreamChange> stream_change);
  void store_index_finish(ChangePtr pending, engine::CellId cell, std::string filling_key);
  // In a transaction: begins the table's stream and notes its name in pending->table.
  engine::Result<void> begin_stream(engine::Transaction& transaction, ChangeUnderWay& pending,
                                    stream::ViewType view_type);
  engine::Result<void> end_stream(engine::Transaction& transaction, ChangeUnderWay& pending);
  // partition_changes.cc
  void fail(Partitioning& change, const engine::Error& error, std::string_view what);
  void allocate_halves(std::shared_ptr<Partitioning> split);
  void store_split(std::shared_ptr<Partitioning> split);
  void store_rotation(std::shared_ptr<Partitioning> rotation);
  void announce(Change change, const TablePtr& table);

  engine::Engine& engine_;
  stream::StreamStore& streams_;
  const Clock& clock_;
  Random& random_;
  const CatalogOptions options_;
  stream::LineageClock lineage_clock_;
  TableMap tables_;
  RemovalHook removal_hook_;  // set before requests are served
  mutable std::mutex mutex_;
  std::vector<TablePtr> removed_;                                 // guarded by mutex_
  std::vector<std::function<void(Change, TablePtr)>> listeners_;  // guarded by mutex_
  std::vector<UniqueFunction<void()>> settled_;                   // guarded by mutex_
  ChangeQueue changes_;  // last: its destructor waits for a change that uses the rest
};

}  // namespace millrace::dynamodb::table
