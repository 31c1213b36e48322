#include "dynamodb/item/number.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "dynamodb/item/number_digits.h"

namespace millrace::dynamodb {

namespace {

constexpr std::string_view kNotNumeric = "The parameter cannot be converted to a numeric value: ";
constexpr std::string_view kOverflow =
    "Number overflow. Attempting to store a number with magnitude larger than supported range";
constexpr std::string_view kUnderflow =
    "Number underflow. Attempting to store a number with magnitude smaller than supported range";
constexpr std::string_view kTooManyDigits =
    "Attempting to store more than 38 significant digits in a Number";

Unexpected<aws::ApiError> number_error(std::string_view text) {
  return aws::validation_error(std::string(text));
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The parts of a number's text. Digits are counted without the point; indexes count from the left.
struct Literal {
  bool negative = false;
  std::string_view digits;     // may contain one point
  int64_t integer_digits = 0;  // before the point
  int64_t fraction_digits = 0;
  int64_t exponent = 0;  // clamped far outside the supported range
  int64_t first = -1;    // index of the first digit other than 0; -1 if all are 0
  int64_t last = -1;
};

// Far outside any supported exponent, and far from overflowing sums with digit counts.
constexpr int64_t kExponentClamp = int64_t{1} << 40;

// The exponent after 'e'; nothing if it is malformed or does not fit the layer's integer type.
std::optional<int64_t> parse_exponent(std::string_view text, ValueLayer layer) {
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
    if (text.empty() || !is_digit(text.front())) return std::nullopt;
  }
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (layer == ValueLayer::kOlder && value != static_cast<int32_t>(value)) return std::nullopt;
  return value;
}

std::optional<Literal> split(std::string_view text, ValueLayer layer) {
  Literal literal;
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    literal.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  size_t position = 0;
  bool after_point = false;
  int64_t index = 0;
  for (; position < text.size(); ++position) {
    const char c = text[position];
    if (c == '.' && !after_point) {
      after_point = true;
      continue;
    }
    if (!is_digit(c)) break;
    if (c != '0') {
      if (literal.first < 0) literal.first = index;
      literal.last = index;
    }
    ++(after_point ? literal.fraction_digits : literal.integer_digits);
    ++index;
  }
  if (index == 0) return std::nullopt;
  literal.digits = text.substr(0, position);
  if (position == text.size()) return literal;
  if (text[position] != 'e' && text[position] != 'E') return std::nullopt;
  const auto exponent = parse_exponent(text.substr(position + 1), layer);
  if (!exponent) return std::nullopt;
  // DynamoDB's older layer wraps this one exponent around and calls it an underflow.
  const bool wraps = layer == ValueLayer::kOlder && *exponent == 2147483647;
  literal.exponent =
      wraps ? -kExponentClamp : std::clamp(*exponent, -kExponentClamp, kExponentClamp);
  return literal;
}

}  // namespace

Number Number::from_int(int64_t value) {
  Number number;
  number.mantissa_ = value;
  number.normalize();
  return number;
}

void Number::normalize() {
  if (mantissa_ == 0) {
    exponent_ = 0;
    return;
  }
  while (mantissa_ % 10 == 0) {
    mantissa_ /= 10;
    ++exponent_;
  }
}

aws::Result<Number> Number::parse(std::string_view text, ValueLayer layer) {
  const auto literal = split(text, layer);
  if (!literal) {
    std::string message(kNotNumeric);
    message += text;
    if (text.empty() && layer == ValueLayer::kOlder) message.resize(message.size() - 2);
    return aws::validation_error(std::move(message));
  }
  Number number;
  if (literal->first < 0) {
    // Zero has no magnitude; DynamoDB checks the exponent of its last written digit instead.
    const int64_t exponent = literal->exponent - literal->fraction_digits;
    if (exponent > kMagnitudeMax) return number_error(kOverflow);
    if (exponent < kMagnitudeMin) return number_error(kUnderflow);
    return number;
  }
  const int64_t point = literal->exponent + literal->integer_digits - 1;
  if (point - literal->first > kMagnitudeMax) return number_error(kOverflow);
  if (point - literal->first < kMagnitudeMin) return number_error(kUnderflow);
  if (literal->last - literal->first >= kDigitsMax) return number_error(kTooManyDigits);
  int64_t index = 0;
  for (const char c : literal->digits) {
    if (c == '.') continue;
    if (index >= literal->first && index <= literal->last) {
      number.mantissa_ = number.mantissa_ * 10 + (c - '0');
    }
    ++index;
  }
  if (literal->negative) number.mantissa_ = -number.mantissa_;
  number.exponent_ = static_cast<int32_t>(point - literal->last);
  return number;
}

std::string Number::to_string() const {
  if (mantissa_ == 0) return "0";
  const Digits digits(magnitude());
  const std::string_view text = digits.text();
  const int point = static_cast<int>(text.size()) + exponent_;  // digits before the point
  std::string out;
  out.reserve(text.size() + static_cast<size_t>(std::abs(exponent_)) + 3);
  if (is_negative()) out += '-';
  if (exponent_ >= 0) {
    out += text;
    out.append(static_cast<size_t>(exponent_), '0');
  } else if (point > 0) {
    out += text.substr(0, static_cast<size_t>(point));
    out += '.';
    out += text.substr(static_cast<size_t>(point));
  } else {
    out += "0.";
    out.append(static_cast<size_t>(-point), '0');
    out += text;
  }
  return out;
}

std::strong_ordering Number::operator<=>(const Number& other) const {
  const auto sign = [](const Number& n) { return n.is_zero() ? 0 : n.is_negative() ? -1 : 1; };
  if (sign(*this) != sign(other)) return sign(*this) <=> sign(other);
  if (exponent_ == other.exponent_) return mantissa_ <=> other.mantissa_;
  const int digits = digit_count(magnitude());
  const int other_digits = digit_count(other.magnitude());
  std::strong_ordering order = digits + exponent_ <=> other_digits + other.exponent_;
  if (order == 0) {
    // The same magnitude: compare digits, the shorter number filled up with zeros.
    const int width = std::max(digits, other_digits);
    order = magnitude() * kPowersOfTen[static_cast<size_t>(width - digits)] <=>
            other.magnitude() * kPowersOfTen[static_cast<size_t>(width - other_digits)];
  }
  return is_negative() ? 0 <=> order : order;
}

aws::Result<Number> Number::add(const Number& a, const Number& b) {
  if (a.is_zero()) return b;
  if (b.is_zero()) return a;
  const Number& high = a.exponent_ >= b.exponent_ ? a : b;
  const Number& low = a.exponent_ >= b.exponent_ ? b : a;
  // With the lower exponent's last digit not 0, a sum whose aligned operand leaves 128 bits has
  // more than 38 digits in any case: 2^128 - 10^38 > 10^38.
  const int shift = high.exponent_ - low.exponent_;
  UnsignedMantissa aligned = 0;
  if (shift >= static_cast<int>(kPowersOfTen.size()) ||
      __builtin_mul_overflow(high.magnitude(), kPowersOfTen[static_cast<size_t>(shift)],
                             &aligned)) {
    return number_error(kOverflow);
  }
  UnsignedMantissa sum = 0;
  bool negative = high.is_negative();
  if (high.is_negative() == low.is_negative()) {
    if (__builtin_add_overflow(aligned, low.magnitude(), &sum)) return number_error(kOverflow);
  } else if (aligned >= low.magnitude()) {
    sum = aligned - low.magnitude();
  } else {
    sum = low.magnitude() - aligned;
    negative = low.is_negative();
  }
  int32_t exponent = low.exponent_;
  while (sum != 0 && sum % 10 == 0) {
    sum /= 10;
    ++exponent;
  }
  Number result;
  if (sum == 0) return result;
  const int digits = digit_count(sum);
  const int magnitude = digits + exponent - 1;
  if (digits > kDigitsMax || magnitude > kMagnitudeMax || magnitude < kMagnitudeMin) {
    return number_error(kOverflow);
  }
  result.mantissa_ = static_cast<Mantissa>(sum);
  if (negative) result.mantissa_ = -result.mantissa_;
  result.exponent_ = exponent;
  return result;
}

aws::Result<Number> Number::subtract(const Number& a, const Number& b) {
  Number negated = b;
  negated.mantissa_ = -negated.mantissa_;
  return add(a, negated);
}

std::optional<int64_t> Number::to_int64() const {
  if (exponent_ < 0) return std::nullopt;
  if (exponent_ > 18) return is_zero() ? std::optional<int64_t>(0) : std::nullopt;
  int64_t value = 0;
  const auto power = static_cast<int64_t>(kPowersOfTen[static_cast<size_t>(exponent_)]);
  if (mantissa_ != static_cast<int64_t>(mantissa_) ||
      __builtin_mul_overflow(static_cast<int64_t>(mantissa_), power, &value)) {
    return std::nullopt;
  }
  return value;
}

size_t Number::size_bytes() const {
  if (is_zero()) return 1;
  const int digits = digit_count(magnitude());
  const int fraction = std::clamp(-exponent_, 0, digits);
  const int integer = digits - fraction;
  return static_cast<size_t>(1 + (integer + 1) / 2 + (fraction + 1) / 2 + (is_negative() ? 1 : 0));
}

}  // namespace millrace::dynamodb
