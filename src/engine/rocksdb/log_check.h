// Looks whether RocksDB's write-ahead log is whole, before RocksDB replays it.
//
// RocksDB replays a log up to the first record that it cannot read and leaves out the rest. That is
// right where a power cut ended a write halfway, and would silently lose acknowledged writes where
// the disk has damaged something in the middle.
#pragma once

#include <string>

#include "engine/engine.h"

namespace millrace::engine::rocks {

// An unfinished write at the very end is fine, because nobody was told that it is done; it is
// logged.
// Error: kCorrupt if anything readable follows what cannot be read. Costs one reading of the log.
Result<void> check_logs(const std::string& directory);

}  // namespace millrace::engine::rocks
