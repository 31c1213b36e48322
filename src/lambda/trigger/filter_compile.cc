// From a pattern's JSON text to rules. The grammar is the one that AWS's engine accepts, including
// that members are taken in the order written and a later one of the same path replaces the
// earlier.
#include <algorithm>
#include <cmath>
#include <map>

#include "lambda/trigger/filter_pattern.h"
#include "lambda/trigger/pattern_json.h"

namespace millrace::lambda {
namespace {

using Node = PatternJson;
using Operator = FilterRule::Operator;
using Failure = Unexpected<std::string>;
template <class T>
using Compiled = Result<T, std::string>;

FilterValue::Kind value_kind(const Node& node) {
  if (node.is_string()) return FilterValue::Kind::kString;
  if (node.kind == Node::Kind::kNumber) return FilterValue::Kind::kNumber;
  return FilterValue::Kind::kLiteral;
}

// A literal too small or too large for a double cannot be compared.
bool is_comparable(const Node& node) {
  if (node.kind != Node::Kind::kNumber || !std::isfinite(node.number)) return false;
  size_t mantissa_end = node.text.find_first_of("eE");
  bool has_digits =
      node.text.substr(0, mantissa_end).find_first_of("123456789") != std::string::npos;
  return node.number != 0 || !has_digits;
}

Compiled<void> check_wildcard(std::string_view pattern) {
  for (size_t i = 0; i < pattern.size(); i++) {
    if (pattern[i] == '\\') {
      if (i + 1 == pattern.size() || (pattern[i + 1] != '*' && pattern[i + 1] != '\\')) {
        return Failure("Invalid escape character in wildcard pattern");
      }
      i++;
    } else if (pattern[i] == '*' && i + 1 < pattern.size() && pattern[i + 1] == '*') {
      return Failure("Consecutive wildcard characters");
    }
  }
  return {};
}

bool ignores_case(Operator operation) {
  return operation == Operator::kEqualsIgnoreCase || operation == Operator::kPrefixIgnoreCase ||
         operation == Operator::kSuffixIgnoreCase;
}

// Adds one string operand of an operator on strings.
Compiled<void> add_operand(FilterRule& rule, const std::string& name, const Node& node) {
  if (!node.is_string()) return Failure(name + " match pattern must be a string");
  bool is_affix = rule.operation == Operator::kPrefix || rule.operation == Operator::kSuffix;
  if (rule.negated && is_affix && node.text.empty()) {
    return Failure("Null prefix/suffix not allowed");
  }
  if (rule.operation == Operator::kWildcard) MILLRACE_CHECK_OK(check_wildcard(node.text));
  rule.operands.push_back(ignores_case(rule.operation) ? fold_case(node.text) : node.text);
  rule.kinds.push_back(FilterValue::Kind::kString);
  return {};
}

// {"prefix": "p"} and {"prefix": {"equals-ignore-case": "p"}}; the same for suffix.
Compiled<void> compile_affix(FilterRule& rule, const std::string& name, const Node& operand) {
  if (operand.kind != Node::Kind::kObject) return add_operand(rule, name, operand);
  if (operand.members.size() != 1) return Failure("Only one key allowed in match expression");
  const auto& [inner, text] = operand.members[0];
  if (inner != "equals-ignore-case") return Failure("Unsupported " + name + " pattern: " + inner);
  rule.operation = rule.operation == Operator::kPrefix ? Operator::kPrefixIgnoreCase
                                                       : Operator::kSuffixIgnoreCase;
  return add_operand(rule, inner, text);
}

Compiled<void> compile_numeric(FilterRule& rule, const Node& operand) {
  if (operand.kind != Node::Kind::kArray || operand.members.empty()) {
    return Failure("Value of numeric must be an array");
  }
  const auto& terms = operand.members;
  rule.lower = -HUGE_VAL;
  rule.upper = HUGE_VAL;
  bool has_lower = false, has_upper = false;
  for (size_t i = 0; i < terms.size(); i += 2) {
    const Node& sign = terms[i].value;
    if (!sign.is_string()) return Failure("Invalid member in numeric match");
    if (i + 1 == terms.size() || !is_comparable(terms[i + 1].value)) {
      return Failure("Value of " + sign.text + " must be numeric");
    }
    double bound = terms[i + 1].value.number;
    bool inclusive = sign.text.ends_with('=');
    if (sign.text == "=") {
      if (terms.size() != 2) return Failure("Too many terms in numeric expression");
      rule.lower = rule.upper = bound;
    } else if (sign.text == "<" || sign.text == "<=") {
      // An upper bound ends the expression.
      if (has_upper || i + 2 != terms.size())
        return Failure("Too many elements in numeric expression");
      has_upper = true;
      rule.upper = bound;
      rule.upper_inclusive = inclusive;
    } else if (sign.text == ">" || sign.text == ">=") {
      if (has_lower || has_upper) return Failure("Too many elements in numeric expression");
      has_lower = true;
      rule.lower = bound;
      rule.lower_inclusive = inclusive;
    } else {
      return Failure("Unrecognized numeric range operator: " + sign.text);
    }
  }
  if (has_lower && has_upper && rule.lower >= rule.upper) {
    return Failure("Bottom must be less than top");
  }
  return {};
}

Compiled<void> compile_cidr(FilterRule& rule, const Node& operand) {
  if (!operand.is_string()) return Failure("cidr match pattern must be a string");
  size_t slash = operand.text.find('/');
  if (slash == std::string::npos) return Failure("Malformed CIDR, one '/' required");
  rule.network = parse_address(operand.text.substr(0, slash));
  std::string bits = operand.text.substr(slash + 1);
  bool is_number = !bits.empty() && bits.size() <= 3 &&
                   bits.find_first_not_of("0123456789") == std::string::npos;
  rule.network_bits = is_number ? std::stoi(bits) : -1;
  if (rule.network.empty()) return Failure("Malformed CIDR, invalid address");
  if (rule.network_bits < 0 || rule.network_bits > static_cast<int>(rule.network.size()) * 8) {
    return Failure("Malformed CIDR, invalid mask");
  }
  return {};
}

Compiled<void> add_exact(FilterRule& rule, const Node& node) {
  if (node.kind == Node::Kind::kArray || node.kind == Node::Kind::kObject) {
    return Failure("Invalid value in anything-but list");
  }
  rule.operands.push_back(node.text);
  rule.kinds.push_back(value_kind(node));
  return {};
}

// {"anything-but": "x" | 1 | [..] | {"prefix"|"suffix"|"equals-ignore-case"|"wildcard": "x" |
// [..]}}
Compiled<void> compile_anything_but(FilterRule& rule, const Node& operand) {
  rule.negated = true;
  if (operand.kind != Node::Kind::kObject) {
    rule.operation = Operator::kExactly;
    if (operand.kind != Node::Kind::kArray) {
      if (value_kind(operand) == FilterValue::Kind::kLiteral) {
        return Failure("Value of anything-but must be an array or single string/number value");
      }
      if (operand.kind == Node::Kind::kNumber) rule.numbers.push_back(operand.number);
      return add_exact(rule, operand);
    }
    if (operand.members.empty()) return Failure("Empty arrays are not allowed");
    for (const auto& [unused, element] : operand.members) {
      MILLRACE_CHECK_OK(add_exact(rule, element));
      if (element.kind == Node::Kind::kNumber) rule.numbers.push_back(element.number);
      if (rule.kinds.back() != rule.kinds[0] || rule.kinds[0] == FilterValue::Kind::kLiteral) {
        return Failure(
            "Inside anything but list, either all values are number or string, mixed type is not "
            "supported");
      }
    }
    return {};
  }
  static const std::map<std::string, Operator> kOperators = {
      {"prefix", Operator::kPrefix},
      {"suffix", Operator::kSuffix},
      {"equals-ignore-case", Operator::kEqualsIgnoreCase},
      {"wildcard", Operator::kWildcard}};
  if (operand.members.size() != 1) return Failure("Only one key allowed in match expression");
  const auto& [name, inner] = operand.members[0];
  auto found = kOperators.find(name);
  if (found == kOperators.end()) return Failure("Unsupported anything-but pattern: " + name);
  rule.operation = found->second;
  if (inner.kind != Node::Kind::kArray) return add_operand(rule, name, inner);
  if (inner.members.empty()) return Failure("Empty arrays are not allowed");
  for (const auto& [unused, element] : inner.members) {
    MILLRACE_CHECK_OK(add_operand(rule, name, element));
  }
  return {};
}

Compiled<FilterRule> compile_expression(const Node& node) {
  if (node.members.size() != 1) return Failure("Only one key allowed in match expression");
  const auto& [name, operand] = node.members[0];
  FilterRule rule;
  rule.text = node.written();
  Compiled<void> done;
  if (name == "prefix" || name == "suffix") {
    rule.operation = name == "prefix" ? Operator::kPrefix : Operator::kSuffix;
    done = compile_affix(rule, name, operand);
  } else if (name == "equals-ignore-case") {
    rule.operation = Operator::kEqualsIgnoreCase;
    done = add_operand(rule, name, operand);
  } else if (name == "wildcard") {
    rule.operation = Operator::kWildcard;
    done = add_operand(rule, name, operand);
  } else if (name == "exactly") {
    done = add_operand(rule, name, operand);
  } else if (name == "anything-but") {
    done = compile_anything_but(rule, operand);
  } else if (name == "numeric") {
    rule.operation = Operator::kNumeric;
    done = compile_numeric(rule, operand);
  } else if (name == "cidr") {
    rule.operation = Operator::kCidr;
    done = compile_cidr(rule, operand);
  } else if (name == "exists") {
    if (operand.kind != Node::Kind::kBoolean) {
      return Failure("exists match pattern must be either true or false.");
    }
    rule.operation = operand.text == "true" ? Operator::kExists : Operator::kNotExists;
  } else {
    return Failure("Unrecognized match type " + name);
  }
  MILLRACE_CHECK_OK(std::move(done));
  return rule;
}

Compiled<std::vector<FilterRule>> compile_leaf(const Node& array) {
  if (array.members.empty()) return Failure("Empty arrays are not allowed");
  std::vector<FilterRule> rules;
  for (const auto& [unused, element] : array.members) {
    if (element.kind == Node::Kind::kArray)
      return Failure("Match value must be a scalar or object");
    if (element.kind == Node::Kind::kObject) {
      MILLRACE_TRY(auto rule, compile_expression(element));
      rules.push_back(std::move(rule));
      continue;
    }
    FilterRule rule;
    rule.operands.push_back(element.text);
    rule.kinds.push_back(value_kind(element));
    rule.text = element.written();
    rules.push_back(std::move(rule));
  }
  return rules;
}

// Paths with their rules; sorted, as they are matched.
using Draft = std::map<std::string, std::vector<FilterRule>>;

bool is_reserved(const std::string& name) {
  static const char* const kNames[] = {"exactly",      "prefix",  "suffix", "equals-ignore-case",
                                       "anything-but", "numeric", "exists", "wildcard",
                                       "cidr"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

// A pattern of 4096 characters can multiply into thousands of alternatives; a sane one has a few.
constexpr size_t kAlternativesMax = 1000;

Compiled<void> compile_object(const Node& object, const std::string& path,
                              std::vector<Draft>& drafts);

Compiled<void> compile_or(const Node& list, const std::string& path, std::vector<Draft>& drafts) {
  if (list.kind != Node::Kind::kArray) return Failure("It must be an Array followed with $or.");
  if (list.members.size() < 2) {
    return Failure("There must have at least 2 Objects in $or relationship.");
  }
  std::vector<Draft> result;
  for (const auto& [unused, choice] : list.members) {
    if (choice.kind != Node::Kind::kObject) {
      return Failure("Only JSON object is allowed in array of $or relationship.");
    }
    for (const auto& member : choice.members) {
      if (is_reserved(member.name)) {
        return Failure(member.name +
                       " is Ruler reserved fieldName which cannot be used inside $or.");
      }
    }
    std::vector<Draft> branch = drafts;
    MILLRACE_CHECK_OK(compile_object(choice, path, branch));
    result.insert(result.end(), std::make_move_iterator(branch.begin()),
                  std::make_move_iterator(branch.end()));
    if (result.size() > kAlternativesMax) return Failure("Too many alternatives");
  }
  drafts = std::move(result);
  return {};
}

Compiled<void> compile_object(const Node& object, const std::string& path,
                              std::vector<Draft>& drafts) {
  if (object.members.empty()) return Failure("Empty objects are not allowed");
  for (const auto& [name, value] : object.members) {
    if (name == "$or") {
      MILLRACE_CHECK_OK(compile_or(value, path, drafts));
      continue;
    }
    std::string inner = path.empty() ? name : path + '.' + name;
    if (value.kind == Node::Kind::kObject) {
      MILLRACE_CHECK_OK(compile_object(value, inner, drafts));
    } else if (value.kind == Node::Kind::kArray) {
      MILLRACE_TRY(auto rules, compile_leaf(value));
      for (Draft& draft : drafts) draft[inner] = rules;
    } else {
      return Failure('"' + name + "\" must be an object or an array");
    }
  }
  return {};
}

}  // namespace

Result<CompiledPattern, std::string> compile_pattern(std::string_view text) {
  std::optional<Node> root = PatternJson::parse(text);
  if (!root) return Failure("The pattern is not valid JSON");
  if (root->kind != Node::Kind::kObject) return Failure("Filter is not an object");
  std::vector<Draft> drafts(1);
  MILLRACE_CHECK_OK(compile_object(*root, "", drafts));
  CompiledPattern pattern;
  for (Draft& draft : drafts) {
    FilterAlternative alternative;
    for (auto& [path, rules] : draft) alternative.push_back({path, std::move(rules)});
    pattern.alternatives.push_back(std::move(alternative));
  }
  return pattern;
}

}  // namespace millrace::lambda
