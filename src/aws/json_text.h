// JSON that comes from outside: clients' bodies, functions' responses, log messages. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace millrace::aws {

// Deeper than any input of AWS. Copying and writing a document recurse, so its depth must be
// bounded by less than the stack.
inline constexpr int kJsonNestingMax = 100;
bool is_nested_too_deeply(std::string_view text);

// The document. is_discarded() if the text is not JSON, or nested deeper than that.
nlohmann::json parse_json(std::string_view text);

}  // namespace millrace::aws
