// What has to be done to the rows of expiries (expiry_rows.h) besides keeping them up with writes:
// adding those of items that were there when time to live was enabled, and erasing all of them once
// it has ended. Both go in bounded steps while the table is read and written, and what is left when
// the server stops goes on after its next start. Thread-safe.
//
// Adding goes through the items in the order of their keys. Where it has come to is kept in the row
// that is nothing but the prefix of the others; without that row, it is finished. A step and a
// write hold the item's cell, so either sees what the other has done.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "base/executor.h"
#include "base/pending_calls.h"
#include "dynamodb/table/expiry_rows.h"
#include "dynamodb/table/table_catalog.h"
#include "engine/engine.h"

namespace millrace::dynamodb::table {

class ExpiryUpkeep : public std::enable_shared_from_this<ExpiryUpkeep> {
 public:
  // `added` is called with the earliest expiry of the rows that a step has added. All references
  // must live until stop() has returned.
  ExpiryUpkeep(engine::Engine& engine, TableCatalog& catalog, Executor& executor,
               std::function<void(ExpiryNote)> added)
      : engine_(engine), catalog_(catalog), executor_(executor), added_(std::move(added)) {}

  // Goes on with adding rows, if it is not finished. REQUIRES: the table has time to live; called
  // once for each enabling.
  void add_rows(TablePtr table);
  // Erases the rows of an enabling that has ended.
  void erase_rows(uint64_t number);
  // The same for all that have ended before the server started.
  void resume_erasing();
  // Waits for the step that is under way, and begins none any more.
  void stop();

 private:
  struct Adding;
  // To be held by a call of the engine or the catalog; null after stop().
  PendingCalls::Token begin_call();
  void add_some(std::shared_ptr<Adding> adding);
  void added_some(std::shared_ptr<Adding> adding);
  // The cell was split, or the table is gone.
  void lost_cell(std::shared_ptr<Adding> adding);
  void forget(uint64_t number);

  engine::Engine& engine_;
  TableCatalog& catalog_;
  Executor& executor_;
  const std::function<void(ExpiryNote)> added_;
  std::mutex mutex_;
  bool stopping_ = false;  // guarded by mutex_
  PendingCalls calls_;
};

}  // namespace millrace::dynamodb::table
