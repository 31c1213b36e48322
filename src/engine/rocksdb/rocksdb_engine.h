// The embedded engine: one process, one directory (or only memory), RocksDB underneath.
//
// Thread safety, lifetimes and errors are those of engine/engine.h. A transaction runs on the
// caller's thread while it holds the locks of its cells; one engine thread syncs, completes and
// wakes. A read that misses the cache blocks its caller for a disk access.
//
// A failed write or sync stops the engine for good: it is logged once, transactions that were under
// way end as kUnknown, and everything later as kUnavailable.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/executor.h"
#include "engine/engine.h"

namespace millrace::engine {

enum class SyncMode {
  kAlways,    // durable: survives a power cut
  kInterval,  // durable: survives the end of this process; a power cut may undo the last interval
};

struct RocksdbOptions {
  std::string path = {};   // the directory, made if it is missing; not used in memory
  bool in_memory = false;  // nothing is kept when the engine is destroyed
  SyncMode sync_mode = SyncMode::kAlways;
  // Opens what has a damaged write-ahead log, and loses what was written after the damage.
  bool accept_lost_writes = false;
  Duration sync_interval = std::chrono::seconds(1);  // kInterval only
  size_t cache_bytes = 128u << 20;                   // blocks read from files
  size_t memtable_bytes = 32u << 20;                 // written to a file once it is full
  size_t log_tail_bytes = 16u << 20;                 // newest log records, kept in memory
  // Commits (and reads) that may wait for a sync at one time; beyond it they end as kUnavailable.
  size_t pending_max = 65536;
  // Runs completions and wakes that cannot run inside their call; null: the engine's own thread.
  // Must outlive the engine; what it was given may run after the engine is gone. With a
  // ManualExecutor an in-memory engine is deterministic.
  Executor* executor = nullptr;
  // Called once, on the engine's thread, when the engine has stopped because of a failure.
  std::function<void(const std::string& reason)> on_fatal = {};
};

// `timers` (and its clock) must outlive the engine. When the engine is destroyed, no call may be
// under way; what has been accepted is completed first, and waits end without waking.
//
// Errors: kUnavailable if the directory cannot be used (not writable, in use by another process),
// kCorrupt if what is in it cannot be read (damaged, or of another format version). The message is
// fit to be shown to the operator.
Result<std::unique_ptr<Engine>> open_rocksdb_engine(RocksdbOptions options, Timers& timers);

}  // namespace millrace::engine
