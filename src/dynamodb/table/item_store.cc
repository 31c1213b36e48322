#include "dynamodb/table/item_store.h"

#include <algorithm>
#include <utility>

#include "dynamodb/item/item_codec.h"
#include "dynamodb/item/key_codec.h"
#include "dynamodb/table/expiry_sweeper.h"
#include "dynamodb/table/index_filler.h"
#include "dynamodb/table/index_followers.h"
#include "dynamodb/table/range_plan.h"
#include "dynamodb/table/row_keys.h"
#include "dynamodb/table/storage_error.h"
#include "dynamodb/table/table_purge.h"
#include "dynamodb/table/write_transaction.h"

namespace millrace::dynamodb::table {

const Item& StoredItem::item() const {
  if (!decoded_) {
    auto item = exists() ? decode_item(encoded_) : Item();
    decoded_ = item ? std::move(*item) : Item();
  }
  return *decoded_;
}

namespace {

bool is_deleted(const Index& index) {
  return index.status == IndexStatus::kDeleting;
}

// One call of get(): the rows to read and what they held.
struct Gets {
  struct Target {
    engine::CellId cell;
    std::string row_key;
  };
  std::vector<ItemKey> keys;
  std::vector<Target> targets;
  std::vector<StoredItem> items;
  std::string request_id;
  ItemStore::GetCompletion done;

  bool is_outdated() const {
    return std::any_of(keys.begin(), keys.end(),
                       [](const ItemKey& key) { return key.table->is_outdated(); });
  }
  engine::Result<void> read(engine::Reader& reader) {
    for (size_t i = 0; i < targets.size(); ++i) {
      MILLRACE_TRY(auto stored, reader.get(targets[i].cell, targets[i].row_key));
      items[i] = stored ? StoredItem(std::move(*stored)) : StoredItem();
    }
    return {};
  }
};

// One call of range().
struct Ranging {
  RangeRead read;
  RangePlan plan;
  ItemStore::Visit visit;
  ItemStore::RangeCompletion done;
  std::string last_key;   // of the last row visited
  bool stopped = false;   // by the visitor
  bool outdated = false;  // nothing was visited: the table's cells have been split
  bool as_it_is = false;  // read.table is the newest there is

  engine::Result<void> run(engine::Reader& reader);
  // Whether to give up before the first row. Looked at when the reader has its snapshot: rows that
  // are missing there, erased by way of the new cells, may not be durably gone yet.
  bool is_outdated() {
    bool own_cells = read.index == nullptr || !read.index->global;
    outdated = own_cells && !as_it_is && last_key.empty() && read.table->is_outdated();
    return outdated;
  }
  engine::Result<bool> visit_row(engine::Reader& reader, std::string_view value);
};

engine::Result<void> Ranging::run(engine::Reader& reader) {
  engine::RangeOptions options = plan.options;
  // If the engine runs this again, the visitor has had some rows: go on after them.
  if (!last_key.empty() && read.reverse) options.end = last_key;
  if (!last_key.empty() && !read.reverse) options.begin = last_key + '\0';
  engine::Result<void> failed;
  bool visited = false;
  MILLRACE_CHECK_OK(
      reader.range(plan.cells, options, [&](std::string_view key, std::string_view value) {
        if (!visited && is_outdated()) return false;
        visited = true;
        auto go_on = visit_row(reader, value);
        if (!go_on) {
          failed = Unexpected(std::move(go_on).error());
          return false;
        }
        // Only now: a row that could not be completed is visited by the next run.
        last_key.assign(key);
        stopped = !*go_on;
        return *go_on;
      }));
  if (!visited) is_outdated();
  return failed;
}

engine::Result<bool> Ranging::visit_row(engine::Reader& reader, std::string_view value) {
  if (!read.fetch_from_table) return visit(value);
  auto place = item_place(*read.table, value);
  if (!place) {
    return Unexpected(
        engine::Error{engine::ErrorCode::kCorrupt, "an index row without the table's keys"});
  }
  engine::CellId cell = read.table->cell_for(hash_prefix(place->hash));
  MILLRACE_TRY(auto item, reader.get(cell, item_row_key(*read.table, *place)));
  // The row and the item were written in one commit, and this is one snapshot.
  if (!item) {
    return Unexpected(engine::Error{engine::ErrorCode::kCorrupt, "an index row without its item"});
  }
  return visit(*item);
}

class Store final : public ItemStore {
 public:
  Store(engine::Engine& engine, TableCatalog& catalog, stream::StreamStore& streams,
        const Clock& clock, Executor& executor, Timers& timers)
      : engine_(engine),
        catalog_(catalog),
        clock_(clock),
        followers_(std::make_shared<IndexFollowers>(engine, streams, executor, timers)),
        filler_(std::make_shared<IndexFiller>(engine, catalog, *followers_, executor, timers)),
        purge_(std::make_shared<TablePurge>(engine, catalog, streams, executor)),
        sweeper_(ExpirySweeper::create(
            engine, catalog, executor, timers,
            [this](std::shared_ptr<const std::vector<ItemWrite>> writes, WriteCompletion done) {
              write(std::move(writes), "time-to-live", {}, std::move(done));
            })) {
    catalog.on_change([followers = std::weak_ptr(followers_), filler = std::weak_ptr(filler_),
                       purge = std::weak_ptr(purge_), sweeper = std::weak_ptr(sweeper_),
                       &executor](TableCatalog::Change change, TablePtr table) {
      if (auto running = sweeper.lock()) follow_change(*running, change, table);
      follow_change(followers, purge, executor, change, table);
      if (auto running = filler.lock()) running->start(table);
    });
    for (const auto& table : catalog.list_all()) {
      followers_->start(table);
      filler_->start(table);
      purge_->start_indexes(table);
    }
    for (const auto& table : catalog.removed_tables()) purge_->start(table);
    sweeper_->start();
  }
  ~Store() override {
    sweeper_->stop();
    filler_->stop();
  }

