// For the tests of this folder: a catalog and an item store on the in-memory engine, driven by
// hand. Answers are there when a call returns, because everything posted is run first.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/executor.h"
#include "base/random.h"
#include "dynamodb/item/item_codec.h"
#include "dynamodb/stream/stream_store.h"
#include "dynamodb/table/item_store.h"
#include "dynamodb/table/row_keys.h"
#include "dynamodb/table/table_catalog.h"
#include "engine/rocksdb/rocksdb_engine.h"

namespace millrace::dynamodb::table {

inline AttributeValue text(std::string value) {
  return AttributeValue(std::move(value));
}
inline AttributeValue number(int64_t value) {
  return AttributeValue(Number::from_int(value));
}
inline AttributeValue bytes(std::string value) {
  return AttributeValue(Binary{std::move(value)});
}

inline KeyDefinition string_key(std::string name) {
  return {std::move(name), AttributeType::kString};
}
inline KeyDefinition number_key(std::string name) {
  return {std::move(name), AttributeType::kNumber};
}

inline Index local_index(std::string name, KeyDefinition sort_key,
                         ProjectionType projection = ProjectionType::kAll) {
  Index index{};
  index.name = std::move(name);
  index.global = false;
  index.partition_key = {string_key("id")};
  index.sort_key = {std::move(sort_key)};
  index.projection = projection;
  return index;
}

inline Index global_index(std::string name, KeyDefinition partition_key,
                          std::vector<KeyDefinition> sort_key = {},
                          ProjectionType projection = ProjectionType::kAll) {
  Index index{};
  index.name = std::move(name);
  index.global = true;
  index.partition_key = {std::move(partition_key)};
  index.sort_key = std::move(sort_key);
  index.projection = projection;
  return index;
}

class TableFixture : public ::testing::Test {
 protected:
  TableFixture() { open(); }
  ~TableFixture() override {
    close();
    if (!directory_.empty()) std::filesystem::remove_all(directory_);
  }

  // Begin anew with an engine that completes on a thread of its own, in memory or on disk.
  void move_to_thread() {
    close();
    own_thread_ = true;
    open();
  }
  void move_to_disk() {
    directory_ =
        std::filesystem::temp_directory_path() / ("millrace-table-" + SystemRandom().hex(16));
    // Opening waits for commits, which nobody would complete by hand meanwhile.
    move_to_thread();
  }
  void reopen() {
    close();
    open();
  }

  engine::RocksdbOptions engine_options() {
    engine::RocksdbOptions options;
    options.in_memory = directory_.empty();
    options.path = directory_.string();
    if (!options.in_memory) options.sync_mode = engine::SyncMode::kInterval;
    if (!own_thread_) options.executor = &executor_;
    return options;
  }

  void open(int cells_per_table = 1) {
    auto opened = engine::open_rocksdb_engine(engine_options(), timers_);
    ASSERT_TRUE(opened) << opened.error().message;
    engine_ = std::move(*opened);
    open_tables(cells_per_table);
  }
  void open_tables(int cells_per_table = 1) {
    streams_ = *stream::StreamStore::open(*engine_, clock_, random_);
    catalog_ = *TableCatalog::open(*engine_, *streams_, clock_, random_,
                                   {.cells_per_table = cells_per_table});
    items_ = ItemStore::create(*engine_, *catalog_, *streams_, clock_, executor_, timers_);
    executor_.run_all();
  }
  void close_tables() {
    items_.reset();
    catalog_.reset();
    streams_.reset();
    executor_.run_all();
  }
  void close() {
    close_tables();
    engine_.reset();
    executor_.run_all();
  }

  // Calls `start` with a completion and gives what it was called with. Pumps the executor; an
  // engine with a thread of its own may need several rounds, a lost answer fails the test.
  template <class T, class Start>
  T await(Start start) {
    auto answer = std::make_shared<std::optional<T>>();
    auto mutex = std::make_shared<std::mutex>();
    start([answer, mutex](T value) {
      std::lock_guard lock(*mutex);
      answer->emplace(std::move(value));
    });
    auto began = stopwatch_now();
    while (true) {
      executor_.run_all();
      {
        std::lock_guard lock(*mutex);
        if (*answer) return std::move(**answer);
      }
      if (stopwatch_now() - began > std::chrono::seconds(20)) {
        ADD_FAILURE() << "no answer";
        std::abort();
      }
      std::this_thread::yield();
    }
  }

  static TableDefinition definition(std::string name, std::optional<KeyDefinition> sort_key = {},
                                    std::vector<Index> indexes = {},
                                    std::optional<stream::ViewType> stream = {}) {
    TableDefinition table{};
    table.name = std::move(name);
    table.partition_key = string_key("id");
    table.sort_key = std::move(sort_key);
    table.indexes = std::move(indexes);
    table.billing_mode = BillingMode::kPayPerRequest;
    table.stream = stream;
    return table;
  }

