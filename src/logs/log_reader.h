// Reading a group's log, block by block, in either direction.
#pragma once

#include "engine/engine.h"
#include "logs/log_block.h"
#include "logs/log_group.h"
#include "logs/log_store.h"

namespace millrace::logs {

// Looks for what the query asks (its scope, group and required streams aside) among the events of
// the group's streams that are not older than its retention. On the store's thread: reads the disk,
// in steps between which the group may grow. The references must outlive the search.
class LogSearch {
 public:
  LogSearch(engine::Engine& engine, const LogGroup& group, const LogQuery& query, Timestamp now);

  // Looks at some megabytes more. True when the page is full or nothing is left. kCorrupt if a
  // block is not readable.
  engine::Result<bool> step();
  LogPage take_page();

 private:
  enum class Outcome { kGoOn, kPageFull, kUnreadable };

  engine::Result<bool> step_forward(const engine::LogRange& range);
  engine::Result<bool> step_backward(const engine::LogRange& range);
  engine::Result<std::vector<engine::LogRecord>> read_blocks(engine::Position after,
                                                             engine::Position last);
  Outcome take_forward(const engine::LogRecord& record, uint32_t first);
  Outcome take_backward(const engine::LogRecord& record, uint32_t end);
  bool is_full(const StoredEvent& next) const;
  bool wanted(engine::Position position, const StoredEvent& event) const;
  void add(engine::Position position, uint32_t index, const StoredEvent& event);

  engine::Engine& engine_;
  const LogGroup& group_;
  const LogQuery& query_;
  std::optional<Timestamp> oldest_;
  bool started_ = false;
  LogPage page_;  // its events in the order in which they were found
  size_t bytes_ = 0;
};

}  // namespace millrace::logs
