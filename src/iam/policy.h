// One policy document in IAM's JSON form: statements that allow or deny actions on resources.
// Immutable once parsed.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "iam/condition.h"
#include "iam/permission.h"

namespace millrace::iam {

enum class Verdict { kNothingSaid, kAllowed, kDenied };

class Policy {
 public:
  // An identity policy: Version 2012-10-17, and no Principal. The error is one sentence; what is
  // not supported is refused.
  static Result<Policy, std::string> parse(const nlohmann::json& document);

  // An explicit denial wins over what any statement allows.
  Verdict judge(const Permission& permission) const;

 private:
  struct Patterns {
    std::vector<std::string> patterns;
    bool excluded = false;  // NotAction, NotResource: all but these
  };
  struct Statement {
    bool allows = false;
    Patterns actions;
    Patterns resources;
    Condition condition;
  };
  static Result<Patterns, std::string> parse_patterns(const nlohmann::json& statement,
                                                      const std::string& name);
  static Result<Statement, std::string> parse_statement(const nlohmann::json& document);
  static bool applies(const Statement& statement, const Permission& permission);

  std::vector<Statement> statements_;
};

// Of several policies of one identity together.
Verdict judge(const std::vector<Policy>& policies, const Permission& permission);

}  // namespace millrace::iam
