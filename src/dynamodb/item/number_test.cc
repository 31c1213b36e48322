#include "dynamodb/item/number.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/random.h"
#include "dynamodb/item/testing.h"

namespace millrace::dynamodb {
namespace {

using testing::number;
using testing::random_number;

TEST(NumberTest, PrintsPlainNormalisedDecimals) {
  const std::pair<std::string, std::string> cases[] = {
      {"0", "0"},
      {"-0", "0"},
      {"0e125", "0"},
      {"0.0e126", "0"},
      {"+5", "5"},
      {".5", "0.5"},
      {"5.", "5"},
      {"1.e5", "100000"},
      {"007", "7"},
      {"1.500", "1.5"},
      {"-12.50E+3", "-12500"},
      {"1e-3", "0.001"},
      {"123.456e1", "1234.56"},
      {"10", "10"},
      {"1E125", "1" + std::string(125, '0')},
      {"-1e-130", "-0." + std::string(129, '0') + "1"},
      {"12345678901234567890123456789012345678", "12345678901234567890123456789012345678"},
      {"0.00001000000000000000000000000000000000000000", "0.00001"},
      {std::string(200, '0') + "1.10" + std::string(200, '0'), "1.1"},
  };
  for (const auto& [text, printed] : cases) {
    EXPECT_EQ(number(text).to_string(), printed) << text;
  }
}

TEST(NumberTest, RefusesWithDynamoDbsTexts) {
  const std::string not_numeric = "The parameter cannot be converted to a numeric value: ";
  const std::string overflow =
      "Number overflow. Attempting to store a number with magnitude larger than supported range";
  const std::string underflow =
      "Number underflow. Attempting to store a number with magnitude smaller than supported range";
  const std::string digits = "Attempting to store more than 38 significant digits in a Number";
  for (const std::string text :
       {"", "abc", " 1", "1 ", "NaN", "Infinity", "0x10", "1_000", "1e", "1e+", "1e+-5", "++5",
        "1,000", ".", "-", "1.2.3", "e5", "1e99999999999999999999"}) {
    const auto parsed = Number::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().type, "ValidationException");
    EXPECT_EQ(parsed.error().message, not_numeric + text);
  }
  const std::pair<std::string, std::string> cases[] = {
      {"1e126", overflow},
      {"-1e126", overflow},
      {"1e99999999999", overflow},
      {"1e2147483647", overflow},
      {"1" + std::string(126, '0'), overflow},
      {"0e126", overflow},
      {"1e-131", underflow},
      {"1e-99999999999", underflow},
      {"0e-131", underflow},
      {"123456789012345678901234567890123456789", digits},
      {"1.00000000000000000000000000000000000001", digits},
      {"123456789012345678901234567890123456789e200", overflow},
  };
  for (const auto& [text, message] : cases) {
    const auto parsed = Number::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().message, message) << text;
  }
}

TEST(NumberTest, OlderLayerDiffersInThreeTexts) {
  EXPECT_EQ(Number::parse("", ValueLayer::kOlder).error().message,
            "The parameter cannot be converted to a numeric value");
  EXPECT_EQ(Number::parse("1e2147483647", ValueLayer::kOlder).error().message,
            "Number underflow. Attempting to store a number with magnitude smaller than supported "
            "range");
  EXPECT_EQ(Number::parse("1e2147483648", ValueLayer::kOlder).error().message,
            "The parameter cannot be converted to a numeric value: 1e2147483648");
}

TEST(NumberTest, CountsSizeAsDynamoDbDoes) {
  const std::pair<std::string, size_t> cases[] = {
      {"0", 1},  {"-0", 1},    {"3.14159", 5}, {"123456", 4}, {"100.5", 4}, {"1E125", 2},
      {"-1", 3}, {"0.001", 2}, {"-123.4", 5},  {"1e-130", 2}, {"10.001", 4}};
  for (const auto& [text, size] : cases) EXPECT_EQ(number(text).size_bytes(), size) << text;
}

