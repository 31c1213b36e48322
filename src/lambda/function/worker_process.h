// Starting, watching and ending the operating system's process of a worker.
//
// A process runs in a session of its own, so that it is ended together with all it started; it dies
// when the thread that started it ends (so start on a thread that lives as long as the server); it
// has a cleaned environment, no open files but its output, and none of the server's privileges but
// reading files.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace millrace::lambda {

// Closes its descriptor when it goes.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { reset(); }
  int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }
  int release();
  void reset();

 private:
  int number_ = -1;
};

struct ProcessSpecification {
  std::vector<std::string> arguments;    // the first is the executable's path
  std::vector<std::string> environment;  // NAME=value, all of it
  std::string directory;                 // where it starts
  uint64_t file_bytes_max = 0;           // the largest file it may write
};

struct Process {
  pid_t id = 0;       // also its process group
  Descriptor handle;  // readable once it has ended
  Descriptor output;  // its standard output, not blocking
  Descriptor errors;  // its standard error, not blocking
};

// The error is a text for the log ("No such file or directory").
Result<Process, std::string> start_process(const ProcessSpecification& specification);

// Sends a signal to the process and everything in its group.
void signal_process_group(pid_t process, int signal);

// How an ended process ended, as AWS words it: "exit status 3", "signal: killed"; empty for status
// 0. Nothing while it still runs. The process is forgotten by the kernel after the first answer.
std::optional<std::string> reap_process(pid_t process);

// Memory that is the process's own, not shared with a file: what a memory limit is about. 0 if it
// is gone.
uint64_t own_memory_bytes(pid_t process);

}  // namespace millrace::lambda
