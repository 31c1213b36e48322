#include "lambda/trigger/filter_value.h"

#include <arpa/inet.h>
#include <wctype.h>

#include <algorithm>
#include <clocale>
#include <cwchar>

namespace millrace::lambda {
namespace {

using Operator = FilterRule::Operator;

// Reads one UTF-8 character; records and patterns have been checked to be well-formed.
char32_t take_character(std::string_view& text) {
  unsigned char first = static_cast<unsigned char>(text[0]);
  int length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  char32_t character = length == 1 ? first : first & (0xffu >> (length + 1));
  for (int i = 1; i < length && i < static_cast<int>(text.size()); i++) {
    character = character << 6 | (static_cast<unsigned char>(text[i]) & 0x3f);
  }
  text.remove_prefix(std::min<size_t>(length, text.size()));
  return character;
}

void append_character(std::string& out, char32_t character) {
  if (character < 0x80) {
    out += static_cast<char>(character);
  } else if (character < 0x800) {
    out += static_cast<char>(0xc0 | character >> 6);
    out += static_cast<char>(0x80 | (character & 0x3f));
  } else if (character < 0x10000) {
    out += static_cast<char>(0xe0 | character >> 12);
    out += static_cast<char>(0x80 | (character >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (character & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | character >> 18);
    out += static_cast<char>(0x80 | (character >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (character >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (character & 0x3f));
  }
}

// The C library's Unicode tables, whatever the process's own locale is.
locale_t unicode_locale() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

bool in_network(const FilterRule& rule, std::string_view text) {
  std::string address = parse_address(text);
  if (address.size() != rule.network.size()) return false;
  int whole = rule.network_bits / 8;
  int rest = rule.network_bits % 8;
  if (address.compare(0, whole, rule.network, 0, whole) != 0) return false;
  if (rest == 0) return true;
  int mask = 0xff << (8 - rest) & 0xff;
  return (address[whole] & mask) == (rule.network[whole] & mask);
}

bool in_range(const FilterRule& rule, double number) {
  bool above = rule.lower_inclusive ? number >= rule.lower : number > rule.lower;
  bool below = rule.upper_inclusive ? number <= rule.upper : number < rule.upper;
  return above && below;
}

bool string_fits(Operator operation, std::string_view operand, std::string_view text) {
  switch (operation) {
    case Operator::kPrefix:
      return text.starts_with(operand);
    case Operator::kSuffix:
      return text.ends_with(operand);
    case Operator::kEqualsIgnoreCase:
      return fold_case(text) == operand;
    case Operator::kPrefixIgnoreCase:
      return fold_case(text).starts_with(operand);
    case Operator::kSuffixIgnoreCase:
      return fold_case(text).ends_with(operand);
    case Operator::kWildcard:
      return matches_wildcard(operand, text);
    default:
      return false;
  }
}

bool exactly_one_of(const FilterRule& rule, const FilterValue& value) {
  for (size_t i = 0; i < rule.operands.size(); i++) {
    if (rule.kinds[i] == value.kind && rule.operands[i] == value.text) return true;
  }
  return value.kind == FilterValue::Kind::kNumber &&
         std::find(rule.numbers.begin(), rule.numbers.end(), value.number) != rule.numbers.end();
}

bool fits(const FilterRule& rule, const FilterValue& value) {
  switch (rule.operation) {
    case Operator::kExactly:
      return exactly_one_of(rule, value);
    case Operator::kNumeric:
      return value.kind == FilterValue::Kind::kNumber && in_range(rule, value.number);
    case Operator::kCidr:
      return value.kind == FilterValue::Kind::kString && in_network(rule, value.text);
    case Operator::kExists:
      return true;
    case Operator::kNotExists:
      return false;
    default:
      break;
  }
  if (value.kind != FilterValue::Kind::kString) return false;
  return std::any_of(rule.operands.begin(), rule.operands.end(), [&](const std::string& operand) {
    return string_fits(rule.operation, operand, value.text);
  });
}

}  // namespace

bool FilterRule::accepts(const FilterValue& value) const {
  return fits(*this, value) != negated;
}

std::string fold_case(std::string_view text) {
  std::string folded;
  folded.reserve(text.size());
  while (!text.empty()) {
    char32_t character = take_character(text);
    if (character < 0x80) {
      folded +=
          static_cast<char>(character >= 'A' && character <= 'Z' ? character + 32 : character);
    } else {
      append_character(folded, static_cast<char32_t>(
                                   towlower_l(static_cast<wint_t>(character), unicode_locale())));
    }
  }
  return folded;
}

std::string parse_address(std::string_view text) {
  std::string zero_terminated(text);
  char bytes[16];
  if (inet_pton(AF_INET, zero_terminated.c_str(), bytes) == 1) return std::string(bytes, 4);
  if (inet_pton(AF_INET6, zero_terminated.c_str(), bytes) == 1) return std::string(bytes, 16);
  return {};
}

// Greedy with one point to return to: linear in practice, never exponential.
bool matches_wildcard(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0;
  size_t star = std::string_view::npos, star_text = 0;
  while (t < text.size()) {
    bool is_star = p < pattern.size() && pattern[p] == '*';
    size_t literal = p + (p + 1 < pattern.size() && pattern[p] == '\\' ? 1 : 0);
    if (is_star) {
      star = ++p;
      star_text = t;
    } else if (literal < pattern.size() && pattern[literal] == text[t]) {
      p = literal + 1;
      t++;
    } else if (star != std::string_view::npos) {
      p = star;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') p++;
  return p == pattern.size();
}

}  // namespace millrace::lambda
