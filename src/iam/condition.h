// The Condition of a policy statement. Immutable once parsed.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "iam/permission.h"

namespace millrace::iam {

enum class Truth { kFalse, kTrue, kUntold };

class Condition {
 public:
  // The error is one sentence: an operator or a key that is not supported is refused, never
  // ignored.
  static Result<Condition, std::string> parse(const nlohmann::json& document);

  Truth holds(const Permission& permission) const;

 private:
  using Compare = bool (*)(const std::string& wanted, const std::string& actual);
  enum class Set { kNone, kForAllValues, kForAnyValue };
  struct Clause {
    Compare compare = nullptr;  // null: the operator Null
    bool negated = false;
    bool if_exists = false;
    Set set = Set::kNone;
    std::string key;
    std::vector<std::string> values;
  };
  static Result<Clause, std::string> parse_operator(const std::string& name);
  static Truth holds(const Clause& clause, const Permission& permission);

  std::vector<Clause> clauses_;  // all must hold
};

// Replaces the policy variable ${aws:username} by the permission's; nothing if it has none.
std::optional<std::string> expand_variables(const std::string& text, const Permission& permission);
// Whether it has no variable but that one.
bool has_known_variables(const std::string& text);

}  // namespace millrace::iam
