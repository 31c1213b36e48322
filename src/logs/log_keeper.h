// The log groups, in memory and in the engine: what a LogStore does, on its one thread.
//
// Not thread-safe; every method waits for the engine. A failed write is logged here.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "logs/log_group.h"

namespace millrace::logs {

struct StreamEvents {
  std::string stream;
  std::vector<LogEvent> events;
};

class LogKeeper {
 public:
  LogKeeper(engine::Engine& engine, const Clock& clock) : engine_(engine), clock_(clock) {}

  // Reads what is stored; kCorrupt if that is not readable.
  engine::Result<void> load();

  // Null if there is none. Valid until that group is deleted.
  LogGroup* find(const LogScope& scope, const std::string& name);
  std::vector<const LogGroup*> list(const LogScope& scope) const;  // by name

  // REQUIRES: there is none of that name.
  aws::Result<LogGroup*> create_group(const LogScope& scope, const std::string& name,
                                      std::map<std::string, std::string> tags);
  aws::Result<void> change_group(LogGroup& group, std::optional<int> retention_days,
                                 std::map<std::string, std::string> tags);
  aws::Result<void> delete_group(LogGroup& group);
  // REQUIRES: there is none of that name.
  aws::Result<void> create_stream(LogGroup& group, const std::string& name);
  // REQUIRES: there is one of that name.
  aws::Result<void> delete_stream(LogGroup& group, const std::string& name);
  // Makes streams as needed. On an error some of the events may have been kept.
  aws::Result<void> append(LogGroup& group, const std::vector<StreamEvents>& batches);

 private:
  using Write = std::function<void(engine::Transaction&)>;
  aws::Result<void> write(std::vector<engine::CellId> cells, const Write& write);
  LogStreamState new_stream(const LogGroup& group) const;
  void note_event(LogGroup& group, const std::string& stream, Timestamp time, Timestamp now) const;
  aws::Result<void> write_blocks(LogGroup& group, const std::vector<std::string>& blocks,
                                 const std::set<std::string>& streams);
  void count_bytes(LogGroup& group) const;
  void trim(LogGroup& group, engine::Position end);
  void drop_old_streams(LogGroup& group);

  engine::Engine& engine_;
  const Clock& clock_;
  std::map<std::string, LogGroup> groups_;  // by row key
};

}  // namespace millrace::logs
