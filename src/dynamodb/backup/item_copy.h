// Copies a table's items, as they were at one moment, to a table that nobody uses yet: the content
// of a backup, or a table that is being restored. Works in the background, in bounded steps, and
// goes on from where it was after a restart.
//
// First all items are taken as they are, in the order of their keys, while the source is written.
// Then every change since the moment is undone in the copy, the newest first: what remains of an
// item is what it was before the first of them, whenever it was taken.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/executor.h"
#include "base/pending_calls.h"
#include "base/unique_function.h"
#include "dynamodb/table/table_catalog.h"
#include "engine/engine.h"

namespace millrace::dynamodb::backup {

class ItemCopy : public std::enable_shared_from_this<ItemCopy> {
 public:
  struct Plan {
    table::TablePtr source, target;
    // CopyUnderWay::moment; nothing if the source does not change.
    std::optional<std::map<engine::CellId, engine::Position>> moment;
  };
  // All references must live until stop() has returned. `done` is called once all items are there,
  // on an engine's thread; not if it ends before, which is logged.
  ItemCopy(engine::Engine& engine, table::TableCatalog& catalog, Executor& executor, Plan plan,
           UniqueFunction<void()> done);

  void start();
  // Waits for the step that is under way, and begins none any more.
  void stop();

 private:
  // A row of the target that is to hold this, or be absent.
  struct Row {
    std::string key;
    std::string encoded;  // empty: absent
  };
  // Held by a step and by the call of the engine that it ends with; null after stop().
  using Call = PendingCalls::Token;
  using Step = void (ItemCopy::*)(const Call& call);
  Call begin_call();
  void post(Step step);
  void read_progress(const Call& call);
  void take_items(const Call& call);
  void write_items(const Call& call);
  void begin_undoing(const Call& call);
  void undo_changes(const Call& call);
  engine::Result<bool> read_changes();
  void finish(const Call& call);
  // Makes the rows what they are to be, and stores `progress` in the same transaction.
  void write_rows(const Call& call, std::string progress, Step next);
  engine::Result<void> apply(engine::Transaction& transaction);
  void fail(const engine::Error& error);

  engine::Engine& engine_;
  table::TableCatalog& catalog_;
  Executor& executor_;
  Plan plan_;
  UniqueFunction<void()> done_;

  // Used by one step at a time.
  std::string next_;        // key in the source of what is taken next
  std::string next_after_;  // the same once rows_ are written
  std::vector<Row> rows_;
  std::vector<engine::CellId> cells_;  // whose changes are to be undone; the last one first
  std::optional<engine::Position> undone_from_;  // of the last cell
  size_t window_ = 0;
  std::vector<std::pair<table::ItemCounters*, std::pair<int64_t, int64_t>>> counted_;

  std::mutex mutex_;
  bool stopping_ = false;  // guarded by mutex_
  PendingCalls calls_;
};

}  // namespace millrace::dynamodb::backup
