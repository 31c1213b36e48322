#include "aws/json_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace millrace::aws {
namespace {

std::string nested(int levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

TEST(JsonText, IsParsed) {
  EXPECT_EQ(parse_json(R"({"a":[1,"x"]})").dump(), R"({"a":[1,"x"]})");
}

TEST(JsonText, WhatIsNotJsonIsDiscarded) {
  EXPECT_TRUE(parse_json("").is_discarded());
  EXPECT_TRUE(parse_json("{").is_discarded());
  EXPECT_TRUE(parse_json("{} x").is_discarded());
}

TEST(JsonText, NestingEndsBeforeTheStack) {
  EXPECT_TRUE(parse_json(nested(kJsonNestingMax)).is_array());
  EXPECT_TRUE(parse_json(nested(kJsonNestingMax + 1)).is_discarded());
  EXPECT_TRUE(parse_json(std::string(6'000'000, '[')).is_discarded());
  EXPECT_TRUE(parse_json(R"({"a":)" + nested(kJsonNestingMax) + "}").is_discarded());
}

TEST(JsonText, BracketsInStringsAreText) {
  const std::string text = '"' + std::string(kJsonNestingMax + 1, '[') + R"(\"[[")";
  EXPECT_TRUE(parse_json(text).is_string());
}

}  // namespace
}  // namespace millrace::aws
