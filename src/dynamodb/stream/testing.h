// For tests only: a store of streams on an engine in memory, with time and threads by hand.
#pragma once

#include <fstream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"
#include "base/random.h"
#include "dynamodb/item/item_codec.h"
#include "dynamodb/item/testing.h"
#include "dynamodb/stream/lineage_clock.h"
#include "dynamodb/stream/stream_store.h"
#include "engine/cells.h"
#include "engine/rocksdb/rocksdb_engine.h"

namespace millrace::dynamodb::stream::testing {

using engine::CellId;
using engine::Position;

inline constexpr uint64_t kTable = 7;
inline constexpr CellId kCell{1024};
inline constexpr CellId kOtherCell{1025};

// The columns of the rows of a table in docs/formats that begin with `name`, without spaces and
// backquotes.
inline std::vector<std::string> documented_row(const std::string& page, const std::string& name) {
  std::ifstream file(MILLRACE_SOURCE_DIR "/docs/formats/" + page);
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("| " + name + " |", 0) != 0) continue;
    std::vector<std::string> columns;
    size_t begin = name.size() + 4;
    for (size_t end = 0; (end = line.find('|', begin)) != std::string::npos; begin = end + 1) {
      std::string column = line.substr(begin, end - begin);
      std::erase(column, ' ');
      std::erase(column, '`');
      columns.push_back(column);
    }
    return columns;
  }
  throw std::invalid_argument("not documented: " + name);
}

template <class T>
T value_of(engine::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(result).value();
}

inline std::string encoded(std::string_view json) {
  return encode_item(dynamodb::testing::item(json));
}

class World {
 public:
  // What the engine has finished is told by hand, or on a thread of its own: then calls may come
  // from several threads.
  enum class Completions { kByHand, kOwnThread };
  explicit World(Completions completions = Completions::kByHand) {
    engine::RocksdbOptions options;
    options.in_memory = true;
    if (completions == Completions::kByHand) options.executor = &executor;
    engine = value_of(engine::open_rocksdb_engine(std::move(options), timers));
    reopen();
  }

  // As after a restart: nothing but what is stored.
  void reopen() {
    lineage.reset();
    store.reset();
    store = value_of(StreamStore::open(*engine, clock, random));
    lineage = std::make_unique<LineageClock>(*engine, *store);
  }

  void transact(std::vector<CellId> cells,
                std::function<engine::Result<bool>(engine::Transaction&)> fn) {
    engine::TransactOptions options;
    options.cells = std::move(cells);
    value_of(engine::transact_and_wait(*engine, std::move(options), std::move(fn)));
  }

  using Change = std::function<engine::Result<StreamStore::PendingChange>(engine::Transaction&)>;
  // Commits the change and publishes it.
  StreamPtr change(std::vector<CellId> cells, Change make) {
    StreamStore::PendingChange pending = commit(std::move(cells), std::move(make));
    if (pending.apply) pending.apply();
    return pending.stream;
  }
  // Commits the change without publishing it yet.
  StreamStore::PendingChange commit(std::vector<CellId> cells, Change make) {
    cells.push_back(engine::kTableCatalogCell);
    StreamStore::PendingChange pending;
    transact(std::move(cells), [&](engine::Transaction& transaction) -> engine::Result<bool> {
      MILLRACE_TRY(pending, make(transaction));
      return true;
    });
    return pending;
  }

  StreamPtr create(std::vector<CellId> cells = {kCell},
                   ViewType view_type = ViewType::kNewAndOldImages, uint64_t table = kTable,
                   const std::string& table_name = "users") {
    return change(cells, [&](engine::Transaction& transaction) {
      return store->create(transaction, {.account = "000000000000",
                                         .region = "us-east-1",
                                         .partition = "aws",
                                         .table_name = table_name,
                                         .table_number = table,
                                         .view_type = view_type,
                                         .key_schema = {{"id", "HASH"}},
                                         .cells = cells});
    });
  }
  StreamPtr disable(std::vector<CellId> cells = {kCell}) {
    return change(cells, [&](engine::Transaction& transaction) {
      return store->disable(transaction, kTable);
    });
  }
  StreamPtr rotate(CellId cell = kCell) {
    return change({cell}, [&](engine::Transaction& transaction) {
      return store->rotate(transaction, kTable, cell);
    });
  }

  // An insert of {"id":{"S":<name>}}; returns its position.
  Position append(const std::string& name, CellId cell = kCell) {
    value_of_void(lineage->prepare(cell));
    Position position = 0;
    transact({cell}, [&](engine::Transaction& transaction) -> engine::Result<bool> {
      ChangeRecord record;
      record.kind = ChangeKind::kInsert;
      record.time = lineage->next_commit_time(cell, clock.now());
      record.keys = encoded(R"({"id":{"S":")" + name + R"("}})");
      record.new_image = record.keys;
      position = transaction.append(cell, encode_change(record));
      return true;
    });
    return position;
  }

  // The names that read() gives from `after` on, page by page, until nothing more is there.
  std::vector<std::string> names(const Shard& shard, Position after, size_t page_size = 1000) {
    std::vector<std::string> names;
    for (;;) {
      RecordPage page = value_of(store->read(shard, after, {.records_max = page_size}));
      for (const StreamRecord& record : page.records) {
        names.push_back(decode_item(record.change.keys)->at("id").string());
      }
      after = page.next_after;
      if (page.at_end) return names;
    }
  }
  std::vector<std::string> names(const Shard& shard) {
    return names(shard, value_of(store->trim_horizon(shard)));
  }

  ManualClock clock;
  ManualTimers timers{clock};
  ManualExecutor executor;
  SeededRandom random{1};
  std::unique_ptr<engine::Engine> engine;
  std::unique_ptr<StreamStore> store;
  std::unique_ptr<LineageClock> lineage;

 private:
  static void value_of_void(engine::Result<void> result) {
    if (!result) throw std::runtime_error(result.error().message);
  }
};

}  // namespace millrace::dynamodb::stream::testing
