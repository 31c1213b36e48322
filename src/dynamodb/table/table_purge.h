// Erases the rows of removed tables and deleted indexes in the background, in bounded steps. What
// is left when the server stops goes on after its next start. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "base/executor.h"
#include "dynamodb/stream/stream_store.h"
#include "dynamodb/table/table_catalog.h"
#include "engine/engine.h"

namespace millrace::dynamodb::table {

class TablePurge : public std::enable_shared_from_this<TablePurge> {
 public:
  // All references must outlive the engine's last completion.
  TablePurge(engine::Engine& engine, TableCatalog& catalog, stream::StreamStore& streams,
             Executor& executor)
      : engine_(engine), catalog_(catalog), streams_(streams), executor_(executor) {}

  // Erases all rows of one of catalog.removed_tables(), then forgets it there. Its index followers
  // have been stopped.
  void start(TablePtr table);
  // The same for those global indexes of a table that are being deleted; those that it is emptying
  // go on.
  void start_indexes(const TablePtr& table);

 private:
  struct Work;
  void step(std::shared_ptr<Work> work);
  void finish(const std::shared_ptr<Work>& work);
  void finish_table(const TablePtr& table);
  void finish_index(const TablePtr& table, uint64_t index_number);
  using LogEnds = std::vector<std::pair<engine::CellId, engine::Position>>;
  LogEnds log_ends(const Table& table);
  void forget_logs(const LogEnds& ends);

  engine::Engine& engine_;
  TableCatalog& catalog_;
  stream::StreamStore& streams_;
  Executor& executor_;
  std::mutex mutex_;
  std::set<uint64_t> emptied_;  // the numbers of indexes that are being emptied; guarded by mutex_
};

}  // namespace millrace::dynamodb::table
