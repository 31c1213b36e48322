// What happens after a write follows a log, by this one mechanism: read in order, woken by commits,
// the position stored together with the effects. Global secondary indexes are followers now;
// replicas, archives and Kinesis destinations will be.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/executor.h"
#include "dynamodb/stream/change_record.h"
#include "engine/engine.h"

namespace millrace::dynamodb::stream {

// What a follower does with records: called inside an engine transaction that also stores the new
// position, so each record's effect is applied exactly once.
struct FollowerEffect {
  // Unique and stable: keys the stored position.
  std::string name;
  // The log followed.
  engine::CellId cell;
  // The cells that `apply` writes; the first one also holds the position.
  std::vector<engine::CellId> effect_cells;
  // May run more than once for a record (see engine.h on functions passed to transact()).
  std::function<engine::Result<void>(engine::Transaction&, engine::Position, const ChangeRecord&)>
      apply;
  // Fewer are taken while a transaction would be too large.
  size_t records_per_transaction = 50;
};

// The row of effect_cells.front() that keeps the position (docs/formats/streams.md): whoever
// removes what a follower maintains erases it too.
std::string follower_key(std::string_view name);
// The stored position, in the first of its effect cells; nothing if there is none yet.
engine::Result<std::optional<engine::Position>> read_follower_position(engine::Reader& reader,
                                                                       engine::CellId cell,
                                                                       std::string_view name);
// Lets a follower that is still to be started go on from `position`.
void put_follower_position(engine::Transaction& transaction, engine::CellId cell,
                           std::string_view name, engine::Position position);

// Runs until destroyed; engine errors are logged and tried again with backoff. Thread-safe.
// Destruction waits until no step is running, so it must not happen on a thread that runs one (in
// `apply` or in a completion of when_reached()).
class Follower {
 public:
  // Goes on from the stored position, or from `start_after` if there is none yet.
  static std::unique_ptr<Follower> start(engine::Engine& engine, Executor& executor, Timers& timers,
                                         FollowerEffect effect, engine::Position start_after);
  virtual ~Follower() = default;

  // The position up to which effects are applied and durable.
  virtual engine::Position position() const = 0;
  // Calls `done` once position() >= `target` (true), or at `deadline` or destruction (false); on
  // any thread, also inside this call.
  virtual void when_reached(engine::Position target, Timestamp deadline,
                            UniqueFunction<void(bool)> done) = 0;
};

}  // namespace millrace::dynamodb::stream