TEST(NumberTest, KnowsWholeNumbersThatFit) {
  EXPECT_EQ(number("9223372036854775807").to_int64(), INT64_MAX);
  EXPECT_EQ(number("-9223372036854775808").to_int64(), INT64_MIN);
  EXPECT_EQ(number("9223372036854775808").to_int64(), std::nullopt);
  EXPECT_EQ(number("1e18").to_int64(), 1'000'000'000'000'000'000);
  EXPECT_EQ(number("1e19").to_int64(), std::nullopt);
  EXPECT_EQ(number("1e120").to_int64(), std::nullopt);
  EXPECT_EQ(number("1.5").to_int64(), std::nullopt);
  EXPECT_EQ(Number::from_int(INT64_MIN), number("-9223372036854775808"));
  EXPECT_EQ(Number::from_int(-1200).to_string(), "-1200");
  EXPECT_EQ(number("0").to_int64(), 0);
}

// Decimals as digit strings with a fixed point: slow, and too simple to be wrong.
struct Reference {
  static constexpr size_t kFraction = 180, kWidth = 320;
  bool negative = false;
  std::string digits = std::string(kWidth, 0);  // most significant first

  explicit Reference(const Number& number) {
    std::string text = number.to_string();
    negative = text[0] == '-';
    if (negative) text.erase(0, 1);
    const size_t point = std::min(text.find('.'), text.size());
    size_t at = kWidth - kFraction - point;
    for (const char c : text) {
      if (c != '.') digits[at++] = static_cast<char>(c - '0');
    }
  }
  Reference plus(const Reference& other) const {
    Reference result = *this;
    if (negative == other.negative) {
      int carry = 0;
      for (size_t i = kWidth; i-- > 0;) {
        const int sum = digits[i] + other.digits[i] + carry;
        result.digits[i] = static_cast<char>(sum % 10);
        carry = sum / 10;
      }
      return result;
    }
    const bool swap = digits < other.digits;
    const Reference& larger = swap ? other : *this;
    const Reference& smaller = swap ? *this : other;
    result.negative = larger.negative;
    int borrow = 0;
    for (size_t i = kWidth; i-- > 0;) {
      const int difference = larger.digits[i] - smaller.digits[i] - borrow;
      borrow = difference < 0 ? 1 : 0;
      result.digits[i] = static_cast<char>(difference + 10 * borrow);
    }
    return result;
  }
  // Nothing if it is not a DynamoDB number.
  std::optional<std::string> text() const {
    const size_t first = digits.find_first_not_of('\0');
    if (first == std::string::npos) return "0";
    const size_t last = digits.find_last_not_of('\0');
    const auto magnitude = static_cast<int>(kWidth - kFraction - 1) - static_cast<int>(first);
    if (last - first >= 38 || magnitude > 125 || magnitude < -130) return std::nullopt;
    std::string printed;
    for (const char digit : digits) printed += static_cast<char>('0' + digit);
    const std::string whole = printed.substr(0, kWidth - kFraction);
    const std::string fraction = printed.substr(kWidth - kFraction);
    std::string out = whole.substr(std::min(whole.find_first_not_of('0'), whole.size() - 1));
    const size_t end = fraction.find_last_not_of('0');
    if (end != std::string::npos) out += "." + fraction.substr(0, end + 1);
    return (negative ? "-" : "") + out;
  }
};

TEST(NumberTest, AddsAndSubtractsLikeTheReference) {
  SeededRandom random(1);
  int refused = 0;
  for (int i = 0; i < 4000; ++i) {
    const Number a = random_number(random);
    const Number b = random_number(random);
    const auto sum = Number::add(a, b);
    const auto expected = Reference(a).plus(Reference(b)).text();
    ASSERT_EQ(sum.has_value(), expected.has_value()) << a.to_string() << " + " << b.to_string();
    if (sum) {
      EXPECT_EQ(sum->to_string(), *expected);
    } else {
      ++refused;
      EXPECT_EQ(sum.error().message,
                "Number overflow. Attempting to store a number with magnitude larger than "
                "supported range");
    }
    const auto back = Number::subtract(a, a);
    ASSERT_TRUE(back);
    EXPECT_TRUE(back->is_zero());
  }
  EXPECT_GT(refused, 100);
}

