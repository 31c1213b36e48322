// Sees to it that the logs of tables with point-in-time recovery, and of those that are being
// copied, keep what is needed to go back. Thread-safe.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "dynamodb/stream/stream_store.h"
#include "dynamodb/table/table.h"
#include "engine/engine.h"

namespace millrace::dynamodb::backup {

class LogArchive {
 public:
  // Both must outlive the object.
  LogArchive(engine::Engine& engine, stream::StreamStore& streams)
      : engine_(engine), streams_(streams) {}

  // Keeps everything that the table's logs have now and get, until trim() or release().
  void hold(const table::Table& table);
  // What the table needs no more may go: all of it if it does not go back, or what is older than
  // its recovery period.
  void trim(const table::Table& table, Timestamp now);
  void release(const table::Table& table);

 private:
  using Needed = std::shared_ptr<std::atomic<engine::Position>>;  // what follows is needed
  engine::Engine& engine_;
  stream::StreamStore& streams_;
  std::mutex mutex_;
  std::map<engine::CellId, Needed> needed_;  // guarded by mutex_
};

}  // namespace millrace::dynamodb::backup
