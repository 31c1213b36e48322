#include "iam/condition.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "aws/http_message.h"
#include "iam/wildcard.h"

namespace millrace::iam {
namespace {

using aws::to_lower;
using nlohmann::json;

constexpr std::string_view kUserVariable = "${aws:username}";

// What this server can tell about a request, in lower case.
constexpr std::array<std::string_view, 8> kKnownKeys = {
    "aws:username",          "aws:principalarn",           "aws:principalaccount",
    "aws:requestedregion",   "dynamodb:leadingkeys",       "dynamodb:select",
    "dynamodb:returnvalues", "dynamodb:enclosingoperation"};

std::optional<double> number_of(const std::string& text) {
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <class Holds>
bool compare_numbers(const std::string& wanted, const std::string& actual, Holds holds) {
  auto a = number_of(actual);
  auto b = number_of(wanted);
  return a && b && holds(*a, *b);
}

bool string_equals(const std::string& wanted, const std::string& actual) {
  return wanted == actual;
}
bool string_equals_ignore_case(const std::string& wanted, const std::string& actual) {
  return aws::equal_ignoring_case(wanted, actual);
}
bool string_like(const std::string& wanted, const std::string& actual) {
  return matches_wildcard(wanted, actual, Case::kSensitive);
}
bool number_equals(const std::string& wanted, const std::string& actual) {
  return compare_numbers(wanted, actual, [](double a, double b) { return a == b; });
}
bool number_less(const std::string& wanted, const std::string& actual) {
  return compare_numbers(wanted, actual, [](double a, double b) { return a < b; });
}
bool number_at_most(const std::string& wanted, const std::string& actual) {
  return compare_numbers(wanted, actual, [](double a, double b) { return a <= b; });
}
bool number_greater(const std::string& wanted, const std::string& actual) {
  return compare_numbers(wanted, actual, [](double a, double b) { return a > b; });
}
bool number_at_least(const std::string& wanted, const std::string& actual) {
  return compare_numbers(wanted, actual, [](double a, double b) { return a >= b; });
}

// As a resource of a statement: each of the six parts by itself, so that a star leads into no
// other.
bool arn_like(const std::string& wanted, const std::string& actual) {
  std::string_view pattern = wanted, text = actual;
  for (int part = 0; part < 5; ++part) {
    size_t pattern_end = pattern.find(':'), text_end = text.find(':');
    if (pattern_end == std::string_view::npos || text_end == std::string_view::npos) return false;
    if (!matches_wildcard(pattern.substr(0, pattern_end), text.substr(0, text_end),
                          Case::kSensitive)) {
      return false;
    }
    pattern.remove_prefix(pattern_end + 1);
    text.remove_prefix(text_end + 1);
  }
  return matches_wildcard(pattern, text, Case::kSensitive);
}

struct Operator {
  std::string_view name;
  bool (*compare)(const std::string& wanted, const std::string& actual);
  bool negated;
};
constexpr Operator kOperators[] = {
    {"StringEquals", string_equals, false},
    {"StringNotEquals", string_equals, true},
    {"StringEqualsIgnoreCase", string_equals_ignore_case, false},
    {"StringNotEqualsIgnoreCase", string_equals_ignore_case, true},
    {"StringLike", string_like, false},
    {"StringNotLike", string_like, true},
    {"NumericEquals", number_equals, false},
    {"NumericNotEquals", number_equals, true},
    {"NumericLessThan", number_less, false},
    {"NumericLessThanEquals", number_at_most, false},
    {"NumericGreaterThan", number_greater, false},
    {"NumericGreaterThanEquals", number_at_least, false},
    {"Bool", string_equals_ignore_case, false},
    {"ArnEquals", arn_like, false},
    {"ArnLike", arn_like, false},
    {"ArnNotEquals", arn_like, true},
    {"ArnNotLike", arn_like, true},
    {"Null", nullptr, false},
};

Result<std::vector<std::string>, std::string> values_of(const json& document) {
  std::vector<std::string> values;
  for (const json& value : document.is_array() ? document : json::array({document})) {
    if (value.is_string()) {
      values.push_back(value.get<std::string>());
    } else if (value.is_boolean() || value.is_number()) {
      values.push_back(value.dump());
    } else {
      return Unexpected(std::string("A value of a Condition is no text, number or boolean."));
    }
    if (!has_known_variables(values.back())) {
      return Unexpected("The policy variable in " + values.back() + " is not supported.");
    }
  }
  return values;
}

}  // namespace

bool has_known_variables(const std::string& text) {
  for (size_t at = text.find("${"); at != std::string::npos; at = text.find("${", at + 1)) {
    if (text.compare(at, kUserVariable.size(), kUserVariable) != 0) return false;
  }
  return true;
}

std::optional<std::string> expand_variables(const std::string& text, const Permission& permission) {
  size_t at = text.find(kUserVariable);
  if (at == std::string::npos) return text;
  auto user = permission.keys.find("aws:username");
  if (user == permission.keys.end() || user->second.empty()) return std::nullopt;
  std::string expanded = text;
  for (; at != std::string::npos; at = expanded.find(kUserVariable, at)) {
    expanded.replace(at, kUserVariable.size(), user->second.front());
    at += user->second.front().size();
  }
  return expanded;
}

Result<Condition::Clause, std::string> Condition::parse_operator(const std::string& name) {
  Clause clause;
  std::string_view rest = name;
  auto take_prefix = [&](std::string_view prefix, Set set) {
    if (!rest.starts_with(prefix)) return;
    rest.remove_prefix(prefix.size());
    clause.set = set;
  };
  take_prefix("ForAllValues:", Set::kForAllValues);
  if (clause.set == Set::kNone) take_prefix("ForAnyValue:", Set::kForAnyValue);
  constexpr std::string_view kIfExists = "IfExists";
  if (rest.ends_with(kIfExists) && rest != "Null") {
    rest.remove_suffix(kIfExists.size());
    clause.if_exists = true;
  }
  for (const Operator& known : kOperators) {
    if (known.name != rest) continue;
    clause.compare = known.compare;
    clause.negated = known.negated;
    if (known.compare == nullptr && (clause.if_exists || clause.set != Set::kNone)) break;
    return clause;
  }
  return Unexpected("The condition operator " + name + " is not supported.");
}

Result<Condition, std::string> Condition::parse(const json& document) {
  if (!document.is_object()) return Unexpected(std::string("A Condition must be an object."));
  Condition condition;
  for (const auto& [operation, keys] : document.items()) {
    MILLRACE_TRY(Clause clause, parse_operator(operation));
    if (!keys.is_object()) return Unexpected("The condition " + operation + " must be an object.");
    for (const auto& [key, values] : keys.items()) {
      clause.key = to_lower(key);
      if (std::find(kKnownKeys.begin(), kKnownKeys.end(), clause.key) == kKnownKeys.end()) {
        return Unexpected("The condition key " + key + " is not supported.");
      }
      MILLRACE_TRY(clause.values, values_of(values));
      condition.clauses_.push_back(clause);
    }
  }
  return condition;
}

Truth Condition::holds(const Clause& clause, const Permission& permission) {
  if (permission.untold_keys.count(clause.key) != 0) return Truth::kUntold;
  auto to_truth = [](bool value) { return value ? Truth::kTrue : Truth::kFalse; };
  auto found = permission.keys.find(clause.key);
  bool exists = found != permission.keys.end() && !found->second.empty();
  if (clause.compare == nullptr) {
    return to_truth(std::any_of(clause.values.begin(), clause.values.end(), [&](const auto& value) {
      return aws::equal_ignoring_case(value, exists ? "false" : "true");
    }));
  }
  if (!exists) {
    // As IAM: a key that a request does not have fails, except where the operator says otherwise.
    return to_truth(clause.if_exists || clause.set == Set::kForAllValues ||
                    (clause.negated && clause.set == Set::kNone));
  }
  auto matches = [&](const std::string& actual) {
    bool any = std::any_of(clause.values.begin(), clause.values.end(), [&](const auto& value) {
      auto wanted = expand_variables(value, permission);
      return wanted && clause.compare(*wanted, actual);
    });
    return any != clause.negated;
  };
  const auto& actual = found->second;
  return to_truth(clause.set == Set::kForAnyValue
                      ? std::any_of(actual.begin(), actual.end(), matches)
                      : std::all_of(actual.begin(), actual.end(), matches));
}

Truth Condition::holds(const Permission& permission) const {
  Truth all = Truth::kTrue;
  for (const Clause& clause : clauses_) {
    Truth one = holds(clause, permission);
    if (one == Truth::kFalse) return one;
    if (one == Truth::kUntold) all = one;
  }
  return all;
}

}  // namespace millrace::iam