TEST(NumberTest, AddsAtTheEdgeOf38Digits) {
  const Number nines = number(std::string(38, '9'));
  EXPECT_EQ(Number::add(nines, number("1"))->to_string(), "1" + std::string(38, '0'));
  EXPECT_FALSE(Number::add(nines, number("2")));
  EXPECT_EQ(Number::subtract(number("1e38"), number("1"))->to_string(), std::string(38, '9'));
  EXPECT_EQ(Number::subtract(number("1.8e38"), number("90000000000000000000000000000000000001"))
                ->to_string(),
            "89999999999999999999999999999999999999");
  EXPECT_FALSE(Number::add(number("1e50"), number("1")));
  EXPECT_FALSE(Number::add(number("9e125"), number("1e125")));
  EXPECT_FALSE(Number::subtract(number("1.1e-130"), number("1e-130")));
}

TEST(NumberTest, ComparesLikeTheReference) {
  SeededRandom random(2);
  for (int i = 0; i < 4000; ++i) {
    const Number a = random_number(random);
    const Number b = random.below(4) == 0 ? number(a.to_string()) : random_number(random);
    Reference negated(b);
    negated.negative = !negated.negative;
    const Reference difference = Reference(a).plus(negated);
    const bool zero = difference.digits.find_first_not_of('\0') == std::string::npos;
    const std::strong_ordering expected = zero                  ? std::strong_ordering::equal
                                          : difference.negative ? std::strong_ordering::less
                                                                : std::strong_ordering::greater;
    EXPECT_EQ(a <=> b, expected) << a.to_string() << " <=> " << b.to_string();
    EXPECT_EQ(a == b, zero);
  }
}

TEST(NumberTest, RoundTripsThroughBothEncodings) {
  SeededRandom random(3);
  std::string ordered, compact;
  std::vector<Number> numbers;
  for (int i = 0; i < 4000; ++i) {
    numbers.push_back(random_number(random));
    numbers.back().append_ordered(ordered);
    numbers.back().append_compact(compact);
  }
  std::string_view ordered_rest = ordered, compact_rest = compact;
  for (const Number& expected : numbers) {
    EXPECT_EQ(Number::take_ordered(ordered_rest), expected) << expected.to_string();
    EXPECT_EQ(Number::take_compact(compact_rest), expected) << expected.to_string();
  }
  EXPECT_TRUE(ordered_rest.empty());
  EXPECT_TRUE(compact_rest.empty());
}

TEST(NumberTest, DamagedBytesGiveNumbersOrNothing) {
  SeededRandom random(4);
  int accepted = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string bytes;
    if (random.below(2)) {
      random_number(random).append_ordered(bytes);
    } else {
      random_number(random).append_compact(bytes);
    }
    bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
    if (random.below(4) == 0) bytes.resize(random.below(bytes.size() + 1));
    std::string_view ordered_rest = bytes, compact_rest = bytes;
    if (const auto taken = Number::take_ordered(ordered_rest)) {
      std::string again;
      taken->append_ordered(again);
      EXPECT_EQ(again, bytes.substr(0, bytes.size() - ordered_rest.size()));
      ++accepted;
    }
    if (const auto taken = Number::take_compact(compact_rest)) {
      std::string again;
      taken->append_compact(again);
      std::string_view again_rest = again;
      EXPECT_EQ(Number::take_compact(again_rest), taken);
      ++accepted;
    }
  }
  EXPECT_GT(accepted, 1000);
}

}  // namespace
}  // namespace millrace::dynamodb
