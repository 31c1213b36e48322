// Member constraints of the Lambda API's model (lengths, ranges, patterns, enumerations): Lambda
// checks them before anything else and reports all that are broken in one ValidationException.
// Paths are spelt as it prints them: "memorySize", "environment.variables".
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "aws/api_error.h"

namespace millrace::lambda::operation {

class Constraints {
 public:
  // Of `members`, one object of the input (not null). Wrong JSON types throw json::type_error,
  // which json_operation answers with a SerializationException.
  explicit Constraints(std::vector<std::string>& broken, const nlohmann::json& members,
                       std::string path = "")
      : broken_(broken), members_(members), path_(std::move(path)) {}

  // Each looks at one member; an absent or null one passes, except for required().
  void required(const char* name);
  void range(const char* name, int64_t least, int64_t most);
  void length(const char* name, size_t least, size_t most);
  // `values` as Lambda prints them: "x86_64, arm64".
  void one_of(const char* name, std::string_view values);
  void pattern(const char* name, std::string_view printed,
               const std::function<bool(std::string_view)>& matches);

  // Adds a text of one's own: "Value ... failed to satisfy constraint: ...".
  void add(std::string text) { broken_.push_back(std::move(text)); }
  // "environment.variables" for the member "Variables" of the member "Environment".
  std::string path_of(const char* name) const;

 private:
  void add_value(const std::string& value, const char* name, std::string_view constraint);

  std::vector<std::string>& broken_;
  const nlohmann::json& members_;
  std::string path_;
};

// "2 validation errors detected: ...", if there is any.
aws::Result<void> result_of(const std::vector<std::string>& broken);

}  // namespace millrace::lambda::operation
