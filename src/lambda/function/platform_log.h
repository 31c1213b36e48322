// The lines that the platform itself writes into a function's log, as text or (LogFormat JSON) as
// JSON. Pure functions.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "lambda/function/function.h"

namespace millrace::lambda {

struct InvocationReport {
  std::string request_id = {};
  Duration duration{0};
  std::optional<Duration> init_duration = {};  // of a cold start
  uint64_t memory_bytes_max = 0;
  std::string status = {};      // "", "timeout" or "error"
  std::string error_type = {};  // with "error"
};

std::string init_start_line(const Function& function, const std::string& interpreter,
                            Timestamp now);
std::string start_line(const Function& function, const std::string& request_id, Timestamp now);
// END is no JSON event on AWS: empty then.
std::string end_line(const Function& function, const std::string& request_id);
std::string report_line(const Function& function, const InvocationReport& report, Timestamp now);
std::string init_report_line(const Function& function, Duration duration,
                             const std::string& error_type, Timestamp now);
std::string timeout_line(const Function& function, const std::string& request_id, Timestamp now);

// "Task timed out after 3.00 seconds"
std::string timeout_text(const Function& function);

}  // namespace millrace::lambda
