#include "dynamodb/expression/projection.h"

#include <gtest/gtest.h>

#include "dynamodb/expression/testing.h"
#include "dynamodb/item/item_codec.h"

namespace millrace::dynamodb::expression {
namespace {

using testing::item;
using testing::substitutions;
using testing::to_json;

const char* const kItem = R"({"a":{"N":"1"},"status":{"S":"x"},"x.y":{"S":"dotted"},
    "m":{"M":{"k":{"L":[{"N":"1"},{"S":"s"},{"M":{"p":{"N":"3"},"q":{"N":"4"}}}]},
              "n":{"S":"another"}}}})";

std::string projected(std::string_view text) {
  Substitutions names = substitutions();
  const auto projection = parse_projection(text, names);
  if (!projection) return projection.error().message;
  const Item kept = (*projection)->apply(item(kItem));
  EXPECT_EQ((*projection)->apply_encoded(encode_item(item(kItem))), encode_item(kept));
  return to_json(kept);
}

TEST(ProjectionTest, KeepsWhatIsNamed) {
  const std::pair<std::string, std::string> cases[] = {
      {"a", R"({"a":{"N":"1"}})"},
      {"#dot, #a, absent", R"({"a":{"N":"1"},"x.y":{"S":"dotted"}})"},
      {"absent", "{}"},
      {"a.b, m.z, m.k[7]", "{}"},
      {"m.n", R"({"m":{"M":{"n":{"S":"another"}}}})"},
      {"m.k[1], m.k[0]", R"({"m":{"M":{"k":{"L":[{"N":"1"},{"S":"s"}]}}}})"},
      {"m.k[2].q, m.k[0]", R"({"m":{"M":{"k":{"L":[{"N":"1"},{"M":{"q":{"N":"4"}}}]}}}})"},
      {"m.k[2].q, m.k[2].p, #status",
       R"({"m":{"M":{"k":{"L":[{"M":{"p":{"N":"3"},"q":{"N":"4"}}}]}}},"status":{"S":"x"}})"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(projected(text), expected) << text;
  }
}

TEST(ProjectionTest, ErrorTexts) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "The expression can not be empty;"},
      {"a,", R"(Syntax error; token: "<EOF>", near: ",")"},
      {"a b", R"(Syntax error; token: "b", near: "a b")"},
      {"a, :v", R"(Syntax error; token: ":v", near: ", :v")"},
      {"#x, status", "Attribute name is a reserved keyword; reserved keyword: status"},
      {"a, #x",
       "An expression attribute name used in the document path is not defined; attribute name: #x"},
      {"a, #a",
       "Two document paths overlap with each other; must remove or rewrite one of these paths; "
       "path one: [a], path two: [a]"},
      {"a, a.b",
       "Two document paths overlap with each other; must remove or rewrite one of these paths; "
       "path one: [a], path two: [a, b]"},
      {"a[0], a.b",
       "Two document paths conflict with each other; must remove or rewrite one of these paths; "
       "path one: [a, [0]], path two: [a, b]"},
  };
  for (const auto& [text, detail] : cases) {
    EXPECT_EQ(projected(text), "Invalid ProjectionExpression: " + detail) << text;
  }
}

TEST(ProjectionTest, AttributesToGetAreWholeNames) {
  const auto projection = projection_of_attributes({"x.y", "a", "absent"});
  ASSERT_TRUE(projection);
  EXPECT_EQ(to_json((*projection)->apply(item(kItem))), R"({"a":{"N":"1"},"x.y":{"S":"dotted"}})");
  EXPECT_EQ(projection_of_attributes({"a", "b", "a"}).error().message,
            "One or more parameter values were invalid: Duplicate value in attribute name: a");
  EXPECT_EQ(projection_of_attributes({""}).error().message, "Empty attribute name");
  EXPECT_EQ(projection_of_attributes({std::string(65536, 'a')}).error().message,
            "Members must satisfy constraint: [Member must have length less than or equal to "
            "65535]");
  EXPECT_TRUE(projection_of_attributes({std::string(65535, 'a')}));
}

}  // namespace
}  // namespace millrace::dynamodb::expression
