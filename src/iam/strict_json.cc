#include "iam/strict_json.h"

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace millrace::iam {

using nlohmann::json;

std::optional<json> parse_strict_json(std::string_view text) {
  std::vector<std::set<std::string>> names;  // of the objects that are open
  bool repeated = false;
  json parsed = json::parse(
      text,
      [&](int, json::parse_event_t event, json& value) {
        if (event == json::parse_event_t::object_start) names.emplace_back();
        if (event == json::parse_event_t::object_end) names.pop_back();
        if (event == json::parse_event_t::key) {
          repeated |= !names.back().insert(value.get<std::string>()).second;
        }
        return true;
      },
      false);
  if (repeated || parsed.is_discarded()) return std::nullopt;
  return parsed;
}

}  // namespace millrace::iam
