// Patterns of IAM policies: * stands for any characters, ? for one. Pure.
#pragma once

#include <string_view>

namespace millrace::iam {

enum class Case : bool { kSensitive, kInsensitive };

// Takes time in proportion to the product of both lengths at worst, whatever the pattern.
bool matches_wildcard(std::string_view pattern, std::string_view text, Case text_case);

}  // namespace millrace::iam
