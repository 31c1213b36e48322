#include "server/dynamodb_component.h"

#include "dynamodb/backup/backup_store.h"
#include "dynamodb/operation/backup/backup_operations.h"
#include "dynamodb/operation/operations.h"
#include "dynamodb/operation/partition_routes.h"
#include "dynamodb/operation/stream/stream_operations.h"
#include "dynamodb/stream/stream_maintenance.h"
#include "dynamodb/table/item_store.h"
#include "dynamodb/table/partition_watch.h"
#include "dynamodb/table/table_catalog.h"
#include "server/table_facts.h"

namespace millrace::server {
namespace {

// Members in the order of their dependencies: they end in the opposite one.
struct Tables final : DynamodbComponent {
  explicit Tables(const Clock& server_clock) : clock(server_clock) {}
  dynamodb::stream::StreamStore& streams() override { return *stream_store; }
  void expire_iterators() override { iterator_expiry.expire_all(clock.now()); }
  iam::TableFacts table_facts() const override { return make_table_facts(*catalog); }

  const Clock& clock;
  dynamodb::operation::IteratorExpiry iterator_expiry;
  std::unique_ptr<dynamodb::stream::StreamStore> stream_store;
  std::unique_ptr<dynamodb::table::TableCatalog> catalog;
  std::unique_ptr<dynamodb::table::ItemStore> items;
  std::shared_ptr<dynamodb::backup::BackupStore> backups;
  std::unique_ptr<dynamodb::stream::StreamMaintenance> maintenance;
  std::unique_ptr<dynamodb::table::PartitionWatch> partition_watch;
};

std::string sentence(const engine::Error& error) {
  return "The stored tables can not be read: " + error.message + '.';
}

}  // namespace

Started<DynamodbComponent> start_dynamodb(Platform& platform) {
  auto component = std::make_unique<Tables>(platform.clock);
  auto streams =
      dynamodb::stream::StreamStore::open(*platform.engine, platform.clock, platform.random);
  if (!streams) return Unexpected(sentence(streams.error()));
  component->stream_store = std::move(*streams);
  dynamodb::table::CatalogOptions options;
  options.cells_per_table = platform.configuration.cells_per_table;
  auto catalog = dynamodb::table::TableCatalog::open(*platform.engine, *component->stream_store,
                                                     platform.clock, platform.random, options);
  if (!catalog) return Unexpected(sentence(catalog.error()));
  component->catalog = std::move(*catalog);
  component->items = dynamodb::table::ItemStore::create(*platform.engine, *component->catalog,
                                                        *component->stream_store, platform.clock,
                                                        platform.workers, platform.timers);
  auto backups = dynamodb::backup::BackupStore::open(
      *platform.engine, *component->stream_store, *component->catalog, platform.random,
      platform.workers, platform.timers);
  if (!backups) return Unexpected(sentence(backups.error()));
  component->backups = std::move(*backups);
  component->maintenance = dynamodb::stream::StreamMaintenance::start(
      *platform.engine, *component->stream_store, platform.workers, platform.timers, {});
  component->partition_watch = dynamodb::table::PartitionWatch::start(
      *platform.engine, *component->catalog, platform.workers, platform.timers, {});
  aws::RequestContext defaults;
  defaults.account = platform.configuration.account;
  defaults.region = platform.configuration.region;
  dynamodb::operation::add_partition_routes(platform.admin_routes, *component->catalog,
                                            *component->stream_store, platform.random, defaults);
  dynamodb::operation::Dependencies operations{*component->catalog, *component->items,
                                               platform.clock};
  operations.enforce_capacity = platform.configuration.enforce_capacity;
  if (size_t bytes = platform.configuration.test_page_bytes; bytes > 0) {
    operations.page_bytes = operations.batch_response_bytes = bytes;
  }
  dynamodb::operation::register_operations(platform.operations, operations);
  dynamodb::operation::register_backup_operations(
      platform.operations, {*component->catalog, *component->backups, platform.clock});
  dynamodb::operation::register_stream_operations(
      platform.operations, {*component->stream_store, platform.clock, component->iterator_expiry});
  return std::unique_ptr<DynamodbComponent>(std::move(component));
}

}  // namespace millrace::server
