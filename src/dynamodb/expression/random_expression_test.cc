// Random texts into every parser: nothing crashes, and what parses also runs.
#include <gtest/gtest.h>

#include "base/random.h"
#include "dynamodb/expression/condition.h"
#include "dynamodb/expression/key_condition.h"
#include "dynamodb/expression/projection.h"
#include "dynamodb/expression/testing.h"
#include "dynamodb/expression/update.h"

namespace millrace::dynamodb::expression {
namespace {

constexpr std::string_view kPieces[] = {"a",
                                        "b",
                                        "#a",
                                        "#b",
                                        "#x",
                                        ":n1",
                                        ":s",
                                        ":l",
                                        ":ss",
                                        ":ns",
                                        ":m",
                                        ":x",
                                        "status",
                                        "(",
                                        ")",
                                        "[0]",
                                        "[1]",
                                        "[",
                                        "]",
                                        ".",
                                        ",",
                                        "=",
                                        "<>",
                                        "<",
                                        "<=",
                                        ">",
                                        ">=",
                                        "+",
                                        "-",
                                        " AND ",
                                        " OR ",
                                        " NOT ",
                                        " IN ",
                                        " BETWEEN ",
                                        "SET ",
                                        " REMOVE ",
                                        " ADD ",
                                        " DELETE ",
                                        "size(",
                                        "contains(",
                                        "begins_with(",
                                        "attribute_exists(",
                                        "attribute_type(",
                                        "list_append(",
                                        "if_not_exists(",
                                        "\xc3\xa9",
                                        "!",
                                        "_",
                                        "7"};

// Sentences that mostly parse, so that trees are reached too.
constexpr std::string_view kUpdates[] = {
    "SET a=:n1,b[0]=:s REMOVE l[0],l[1].a ADD n :n1 DELETE s :ss",
    "SET a=if_not_exists(b,:n1)+:n1,b=list_append(l,:l)", "SET l[0]=:s,l[2]=a REMOVE l[1],m.a,m.b"};
constexpr std::string_view kConditions[] = {
    "a=:n1 AND NOT (b<:s OR contains(l,:s)) AND size(a)>:n1",
    "a BETWEEN :n1 AND b OR a IN (:n1,b[0],:s) AND attribute_type(a,:s)"};

std::string random_text(Random& random) {
  std::string text;
  const uint64_t kind = random.below(3);
  if (kind == 0) text = kUpdates[random.below(std::size(kUpdates))];
  if (kind == 1) text = kConditions[random.below(std::size(kConditions))];
  for (uint64_t i = random.below(kind == 2 ? 12 : 3); i > 0; --i) {
    const std::string_view piece = kPieces[random.below(std::size(kPieces))];
    const size_t at = random.below(text.size() + 1);
    kind == 2 ? text.append(piece) : text.replace(at, random.below(4), piece.data(), piece.size());
  }
  return text;
}

TEST(RandomExpressionTest, NothingCrashes) {
  SeededRandom random(1);
  int conditions = 0, updates = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::string text = random_text(random);
    Substitutions names = testing::substitutions();
    Item stored = dynamodb::testing::random_item(random);
    stored.emplace("l", testing::value(R"({"L":[{"M":{"a":{"N":"1"}}},{"N":"2"},{"L":[]}]})"));
    if (const auto condition = parse_condition(text, names)) {
      (*condition)->evaluate(stored);
      ++conditions;
    }
    if (const auto update = parse_update(text, names)) {
      const auto after = (*update)->apply(stored, Item());
      if (after) (*update)->touched(*after);
      ++updates;
    }
    if (const auto projection = parse_projection(text, names)) (*projection)->apply(stored);
    if (const auto keys = parse_key_condition(text, names)) {
      const KeySchema schema{{{"a", AttributeType::kNumber}}, {{"b", AttributeType::kString}}};
      const auto range = resolve_key_condition(*keys, schema);
      if (range) {
        EXPECT_EQ(range->partition.size(), 1U);
      }
    }
  }
  EXPECT_GT(conditions, 50);
  EXPECT_GT(updates, 50);
}

}  // namespace
}  // namespace millrace::dynamodb::expression
