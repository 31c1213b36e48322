// Waiting for the user (Ctrl-C) or the system (SIGTERM) to end the process.
#pragma once

namespace millrace::cli {

// Catches SIGINT and SIGTERM from now on; programs started by this one get them as usual. One for
// each process, made before the server starts.
class StopSignal {
 public:
  StopSignal();
  // Blocks until one of them comes and returns its number. Afterwards a second one ends the process
  // at once.
  int wait();
};

}  // namespace millrace::cli
