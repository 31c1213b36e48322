// Who still needs which records of a cell's log besides its streams: followers that keep an index,
// an archive or a replica. StreamMaintenance never trims beyond the lowest of them. Not stored:
// whoever follows a log registers again when the server starts, before maintenance does.
// Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace millrace::dynamodb::stream {

class LogHolds {
 public:
  // `applied` gives the position up to which the holder is done with the log of `cell`; it is
  // called on any thread, until release() returns, and must neither block nor call this object. The
  // same name again replaces the earlier registration.
  using Applied = std::function<engine::Position()>;
  void hold(engine::CellId cell, std::string name, Applied applied);
  void release(engine::CellId cell, const std::string& name);

  // The position up to which every holder of the cell is done; nothing if there is no holder.
  std::optional<engine::Position> lowest(engine::CellId cell) const;
  std::vector<engine::CellId> cells() const;

 private:
  mutable std::mutex mutex_;
  std::map<engine::CellId, std::map<std::string, Applied>> holders_;
};

}  // namespace millrace::dynamodb::stream
