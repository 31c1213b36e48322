#include "logs/filter_pattern.h"

#include <gtest/gtest.h>

namespace millrace::logs {
namespace {

bool matches(std::string_view pattern, std::string_view message) {
  auto parsed = FilterPattern::parse(pattern);
  EXPECT_TRUE(parsed) << pattern;
  return parsed && (*parsed)->matches(message);
}

TEST(FilterPattern, FindsTerms) {
  EXPECT_TRUE(matches("", "anything"));
  EXPECT_TRUE(matches("error exit", "exit with error"));
  EXPECT_FALSE(matches("error exit", "error only"));
  EXPECT_FALSE(matches("error", "ERROR"));
  EXPECT_TRUE(matches("\"exit status\"", "the exit status 3"));
  EXPECT_FALSE(matches("\"exit status\"", "status exit"));
  EXPECT_TRUE(matches(R"("say \"x\"")", "say \"x\""));
  EXPECT_TRUE(matches("?error ?warning", "a warning"));
  EXPECT_FALSE(matches("?error ?warning", "fine"));
  EXPECT_TRUE(matches("error -debug", "error"));
  EXPECT_FALSE(matches("error -debug", "debug error"));
}

TEST(FilterPattern, FindsJsonMembers) {
  constexpr std::string_view kMessage =
      R"({"level":"ERROR","code":503,"ok":false,"none":null,"a":{"b":[{"c d":"x"}]}})";
  EXPECT_TRUE(matches(R"({ $.level = "ERROR" })", kMessage));
  EXPECT_TRUE(matches("{$.level = ERR*}", kMessage));
  EXPECT_FALSE(matches(R"({ $.level != "ERROR" })", kMessage));
  EXPECT_TRUE(matches("{ $.code >= 500 && $.code < 600 }", kMessage));
  EXPECT_FALSE(matches("{ $.code = 500 }", kMessage));
  EXPECT_TRUE(matches("{ ($.code = 1 || $.code = 503) && $.ok IS FALSE }", kMessage));
  EXPECT_TRUE(matches("{ $.none IS NULL }", kMessage));
  EXPECT_TRUE(matches("{ $.other NOT EXISTS }", kMessage));
  EXPECT_FALSE(matches("{ $.other != 1 }", kMessage));
  EXPECT_TRUE(matches(R"({ $.a.b[0]["c d"] = "x" })", kMessage));
  EXPECT_FALSE(matches(R"({ $.level = "ERROR" })", "no JSON"));
}

TEST(FilterPattern, RefusesWhatItDoesNotKnow) {
  for (std::string_view pattern :
       {"\"open", "[ip, user]", "%regex%", "{ $.a }", "{ $.a = }", "{ a = 1 }", "{ $.a = 1",
        "{ $.a = 1 } x", "{ $.a[x] = 1 }", "{ ($.a = 1 }"}) {
    EXPECT_FALSE(FilterPattern::parse(pattern)) << pattern;
  }
}

}  // namespace
}  // namespace millrace::logs
