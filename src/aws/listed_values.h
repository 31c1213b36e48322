// Values of an enumeration as the texts of constraints list them: "NONE, ALL_OLD, UPDATED_OLD".
#pragma once

#include <string_view>

namespace millrace::aws {

inline bool is_one_of(std::string_view value, std::string_view values) {
  while (!values.empty()) {
    size_t comma = values.find(", ");
    if (values.substr(0, comma) == value) return true;
    if (comma == std::string_view::npos) return false;
    values.remove_prefix(comma + 2);
  }
  return false;
}

}  // namespace millrace::aws
