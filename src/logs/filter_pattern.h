// The filter patterns of CloudWatch Logs: which events a search answers.
//
//     error "exit status" -debug      all terms, quoted or not, and none with a minus
//     ?error ?warning                 any of them
//     { $.level = "ERROR" && $.status.code >= 500 }      members of JSON messages
//
// Terms are compared exactly, wherever they are in the message. Patterns in brackets (fields
// between spaces) and regular expressions (%...%) are not known here. Pure; a parsed pattern is
// immutable.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace millrace::logs {

class FilterPattern {
 public:
  virtual ~FilterPattern() = default;
  virtual bool matches(std::string_view message) const = 0;

  // The error is a sentence for the user. An empty pattern matches everything.
  static Result<std::shared_ptr<const FilterPattern>, std::string> parse(std::string_view text);
};

}  // namespace millrace::logs
