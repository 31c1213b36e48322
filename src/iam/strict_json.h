// JSON in which no object names a member twice. Readers differ in which of two they take, so what
// is judged by one reader and used by another must not have them. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

namespace millrace::iam {

// Nothing if it is not JSON, or has a repeated name.
std::optional<nlohmann::json> parse_strict_json(std::string_view text);

}  // namespace millrace::iam
