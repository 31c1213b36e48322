// Running a helper program to its end. For start-up and deployments: blocks the calling thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace millrace {

struct ProcessOutput {
  int exit_code = 0;  // 128 + signal if it was killed
  std::string output;
  std::string errors;
};

// Runs arguments[0] (searched in PATH) with `input` on its standard input and `environment`
// ("NAME=value") added to ours. Killed after `timeout` of real time. Error: why it could not be
// started, or that it took too long. Output beyond 64 MiB is dropped.
Result<ProcessOutput, std::string> run_process(const std::vector<std::string>& arguments,
                                               std::string_view input,
                                               const std::vector<std::string>& environment,
                                               Duration timeout);

}  // namespace millrace
