// Fills new global indexes with the items that their tables had before: in bounded steps, while the
// table is read and written, and on from where it was after a restart (index_filling.h). An index
// that is full becomes active. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <set>

#include "base/executor.h"
#include "base/pending_calls.h"
#include "dynamodb/table/index_followers.h"
#include "dynamodb/table/table_catalog.h"
#include "engine/engine.h"

namespace millrace::dynamodb::table {

class IndexFiller : public std::enable_shared_from_this<IndexFiller> {
 public:
  // All references must live until stop() has returned.
  IndexFiller(engine::Engine& engine, TableCatalog& catalog, IndexFollowers& followers,
              Executor& executor, Timers& timers)
      : engine_(engine),
        catalog_(catalog),
        followers_(followers),
        executor_(executor),
        timers_(timers) {}

  // Fills those indexes of the table that are being created; those that it is filling go on. Their
  // followers have been started.
  void start(const TablePtr& table);
  // Waits for the step that is under way, and begins none any more.
  void stop();

 private:
  struct Work;
  using WorkPtr = std::shared_ptr<Work>;
  // To be held by a call of the engine or the catalog; null after stop().
  PendingCalls::Token begin_call();
  void step(WorkPtr work);
  void go_on(const WorkPtr& work);
  void wait_for_followers(const WorkPtr& work);
  // The cell was split, or the table is gone.
  void look_again(const WorkPtr& work);
  void finish(const WorkPtr& work);
  void end(const Work& work);

  engine::Engine& engine_;
  TableCatalog& catalog_;
  IndexFollowers& followers_;
  Executor& executor_;
  Timers& timers_;
  std::mutex mutex_;
  bool stopping_ = false;      // guarded by mutex_
  std::set<uint64_t> filled_;  // the numbers of indexes that are being filled; guarded by mutex_
  PendingCalls calls_;
};

}  // namespace millrace::dynamodb::table
