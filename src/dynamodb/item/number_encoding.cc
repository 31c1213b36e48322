// The two byte forms of numbers: docs/formats/keys.md and docs/formats/items.md.
#include "base/encoding.h"
#include "dynamodb/item/number.h"
#include "dynamodb/item/number_digits.h"

namespace millrace::dynamodb {

namespace {

// First byte of the ordered form.
constexpr char kNegative = 0x01;
constexpr char kZero = 0x02;
constexpr char kPositive = 0x03;

constexpr int kMagnitudeBias = 130;  // magnitudes -130..125 as 0..255

// Compact form: whole numbers of at most 18 digits are one varint, 64-bit arithmetic throughout.
constexpr int kSmallDigits = 18;
constexpr int64_t kSmallMax = 999'999'999'999'999'999;
constexpr int kExponentBias = 200;  // exponents -167..125 as positive numbers

}  // namespace

void Number::append_ordered(std::string& out) const {
  if (is_zero()) {
    out += kZero;
    return;
  }
  const Digits digits(magnitude());
  const std::string_view text = digits.text();
  // All that follows the sign is complemented for negative numbers: larger magnitudes come first.
  const uint8_t flip = is_negative() ? 0xff : 0;
  const auto append = [&](int byte) {
    out += static_cast<char>(static_cast<uint8_t>(byte) ^ flip);
  };
  out += is_negative() ? kNegative : kPositive;
  append(static_cast<int>(text.size()) + exponent_ - 1 + kMagnitudeBias);
  for (size_t i = 0; i < text.size(); i += 2) {
    const int tens = text[i] - '0';
    const int ones = i + 1 < text.size() ? text[i + 1] - '0' : 0;
    append(tens * 10 + ones + 1);
  }
  append(0);
}

std::optional<Number> Number::take_ordered(std::string_view& bytes) {
  if (bytes.empty()) return std::nullopt;
  const char sign = bytes.front();
  if (sign == kZero) {
    bytes.remove_prefix(1);
    return Number();
  }
  if ((sign != kNegative && sign != kPositive) || bytes.size() < 4) return std::nullopt;
  const uint8_t flip = sign == kNegative ? 0xff : 0;
  const auto byte_at = [&](size_t i) {
    return static_cast<int>(static_cast<uint8_t>(bytes[i]) ^ flip);
  };
  Number number;
  int digits = 0;
  size_t position = 2;
  for (; position < bytes.size() && byte_at(position) != 0; ++position) {
    const int pair = byte_at(position) - 1;
    if (pair > 99 || digits >= kDigitsMax || (digits == 0 && pair < 10)) return std::nullopt;
    number.mantissa_ = number.mantissa_ * 100 + pair;
    digits += 2;
  }
  // The last pair is never 00.
  if (position == bytes.size() || digits == 0 || byte_at(position - 1) == 1) return std::nullopt;
  number.exponent_ = byte_at(1) - kMagnitudeBias - (digits - 1);
  if (number.mantissa_ % 10 == 0) {
    number.mantissa_ /= 10;
    ++number.exponent_;
  }
  if (sign == kNegative) number.mantissa_ = -number.mantissa_;
  bytes.remove_prefix(position + 1);
  return number;
}

void Number::append_compact(std::string& out) const {
  if (exponent_ >= 0 && digit_count(magnitude()) + exponent_ <= kSmallDigits) {
    const auto value = static_cast<int64_t>(mantissa_) *
                       static_cast<int64_t>(kPowersOfTen[static_cast<size_t>(exponent_)]);
    const uint64_t zigzag =
        (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
    append_varint(out, zigzag << 1);
    return;
  }
  const auto biased = static_cast<uint64_t>(exponent_ + kExponentBias);
  append_varint(out, biased << 2 | (is_negative() ? 2U : 0U) | 1U);
  Magnitude rest = magnitude();
  std::string little_endian;
  for (; rest != 0; rest >>= 8) little_endian += static_cast<char>(rest & 0xff);
  out += static_cast<char>(little_endian.size());
  out.append(little_endian.rbegin(), little_endian.rend());
}

std::optional<Number> Number::take_compact(std::string_view& bytes) {
  std::string_view rest = bytes;
  const auto header = take_varint(rest);
  if (!header) return std::nullopt;
  if ((*header & 1) == 0) {
    const uint64_t zigzag = *header >> 1;
    const int64_t value = static_cast<int64_t>(zigzag >> 1) ^ -static_cast<int64_t>(zigzag & 1);
    if (value > kSmallMax || value < -kSmallMax) return std::nullopt;
    bytes = rest;
    return from_int(value);
  }
  const uint64_t biased = *header >> 2;
  if (biased > 2 * kExponentBias || rest.empty()) return std::nullopt;
  const auto length = static_cast<uint8_t>(rest.front());
  rest.remove_prefix(1);
  if (length == 0 || length > sizeof(Magnitude) || length > rest.size() || rest.front() == 0) {
    return std::nullopt;
  }
  Magnitude magnitude = 0;
  for (size_t i = 0; i < length; ++i) magnitude = magnitude << 8 | static_cast<uint8_t>(rest[i]);
  rest.remove_prefix(length);
  Number number;
  number.exponent_ = static_cast<int32_t>(biased) - kExponentBias;
  const int digits = digit_count(magnitude);
  const int highest = digits + number.exponent_ - 1;
  // Only in the form that append_compact chooses.
  const bool small = number.exponent_ >= 0 && digits + number.exponent_ <= kSmallDigits;
  if (digits > kDigitsMax || magnitude % 10 == 0 || small || highest < kMagnitudeMin ||
      highest > kMagnitudeMax) {
    return std::nullopt;
  }
  number.mantissa_ = static_cast<Mantissa>(magnitude);
  if (*header & 2) number.mantissa_ = -number.mantissa_;
  bytes = rest;
  return number;
}

}  // namespace millrace::dynamodb
