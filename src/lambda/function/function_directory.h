// Looking a function up, without the rest of the catalog: what event source mappings need to know.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "lambda/function/invoker.h"

namespace millrace::lambda {

struct FunctionSummary {
  FunctionReference reference;  // with the qualifier that was asked for
  std::string arn;              // of `reference`
  Duration timeout{0};
  std::string role;
  bool active = false;  // State is Active: it can be invoked
};

// Thread-safe; answers from memory.
class FunctionDirectory {
 public:
  virtual ~FunctionDirectory() = default;
  // Nothing if there is no such function, or no such version or alias of it.
  virtual std::optional<FunctionSummary> find(const FunctionReference& function) const = 0;
};

}  // namespace millrace::lambda
