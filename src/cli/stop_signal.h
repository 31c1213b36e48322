// Waiting for the user (Ctrl-C) or the system (SIGTERM) to end the process.
#pragma once

#include <chrono>
#include <optional>

namespace millrace::cli {

// Catches SIGINT and SIGTERM from now on; programs started by this one get them as usual. One for
// each process, made before the server starts.
class StopSignal {
 public:
  StopSignal();
  // Blocks until one of them comes and returns its number. Afterwards a second one ends the process
  // at once.
  int wait();
  // The same for at most `timeout`; nothing if none has come.
  std::optional<int> wait_for(std::chrono::milliseconds timeout);
};

}  // namespace millrace::cli
