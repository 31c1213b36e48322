// What time does to streams: open shards are replaced after about four hours, records, closed
// shards and disabled streams go 24 hours later. Works in passes: at the start, at every interval
// of the clock (so also when a test moves the clock), and on request. Thread-safe.
#pragma once

#include <chrono>
#include <memory>

#include "base/executor.h"
#include "base/limits.h"
#include "dynamodb/stream/stream_store.h"
#include "engine/engine.h"

namespace millrace::dynamodb::stream {

struct MaintenanceOptions {
  Duration interval = std::chrono::minutes(5);
  // AWS closes a shard after about four hours. By up to `rotation_jitter` sooner, which depends on
  // the shard: those that began together do not all end together.
  Duration rotation_age = std::chrono::hours(4);
  Duration rotation_jitter = std::chrono::minutes(15);
  // How long records are kept of streams that do not say.
  Duration retention = std::chrono::hours(limits::kStreamRetentionHours);
};

// Runs until destroyed. Destruction waits for a step that is running.
class StreamMaintenance {
 public:
  // REQUIRES: every follower of a log has registered with store.log_holds(), or what it needs may
  // be trimmed. All references must outlive the object.
  static std::unique_ptr<StreamMaintenance> start(engine::Engine& engine, StreamStore& store,
                                                  Executor& executor, Timers& timers,
                                                  MaintenanceOptions options);
  virtual ~StreamMaintenance() = default;

  // A pass that begins after this call, for callers that have moved the clock. `done` is called on
  // an executor or engine thread (or during destruction, if the pass did not come to its end).
  virtual void run(UniqueFunction<void()> done) = 0;
};

}  // namespace millrace::dynamodb::stream
