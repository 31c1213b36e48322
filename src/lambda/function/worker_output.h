// What a worker prints, cut into log events. Not thread-safe.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "logs/log_store.h"

namespace millrace::lambda {

class WorkerOutput {
 public:
  enum Channel { kStandardOutput = 0, kStandardError = 1 };

  WorkerOutput(logs::LogSink& sink, const Clock& clock, logs::LogScope scope, std::string group,
               std::string stream);

  // Bytes that the worker wrote: an event for each line. Runtime clients write a carriage return
  // for a line feed inside of an event. Lines beyond limits::kLogEventBytesMax are cut into several
  // events.
  void feed(Channel channel, std::string_view bytes);
  // Makes events of what was written without a line feed so far.
  void end_lines();
  // A line of the platform's own; nothing if it is empty.
  void add_line(std::string_view line);
  // Hands the events over to the log.
  void flush();

  // From here on, keeps the last limits::kLogTailBytes of the output if `wanted`.
  void start_tail(bool wanted);
  std::string take_tail();

 private:
  void add_event(std::string message);

  logs::LogSink& sink_;
  const Clock& clock_;
  const logs::LogScope scope_;
  const std::string group_;
  const std::string stream_;
  std::array<std::string, 2> partial_;
  std::vector<logs::LogEvent> events_;
  bool tail_wanted_ = false;
  std::string tail_;
};

}  // namespace millrace::lambda
