// What a filter pattern asks of one value: the rules in a leaf array, such as "x", {"prefix": "p"}
// or
// {"numeric": [">", 0]}. Immutable once compiled, so shared by threads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::lambda {

// A scalar of a record, as it stands in the JSON text.
struct FilterValue {
  enum class Kind : uint8_t { kString, kNumber, kLiteral };
  Kind kind;
  std::string_view text;  // a string's characters, unescaped; otherwise the token itself
  double number = 0;      // of kNumber
};

// One rule of a leaf.
struct FilterRule {
  enum class Operator : uint8_t {
    kExactly,
    kPrefix,
    kSuffix,
    kEqualsIgnoreCase,
    kPrefixIgnoreCase,
    kSuffixIgnoreCase,
    kWildcard,
    kNumeric,
    kCidr,
    kExists,
    kNotExists,
  };
  Operator operation = Operator::kExactly;
  bool negated = false;  // anything-but: true for a value that none of `operands` fits
  std::vector<FilterValue::Kind> kinds;  // kExactly: of each operand
  std::vector<std::string> operands;     // case-folded for the operators that ignore case
  std::vector<double> numbers;           // kExactly with negated: the operands that are numbers
  // kNumeric: lower and upper bound.
  double lower = 0, upper = 0;
  bool lower_inclusive = true, upper_inclusive = true;
  // kCidr: the network's bytes (4 or 16), and how many leading bits count.
  std::string network;
  int network_bits = 0;
  std::string text;  // as written in the pattern, for explanations

  // Whether a value that is there satisfies the rule. Never true for kNotExists.
  bool accepts(const FilterValue& value) const;
};

// Lower case by Unicode's simple mapping, so that equals-ignore-case works beyond ASCII.
std::string fold_case(std::string_view text);

// An address in network byte order, 4 or 16 bytes; empty if the text is not one.
std::string parse_address(std::string_view text);

// "*" stands for any characters; "\*" and "\\" for themselves.
bool matches_wildcard(std::string_view pattern, std::string_view text);

}  // namespace millrace::lambda
