// What happens after a write follows a log, by this one mechanism: read in order, woken by commits,
// the position stored together with the effects. Global secondary indexes are followers now;
// replicas, archives and Kinesis destinations will be.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/executor.h"
#include "dynamodb/stream/change_record.h"
#include "engine/engine.h"

namespace millrace::dynamodb::stream {

// What a follower does with records: called inside an engine transaction that also stores the new
// position, so each record's effect is applied exactly once.
struct FollowerEffect {
  std::string name;     // unique and stable: keys the stored position
  engine::CellId cell;  // the log followed
  std::vector<engine::CellId>
      effect_cells;  // cells that `apply` writes; the first holds the position
  std::function<engine::Result<void>(engine::Transaction&, engine::Position, const ChangeRecord&)>
      apply;
  size_t records_per_transaction = 50;
};

// Runs until destroyed. Thread-safe. Destruction waits until no step is running.
class Follower {
 public:
  // Goes on from the stored position, or from `start_after` if there is none yet.
  static std::unique_ptr<Follower> start(engine::Engine& engine, Executor& executor, Timers& timers,
                                         FollowerEffect effect, engine::Position start_after);
  virtual ~Follower() = default;

  // The position up to which effects are applied and durable.
  virtual engine::Position position() const = 0;
  // Calls `done` once position() >= `target` (true) or at `deadline` (false), on any thread.
  virtual void when_reached(engine::Position target, Timestamp deadline,
                            UniqueFunction<void(bool)> done) = 0;
};

}  // namespace millrace::dynamodb::stream