  aws::Result<TablePtr> try_create(TableDefinition table) {
    return await<aws::Result<TablePtr>>([&](TableCatalog::Completion done) {
      catalog_->create(context_, std::move(table), std::move(done));
    });
  }
  // The table as later requests see it.
  TablePtr create(TableDefinition table) {
    std::string name = table.name;
    auto created = try_create(std::move(table));
    EXPECT_TRUE(created) << created.error().message;
    return find(name);
  }
  TablePtr find(const std::string& name) {
    return catalog_->find(context_.account, context_.region, name);
  }
  aws::Result<TablePtr> update(const std::string& name, TableUpdate change) {
    return await<aws::Result<TablePtr>>([&](TableCatalog::Completion done) {
      catalog_->update(context_, name, std::move(change), std::move(done));
    });
  }
  aws::Result<TablePtr> remove(const std::string& name) {
    return await<aws::Result<TablePtr>>(
        [&](TableCatalog::Completion done) { catalog_->remove(context_, name, std::move(done)); });
  }

  // Rows of the engine that begin with the prefix, in the named cells.
  size_t rows(const std::string& prefix, const std::vector<engine::CellId>& cells) {
    size_t count = 0;
    engine::RangeOptions options;
    options.begin = prefix;
    options.end = after_prefix(prefix);
    EXPECT_TRUE(engine::snapshot_and_wait(*engine_, cells, [&](engine::Reader& reader) {
      count = 0;
      return reader.range(cells, options, [&](std::string_view, std::string_view) {
        ++count;
        return true;
      });
    }));
    return count;
  }

  static Item key_of(const Table& table, const Item& item) {
    Item key;
    key.emplace(table.partition_key.name, item.at(table.partition_key.name));
    if (table.sort_key) key.emplace(table.sort_key->name, item.at(table.sort_key->name));
    return key;
  }
  static ItemWrite put_of(TablePtr table, const Item& item) {
    Item key = key_of(*table, item);
    return {std::move(table), std::move(key),
            [encoded = encode_item(item)](const StoredItem&) -> aws::Result<Decision> {
              return Decision{Decision::Action::kPut, encoded};
            }};
  }
  static ItemWrite erase_of(TablePtr table, const Item& item) {
    Item key = key_of(*table, item);
    return {std::move(table), std::move(key), [](const StoredItem&) -> aws::Result<Decision> {
              return Decision{Decision::Action::kErase, {}};
            }};
  }
  static ItemWrite failing_of(TablePtr table, const Item& item, std::string message = "no") {
    Item key = key_of(*table, item);
    return {std::move(table), std::move(key),
            [message](const StoredItem&) -> aws::Result<Decision> {
              return aws::api_error(400, "ConditionalCheckFailedException", message);
            }};
  }

  WriteResult write(std::vector<ItemWrite> writes, IdempotencyToken token = {}) {
    return await<WriteResult>([&](ItemStore::WriteCompletion done) {
      items_->write(std::make_shared<const std::vector<ItemWrite>>(std::move(writes)), "request-1",
                    std::move(token), std::move(done));
    });
  }
  WriteOutcome put(const TablePtr& table, const Item& item) {
    auto written = write({put_of(table, item)});
    EXPECT_TRUE(written) << written.error().front().error.message;
    return written ? written->front() : WriteOutcome{};
  }
  void erase(const TablePtr& table, const Item& item) {
    auto written = write({erase_of(table, item)});
    EXPECT_TRUE(written) << written.error().front().error.message;
  }
  Item get(const TablePtr& table, const Item& key) {
    auto items = await<aws::Result<std::vector<StoredItem>>>([&](ItemStore::GetCompletion done) {
      items_->get({{table, key_of(*table, key)}}, std::move(done));
    });
    EXPECT_TRUE(items);
    return items ? items->front().item() : Item();
  }
  // At most `limit` items; `finished` tells whether the range ended.
  std::vector<Item> read(RangeRead range, size_t limit = SIZE_MAX, bool* finished = nullptr) {
    std::vector<Item> found;
    auto ended = await<aws::Result<bool>>([&](ItemStore::RangeCompletion done) {
      items_->range(
          std::move(range),
          [&](std::string_view encoded) {
            found.push_back(*decode_item(encoded));
            return found.size() < limit;
          },
          std::move(done));
    });
    EXPECT_TRUE(ended);
    if (finished != nullptr) *finished = ended.value_or(false);
    return found;
  }
  std::vector<Item> scan(const TablePtr& table, const Index* index = nullptr) {
    RangeRead range;
    range.table = table;
    range.index = index;
    return read(std::move(range));
  }
  std::vector<stream::ChangeRecord> log_of(engine::CellId cell) {
    std::vector<stream::ChangeRecord> records;
    auto page = engine_->log_read(cell, 0, {});
    EXPECT_TRUE(page);
    for (const auto& record : page->records) {
      records.push_back(*stream::decode_change(record.record));
    }
    return records;
  }

  aws::RequestContext context_;
  ManualClock clock_;
  ManualTimers timers_{clock_};
  SeededRandom random_{1};
  ManualExecutor executor_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<stream::StreamStore> streams_;
  std::unique_ptr<TableCatalog> catalog_;
  std::unique_ptr<ItemStore> items_;

 private:
  bool own_thread_ = false;
  std::filesystem::path directory_;  // empty: in memory
};

}  // namespace millrace::dynamodb::table
