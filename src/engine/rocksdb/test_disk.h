// A disk that loses or refuses what disks do, underneath a whole server. Only in builds with
// MILLRACE_CRASH_POINTS, and there only if the environment asks for it, by MILLRACE_TEST_DISK:
// words separated by commas.
//
//   forgetful      what is not synced stays in this process, so that SIGKILL does what a power cut
//                  would. The crash point "sync.torn" hands half of it on first.
//   full-after=N   there is no space left after N bytes
//   memtable=N     flush after N bytes, so that little data has many flushes and compactions
#pragma once

#ifdef MILLRACE_CRASH_POINTS

#include <rocksdb/env.h>
#include <rocksdb/listener.h>

#include <memory>

#include "engine/rocksdb/rocksdb_engine.h"

namespace millrace::engine::rocks {

// Null if the environment asks for nothing; lives as long as the process. Sets `options` as asked.
::rocksdb::Env* test_disk_of_environment(RocksdbOptions& options);

// Crash points in RocksDB's background work.
std::shared_ptr<::rocksdb::EventListener> crash_point_listener();

}  // namespace millrace::engine::rocks

#endif