  void write(std::shared_ptr<const std::vector<ItemWrite>> writes, std::string request_id,
             IdempotencyToken token, WriteCompletion done) override;
  void get(std::vector<ItemKey> keys, GetCompletion done, std::string request_id) override;
  void range(RangeRead read, Visit visit, RangeCompletion done) override;

 private:
  static void follow_change(const std::weak_ptr<IndexFollowers>& followers,
                            const std::weak_ptr<TablePurge>& purge, Executor& executor,
                            TableCatalog::Change change, TablePtr table);
  static void follow_change(ExpirySweeper& sweeper, TableCatalog::Change change,
                            const TablePtr& table);
  void run_write(std::shared_ptr<WriteTransaction> transaction, WriteCompletion done);
  void run_gets(std::shared_ptr<Gets> gets);
  void get_again(std::shared_ptr<Gets> gets);
  void read_range(std::shared_ptr<Ranging> ranging);
  void range_again(std::shared_ptr<Ranging> ranging);

  engine::Engine& engine_;
  TableCatalog& catalog_;
  const Clock& clock_;
  std::shared_ptr<IndexFollowers> followers_;
  std::shared_ptr<IndexFiller> filler_;
  std::shared_ptr<TablePurge> purge_;
  std::shared_ptr<ExpirySweeper> sweeper_;
};

void Store::follow_change(ExpirySweeper& sweeper, TableCatalog::Change change,
                          const TablePtr& table) {
  if (change == TableCatalog::Change::kRemoved) {
    sweeper.forget(*table);
  } else {
    sweeper.follow(table);
  }
}

void Store::follow_change(const std::weak_ptr<IndexFollowers>& followers,
                          const std::weak_ptr<TablePurge>& purge, Executor& executor,
                          TableCatalog::Change change, TablePtr table) {
  bool removed = change == TableCatalog::Change::kRemoved;
  if (!removed) {
    if (auto running = followers.lock()) running->start(table);
    if (std::none_of(table->indexes.begin(), table->indexes.end(), is_deleted)) return;
  }
  // Ending a follower waits for its step: not on the engine's thread, which is the one here.
  executor.post([followers, purge, removed, table = std::move(table)] {
    if (auto running = followers.lock()) {
      for (const auto& index : table->indexes) {
        if (removed || is_deleted(index)) running->stop(index.number);
      }
    }
    auto running = purge.lock();
    if (!running) return;
    removed ? running->start(table) : running->start_indexes(table);
  });
}

void Store::write(std::shared_ptr<const std::vector<ItemWrite>> writes, std::string request_id,
                  IdempotencyToken token, WriteCompletion done) {
  run_write(std::make_shared<WriteTransaction>(std::move(writes), std::move(request_id),
                                               std::move(token), catalog_.lineage_clock(), clock_),
            std::move(done));
}

// Runs again only if a cell was split meanwhile, which happens a bounded number of times to a
// table.
void Store::run_write(std::shared_ptr<WriteTransaction> transaction, WriteCompletion done) {
  if (auto prepared = transaction->prepare(); !prepared) {
    return done(transaction->finish(Unexpected(std::move(prepared).error())));
  }
  engine_.transact(
      {.id = {}, .cells = transaction->cells(), .fences = {}},
      [transaction](engine::Transaction& running) { return transaction->run(running); },
      [this, transaction,
       done = std::move(done)](engine::Result<engine::Committed> committed) mutable {
        if (committed) {
          for (const auto& added : transaction->expiries()) sweeper_->note(added);
        }
        if (!transaction->lost_cell()) return done(transaction->finish(committed));
        catalog_.when_settled([this, transaction, committed, done = std::move(done)]() mutable {
          auto again = transaction->again(catalog_);
          if (again) return run_write(std::move(again), std::move(done));
          done(transaction->finish(committed));
        });
      });
}

void Store::get(std::vector<ItemKey> keys, GetCompletion done, std::string request_id) {
  auto gets = std::make_shared<Gets>();
  gets->keys = std::move(keys);
  gets->request_id = std::move(request_id);
  gets->done = std::move(done);
  run_gets(std::move(gets));
}

void Store::run_gets(std::shared_ptr<Gets> gets) {
  gets->items.assign(gets->keys.size(), {});
  gets->targets.clear();
  gets->targets.reserve(gets->keys.size());
  std::vector<engine::CellId> cells;
  cells.reserve(gets->keys.size());
  for (const auto& key : gets->keys) {
    ItemPlace place = item_place(*key.table, key.key);
    cells.push_back(key.table->cell_for(hash_prefix(place.hash)));
    gets->targets.push_back({cells.back(), item_row_key(*key.table, place)});
  }
  engine_.snapshot(
      std::move(cells), [gets](engine::Reader& reader) { return gets->read(reader); },
      [this, gets](engine::Result<void> read) mutable {
        if (!read) {
          return gets->done(
              Unexpected(storage_error(read.error(), gets->request_id, "reading items")));
        }
        if (gets->is_outdated()) return get_again(std::move(gets));
        gets->done(std::move(gets->items));
      });
}

// An item that was not there, erased by way of a new cell, may not be durably gone yet.
void Store::get_again(std::shared_ptr<Gets> gets) {
  bool newer_tables = false;
  for (auto& key : gets->keys) {
    TablePtr newer = catalog_.newer(*key.table);
    if (!newer) continue;
    key.table = std::move(newer);
    newer_tables = true;
  }
  if (newer_tables) return run_gets(std::move(gets));
  gets->done(std::move(gets->items));
}

void Store::range(RangeRead read, Visit visit, RangeCompletion done) {
  RangePlan plan = plan_range(read);
  if (plan.empty) return done(true);
  auto ranging = std::make_shared<Ranging>();
  ranging->read = std::move(read);
  ranging->plan = std::move(plan);
  ranging->visit = std::move(visit);
  ranging->done = std::move(done);
  const Index* index = ranging->read.index;
  if (index == nullptr || !index->global) return read_range(std::move(ranging));
  followers_->when_caught_up(*index, [this, ranging]() mutable { read_range(std::move(ranging)); });
}

void Store::read_range(std::shared_ptr<Ranging> ranging) {
  engine_.snapshot(
      ranging->plan.cells, [ranging](engine::Reader& reader) { return ranging->run(reader); },
      [this, ranging](engine::Result<void> read) {
        if (!read) {
          return ranging->done(
              Unexpected(storage_error(read.error(), ranging->read.request_id, "reading a range")));
        }
        if (ranging->outdated) return range_again(ranging);
        ranging->done(!ranging->stopped);
      });
}

void Store::range_again(std::shared_ptr<Ranging> ranging) {
  RangeRead& read = ranging->read;
  TablePtr newer = catalog_.newer(*read.table);
  ranging->as_it_is = newer == nullptr;
  if (newer) {
    if (read.index != nullptr) read.index = newer->find_index(read.index->name);
    read.table = std::move(newer);
    ranging->plan = plan_range(read);
  }
  read_range(std::move(ranging));
}

}  // namespace

std::unique_ptr<ItemStore> ItemStore::create(engine::Engine& engine, TableCatalog& catalog,
                                             stream::StreamStore& streams, const Clock& clock,
                                             Executor& executor, Timers& timers) {
  return std::make_unique<Store>(engine, catalog, streams, clock, executor, timers);
}

}  // namespace millrace::dynamodb::table
