#include "server/dynamodb_component.h"

#include "dynamodb/operation/operations.h"
#include "dynamodb/operation/stream/stream_operations.h"
#include "dynamodb/stream/stream_maintenance.h"
#include "dynamodb/stream/stream_store.h"
#include "dynamodb/table/item_store.h"
#include "dynamodb/table/table_catalog.h"

namespace millrace::server {
namespace {

// Members in the order of their dependencies: they end in the opposite one.
struct DynamodbComponent final : Component {
  std::unique_ptr<dynamodb::stream::StreamStore> streams;
  std::unique_ptr<dynamodb::table::TableCatalog> catalog;
  std::unique_ptr<dynamodb::table::ItemStore> items;
  std::unique_ptr<dynamodb::stream::StreamMaintenance> maintenance;
};

std::string sentence(const engine::Error& error) {
  return "The stored tables can not be read: " + error.message + '.';
}

}  // namespace

Started<Component> start_dynamodb(Platform& platform) {
  auto component = std::make_unique<DynamodbComponent>();
  auto streams =
      dynamodb::stream::StreamStore::open(*platform.engine, platform.clock, platform.random);
  if (!streams) return Unexpected(sentence(streams.error()));
  component->streams = std::move(*streams);
  dynamodb::table::CatalogOptions options;
  options.cells_per_table = platform.configuration.cells_per_table;
  auto catalog = dynamodb::table::TableCatalog::open(*platform.engine, *component->streams,
                                                     platform.clock, platform.random, options);
  if (!catalog) return Unexpected(sentence(catalog.error()));
  component->catalog = std::move(*catalog);
  component->items =
      dynamodb::table::ItemStore::create(*platform.engine, *component->catalog, *component->streams,
                                         platform.clock, platform.workers, platform.timers);
  component->maintenance = dynamodb::stream::StreamMaintenance::start(
      *platform.engine, *component->streams, platform.workers, platform.timers, {});
  dynamodb::operation::register_operations(
      platform.operations, {*component->catalog, *component->items, platform.clock});
  dynamodb::operation::register_stream_operations(platform.operations,
                                                  {*component->streams, platform.clock});
  return std::unique_ptr<Component>(std::move(component));
}

}  // namespace millrace::server
