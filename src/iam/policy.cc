#include "iam/policy.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "iam/wildcard.h"

namespace millrace::iam {

using nlohmann::json;

namespace {

Result<void, std::string> check_names(const json& document, const std::set<std::string>& known,
                                      const char* what) {
  if (!document.is_object()) return Unexpected(std::string(what) + " must be an object.");
  for (const auto& [name, value] : document.items()) {
    if (known.count(name) == 0) {
      return Unexpected(std::string(what) + " has the element " + name +
                        ", which is not supported.");
    }
  }
  return {};
}

}  // namespace

// `name` is "Action" or "Resource"; exactly one of it and its opposite must be there.
Result<Policy::Patterns, std::string> Policy::parse_patterns(const json& statement,
                                                             const std::string& name) {
  Patterns found;
  found.excluded = statement.contains("Not" + name);
  if (found.excluded == statement.contains(name)) {
    return Unexpected("A policy statement must have either " + name + " or Not" + name + '.');
  }
  const json& value = statement.at(found.excluded ? "Not" + name : name);
  for (const json& pattern : value.is_array() ? value : json::array({value})) {
    if (!pattern.is_string()) return Unexpected(name + " must be a text or a list of texts.");
    std::string text = pattern.get<std::string>();
    bool is_well_formed = text == "*" || (name == "Action" ? text.find(':') != std::string::npos
                                                           : text.starts_with("arn:"));
    if (!is_well_formed || !has_known_variables(text)) {
      return Unexpected("The " + name + ' ' + text + " of a policy statement is not valid.");
    }
    found.patterns.push_back(std::move(text));
  }
  if (found.patterns.empty()) return Unexpected(name + " must not be empty.");
  return found;
}

Result<Policy::Statement, std::string> Policy::parse_statement(const json& document) {
  MILLRACE_CHECK_OK(check_names(
      document, {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"},
      "A policy statement"));
  Statement statement;
  json effect = document.value("Effect", json());
  if (effect != "Allow" && effect != "Deny") {
    return Unexpected(std::string("The Effect of a policy statement must be Allow or Deny."));
  }
  statement.allows = effect == "Allow";
  MILLRACE_TRY(statement.actions, parse_patterns(document, "Action"));
  MILLRACE_TRY(statement.resources, parse_patterns(document, "Resource"));
  if (document.contains("Condition")) {
    MILLRACE_TRY(statement.condition, Condition::parse(document.at("Condition")));
  }
  return statement;
}

Result<Policy, std::string> Policy::parse(const json& document) {
  MILLRACE_CHECK_OK(check_names(document, {"Version", "Id", "Statement"}, "A policy"));
  if (document.value("Version", json()) != "2012-10-17") {
    return Unexpected(std::string("The Version of a policy must be 2012-10-17."));
  }
  Policy policy;
  json statements = document.value("Statement", json());
  for (const json& one : statements.is_array() ? statements : json::array({statements})) {
    MILLRACE_TRY(Statement statement, parse_statement(one));
    policy.statements_.push_back(std::move(statement));
  }
  return policy;
}

bool Policy::applies(const Statement& statement, const Permission& permission) {
  auto matches = [&](const Patterns& patterns, const std::string& text, Case text_case) {
    bool any = std::any_of(patterns.patterns.begin(), patterns.patterns.end(), [&](const auto& p) {
      auto pattern = expand_variables(p, permission);
      return pattern && matches_wildcard(*pattern, text, text_case);
    });
    return any != patterns.excluded;
  };
  if (!matches(statement.actions, permission.action, Case::kInsensitive)) return false;
  if (!matches(statement.resources, permission.resource, Case::kSensitive)) return false;
  Truth condition = statement.condition.holds(permission);
  return statement.allows ? condition == Truth::kTrue : condition != Truth::kFalse;
}

Verdict Policy::judge(const Permission& permission) const {
  Verdict verdict = Verdict::kNothingSaid;
  for (const Statement& statement : statements_) {
    if (!applies(statement, permission)) continue;
    if (!statement.allows) return Verdict::kDenied;
    verdict = Verdict::kAllowed;
  }
  return verdict;
}

Verdict judge(const std::vector<Policy>& policies, const Permission& permission) {
  Verdict verdict = Verdict::kNothingSaid;
  for (const Policy& policy : policies) {
    Verdict one = policy.judge(permission);
    if (one == Verdict::kDenied) return one;
    if (one == Verdict::kAllowed) verdict = one;
  }
  return verdict;
}

}  // namespace millrace::iam
