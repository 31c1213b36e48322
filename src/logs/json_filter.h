// Filter patterns for JSON messages: { $.member = "value" && ... }. Pure.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "logs/filter_pattern.h"

namespace millrace::logs {

// Selectors: $.a.b[0]["c"]. Comparisons: = != < <= > >= with strings (with * as wildcard) and
// numbers; IS TRUE, IS FALSE, IS NULL, NOT EXISTS. Joined by && and ||, grouped by parentheses.
Result<std::shared_ptr<const FilterPattern>, std::string> parse_json_filter(std::string_view text);

}  // namespace millrace::logs
