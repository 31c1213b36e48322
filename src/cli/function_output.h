// What functions print, shown in the terminal while they run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::cli {

// Lines for the terminal of one printed event of a log group: "users-changes | text", continued
// lines aligned under the first. Nothing for the platform's own START, END, REPORT and INIT_START
// lines, and for groups that are no function's.
std::string format_function_output(std::string_view group, std::string_view message, bool color);

}  // namespace millrace::cli
