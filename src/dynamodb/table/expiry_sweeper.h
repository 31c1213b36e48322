// Deletes items whose time to live has passed: seconds after that time, in batches, as any client's
// deletion but that their change records say so. Sleeps until the next expiry of any table; a moved
// clock wakes it. Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/executor.h"
#include "base/pending_calls.h"
#include "dynamodb/table/expiry_rows.h"
#include "dynamodb/table/expiry_upkeep.h"
#include "dynamodb/table/item_store.h"
#include "dynamodb/table/table_catalog.h"
#include "engine/engine.h"

namespace millrace::dynamodb::table {

class ExpirySweeper : public std::enable_shared_from_this<ExpirySweeper> {
 public:
  // How items are deleted: ItemStore::write().
  using Write = std::function<void(std::shared_ptr<const std::vector<ItemWrite>> writes,
                                   ItemStore::WriteCompletion done)>;
  // All references must live until stop() has returned, and `write` too.
  static std::shared_ptr<ExpirySweeper> create(engine::Engine& engine, TableCatalog& catalog,
                                               Executor& executor, Timers& timers, Write write);
  // Begins with the tables that there are. To be told of their changes from before that on.
  void start();

  // A table that is there, or has changed.
  void follow(const TablePtr& table);
  // One that is there no more.
  void forget(const Table& table);
  // A row has been added.
  void note(const ExpiryNote& note);
  // Waits for what is under way, and begins nothing any more.
  void stop();

 private:
  struct Pass;
  // An enabling of time to live.
  struct Followed {
    TablePtr table;
    int64_t next;           // no row that counts is due sooner
    bool sweeping = false;  // a pass is under way: it sets the timer when it ends
  };

  ExpirySweeper(engine::Engine& engine, TableCatalog& catalog, Executor& executor, Timers& timers,
                Write write)
      : engine_(engine),
        catalog_(catalog),
        executor_(executor),
        timers_(timers),
        write_(std::move(write)) {}

  // REQUIRES: mutex_ is held.
  void set_timer();
  void wake_at(int64_t seconds);

  void wake();
  void step(std::shared_ptr<Pass> pass);
  void read_some(const std::shared_ptr<Pass>& pass, const PendingCalls::Token& call);
  void delete_some(const std::shared_ptr<Pass>& pass, const PendingCalls::Token& call);
  void go_on(const std::shared_ptr<Pass>& pass);
  void finish(const Pass& pass, int64_t next);

  engine::Engine& engine_;
  TableCatalog& catalog_;
  Executor& executor_;
  Timers& timers_;
  const Write write_;
  std::shared_ptr<ExpiryUpkeep> upkeep_;  // set by create()

  std::mutex mutex_;
  std::map<uint64_t, Followed> followed_;         // by the number of the enabling
  std::map<uint64_t, uint64_t> number_by_table_;  // by the table's number
  std::optional<TimerId> timer_;
  int64_t timer_at_ = INT64_MAX;
  bool stopping_ = false;
  PendingCalls calls_;
};

}  // namespace millrace::dynamodb::table
