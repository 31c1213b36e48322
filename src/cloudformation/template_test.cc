#include "cloudformation/template.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::cloudformation {
namespace {

std::string error(const std::string& text) {
  auto document = parse_template(text);
  return document ? "parsed" : document.error().message;
}

TEST(TemplateBoundsTest, DeepJsonIsRefused) {
  const std::string deep = R"({"Resources":)" + std::string(101, '[') + std::string(101, ']') + "}";
  EXPECT_EQ(error(deep), "Template format error: line 1: nested too deeply");
  EXPECT_NE(error(R"({"Resources":)" + std::string(10'000, '[')), "parsed");
}

TEST(TemplateBoundsTest, AliasesStandForABoundedNumberOfValues) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string alias = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + alias;
    for (int k = 1; k < 10; ++k) text += ", " + alias;
    text += "]\n";
  }
  EXPECT_EQ(error(text), "Template format error: line 1: too many values");
  EXPECT_EQ(error("a: &a [x]\nb: *a\n"), "parsed");
}

TEST(TemplateBoundsTest, AnAliasInsideItsOwnAnchorIsRefused) {
  EXPECT_NE(error("a: &a [*a]\n"), "parsed");
}

}  // namespace
}  // namespace millrace::cloudformation
