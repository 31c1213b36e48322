// Decimal digits of 128-bit integers: what number.cc and its encodings share. Pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace millrace::dynamodb {

__extension__ using UnsignedMantissa = unsigned __int128;

// DynamoDB's limits: significant digits, and the power of ten of the first of them.
inline constexpr int kDigitsMax = 38;
inline constexpr int kMagnitudeMin = -130;
inline constexpr int kMagnitudeMax = 125;

// 10^0 .. 10^38, the largest that 128 bits hold.
inline constexpr auto kPowersOfTen = [] {
  std::array<UnsignedMantissa, 39> powers{};
  powers[0] = 1;
  for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

// 1 for 0.
inline int digit_count(UnsignedMantissa value) {
  int count = 1;
  while (count < static_cast<int>(kPowersOfTen.size()) &&
         value >= kPowersOfTen[static_cast<size_t>(count)]) {
    ++count;
  }
  return count;
}

class Digits {
 public:
  explicit Digits(UnsignedMantissa value) {
    // Halves of 19 digits: divisions by ten are cheap in 64 bits only.
    constexpr uint64_t kHalf = 10'000'000'000'000'000'000U;
    auto low = static_cast<uint64_t>(value % kHalf);
    auto high = static_cast<uint64_t>(value / kHalf);
    const size_t split = buffer_.size() - 19;
    while (low != 0 || (high != 0 && begin_ > split)) {
      buffer_[--begin_] = static_cast<char>('0' + low % 10);
      low /= 10;
    }
    while (high != 0) {
      buffer_[--begin_] = static_cast<char>('0' + high % 10);
      high /= 10;
    }
  }
  // Without leading zeros: "" for 0.
  std::string_view text() const { return {buffer_.data() + begin_, buffer_.size() - begin_}; }

 private:
  std::array<char, 40> buffer_;
  size_t begin_ = 40;
};

}  // namespace millrace::dynamodb
