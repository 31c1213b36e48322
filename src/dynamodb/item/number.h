// DynamoDB's number: a decimal of up to 38 significant digits, magnitude 1E-130 to 9.99…E+125.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "aws/api_error.h"

namespace millrace::dynamodb {

// DynamoDB checks values in two layers with different texts: the current one in single-item
// operations and Query, the older one in batch writes, transactions and Scan.
enum class ValueLayer : uint8_t { kCurrent, kOlder };

// A value type: mantissa * 10^exponent, the mantissa without trailing zeros (zero is 0 * 10^0).
class Number {
 public:
  Number() = default;
  static Number from_int(int64_t value);

  // Parses "-12.50E+3" and the like. Errors are ValidationExceptions with DynamoDB's texts for bad
  // syntax, more than 38 digits, overflow and underflow.
  static aws::Result<Number> parse(std::string_view text, ValueLayer layer = ValueLayer::kCurrent);

  // DynamoDB's canonical form: plain digits without exponent, "-0.001", as AWS prints it.
  std::string to_string() const;

  std::strong_ordering operator<=>(const Number& other) const;
  bool operator==(const Number& other) const = default;

  // Exact. Errors: ValidationException when the result needs more than 38 digits or leaves the
  // range (DynamoDB calls all of these an overflow).
  static aws::Result<Number> add(const Number& a, const Number& b);
  static aws::Result<Number> subtract(const Number& a, const Number& b);

  bool is_negative() const { return mantissa_ < 0; }
  bool is_zero() const { return mantissa_ == 0; }
  // The whole number if it is one that fits.
  std::optional<int64_t> to_int64() const;
  // Bytes that count towards item size: 1, one for each two digits before and each two after the
  // point (zeros at either end of the number not counted), one more if negative.
  size_t size_bytes() const;

  // Order-preserving bytes (docs/formats/keys.md), self-delimiting; and back. take_* removes them
  // from the front of `bytes`; nothing if they are malformed.
  void append_ordered(std::string& out) const;
  static std::optional<Number> take_ordered(std::string_view& bytes);

  // Compact bytes for values (docs/formats/items.md), self-delimiting.
  void append_compact(std::string& out) const;
  static std::optional<Number> take_compact(std::string_view& bytes);

 private:
  __extension__ using Mantissa = __int128;
  __extension__ using Magnitude = unsigned __int128;
  Magnitude magnitude() const {
    return mantissa_ < 0 ? -static_cast<Magnitude>(mantissa_) : static_cast<Magnitude>(mantissa_);
  }
  void normalize();

  Mantissa mantissa_ = 0;
  int32_t exponent_ = 0;
};

}  // namespace millrace::dynamodb
