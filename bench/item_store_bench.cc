// Compares item operations with the engine transactions that they are made of: what a table, its
// stream and its indexes add to one row's put, and what a get adds to one row's read.
//
// Usage: item_store_bench [ROUNDS]
//
// In memory and on one thread, so that it is processor time which is measured. The variants take
// turns within each round, because a shared machine's speed drifts; each figure is the median of
// the rounds, and the ratios are what counts.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"
#include "base/random.h"
#include "dynamodb/item/item_codec.h"
#include "dynamodb/table/item_store.h"
#include "engine/rocksdb/rocksdb_engine.h"

namespace {

using namespace millrace;
using namespace millrace::dynamodb;
using namespace millrace::dynamodb::table;

constexpr int kOperations = 5000;  // of each variant in a round
constexpr uint64_t kKeys = 20'000;

AttributeValue text(std::string value) {
  return AttributeValue(std::move(value));
}

struct Server {
  Server() {
    engine::RocksdbOptions options;
    options.in_memory = true;
    options.executor = &executor;
    engine = *engine::open_rocksdb_engine(options, timers);
    streams = *stream::StreamStore::open(*engine, clock, random);
    catalog = *TableCatalog::open(*engine, *streams, clock, random, {});
    items = ItemStore::create(*engine, *catalog, *streams, clock, executor, timers);
  }
  ~Server() {
    items.reset();
    catalog.reset();
    streams.reset();
    executor.run_all();
  }

  TablePtr create(const std::string& name, bool stream, std::vector<Index> indexes) {
    TableDefinition definition{};
    definition.name = name;
    definition.partition_key = {"id", AttributeType::kString};
    definition.sort_key = KeyDefinition{"at", AttributeType::kString};
    definition.indexes = std::move(indexes);
    if (stream) definition.stream = stream::ViewType::kNewAndOldImages;
    catalog->create({}, definition, [](aws::Result<TablePtr>) {});
    executor.run_all();
    return catalog->find("000000000000", "us-east-1", name);
  }

  ManualClock clock;
  ManualTimers timers{clock};
  SeededRandom random{1};
  ManualExecutor executor;
  std::unique_ptr<engine::Engine> engine;
  std::unique_ptr<stream::StreamStore> streams;
  std::unique_ptr<TableCatalog> catalog;
  std::unique_ptr<ItemStore> items;
};

Item key_of(uint64_t number) {
  return {{"id", text("user-" + std::to_string(number))}, {"at", text("2026-01-01")}};
}

Item item_of(uint64_t number, uint64_t version) {
  Item item = key_of(number);
  item.emplace("city", text("city-" + std::to_string(version % 100)));
  item.emplace("version", text(std::to_string(version)));
  item.emplace("payload", text(std::string(900, 'x')));
  return item;
}

Index index_on_city(const std::string& name, bool global) {
  Index index{};
  index.name = name;
  index.global = global;
  KeyDefinition city{"city", AttributeType::kString};
  index.partition_key = {global ? city : KeyDefinition{"id", AttributeType::kString}};
  if (!global) index.sort_key = {city};
  return index;
}

void put_item(Server& server, const TablePtr& table, uint64_t number, uint64_t version) {
  auto writes = std::make_shared<std::vector<ItemWrite>>();
  writes->push_back({table, key_of(number),
                     [encoded = encode_item(item_of(number, version))](
                         const StoredItem&) -> aws::Result<Decision> {
                       return Decision{Decision::Action::kPut, encoded};
                     }});
  server.items->write(std::move(writes), "request", {}, [](WriteResult written) {
    if (!written) std::abort();
  });
  server.executor.run_all();
}

// The same item's bytes as one row of the engine, read before it is written.
void put_row(Server& server, uint64_t number, uint64_t version) {
  std::string key = "bench-row-of-the-length-of-a-key/" + std::to_string(number);
  server.engine->transact(
      {.id = {}, .cells = {engine::CellId{1}}, .fences = {}},
      [key, value = encode_item(item_of(number, version))](
          engine::Transaction& transaction) -> engine::Result<bool> {
        MILLRACE_CHECK_OK(transaction.get(engine::CellId{1}, key));
        transaction.put(engine::CellId{1}, key, value);
        return true;
      },
      [](engine::Result<engine::Committed> committed) {
        if (!committed) std::abort();
      });
}

void get_item(Server& server, const TablePtr& table, uint64_t number) {
  server.items->get({{table, key_of(number)}}, [](aws::Result<std::vector<StoredItem>> items) {
    if (!items || !items->front().exists()) std::abort();
  });
}

void get_row(Server& server, uint64_t number) {
  std::string key = "bench-row-of-the-length-of-a-key/" + std::to_string(number);
  auto found = std::make_shared<std::string>();
  server.engine->snapshot(
      {engine::CellId{1}},
      [key, found](engine::Reader& reader) -> engine::Result<void> {
        MILLRACE_TRY(auto value, reader.get(engine::CellId{1}, key));
        if (value) *found = std::move(*value);
        return {};
      },
      [found](engine::Result<void> read) {
        if (!read || found->empty()) std::abort();
      });
}

struct Variant {
  const char* name;
  const char* compared_with;  // an earlier variant; null: none
  std::function<void(uint64_t number, uint64_t version)> run;
  std::vector<double> microseconds{};
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void measure(Variant& variant, SeededRandom& random) {
  auto begin = stopwatch_now();
  for (int i = 0; i < kOperations; ++i) {
    uint64_t chosen = random.next();
    variant.run(chosen % kKeys, chosen / kKeys);
  }
  std::chrono::duration<double, std::micro> took = stopwatch_now() - begin;
  variant.microseconds.push_back(took.count() / kOperations);
}

void report(const std::vector<Variant>& variants) {
  for (const Variant& variant : variants) {
    std::printf("%-44s %7.2f us", variant.name, median(variant.microseconds));
    for (const Variant& other : variants) {
      if (variant.compared_with == nullptr || other.name != std::string(variant.compared_with)) {
        continue;
      }
      std::printf("  %.2f x %s", median(variant.microseconds) / median(other.microseconds),
                  other.name);
    }
    std::printf("\n");
  }
}

}  // namespace

int main(int argc, char** argv) {
  int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 9;
  Server server;
  TablePtr plain = server.create("plain", false, {});
  TablePtr streamed = server.create("streamed", true, {});
  TablePtr local = server.create("local", false, {index_on_city("by-city", false)});
  TablePtr global = server.create("global", false, {index_on_city("by-city", true)});
  using Number = uint64_t;
  std::vector<Variant> variants = {
      {"put row", nullptr, [&](Number n, Number v) { put_row(server, n, v); }},
      {"put item", "put row", [&](Number n, Number v) { put_item(server, plain, n, v); }},
      {"put item, stream with both images", "put item",
       [&](Number n, Number v) { put_item(server, streamed, n, v); }},
      {"put item, local index of all", "put item",
       [&](Number n, Number v) { put_item(server, local, n, v); }},
      {"put item, global index of all, followed", "put item",
       [&](Number n, Number v) { put_item(server, global, n, v); }},
      {"get row", nullptr, [&](Number n, Number) { get_row(server, n); }},
      {"get item", "get row", [&](Number n, Number) { get_item(server, plain, n); }},
  };
  for (uint64_t number = 0; number < kKeys; ++number) {
    put_row(server, number, 0);
    for (const auto& table : {plain, streamed, local, global}) put_item(server, table, number, 0);
  }
  SeededRandom random(2);
  for (int round = 0; round < rounds; ++round) {
    for (Variant& variant : variants) measure(variant, random);
  }
  report(variants);
}
