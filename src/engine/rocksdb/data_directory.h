// What the engine checks and writes in its directory before RocksDB sees it.
#pragma once

#include <string>

#include "engine/engine.h"

namespace millrace::engine::rocks {

// Makes the directory if it is missing, makes sure that it can be written, and that what is in it
// has this engine's format version (kept in the file FORMAT, readable without RocksDB).
Result<void> prepare_data_directory(const std::string& path);

}  // namespace millrace::engine::rocks
