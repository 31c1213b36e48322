// A change record as lines for a terminal.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace millrace::cli {

// `record` as functions get it. The kind and the key, then a line for each attribute that is new
// (+), gone (-) or differs (~).
//   12:00:01.000  MODIFY  userId="ada"
//     ~ email "ada@example.com" -> "ada@lovelace.org"
std::string format_change(const nlohmann::json& record, bool color);

}  // namespace millrace::cli
