#include "lambda/trigger/filter_pattern.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace millrace::lambda {
namespace {

using nlohmann::json;

bool is_match(const std::vector<std::string>& patterns, std::string record,
              std::string* clause = nullptr) {
  auto set = FilterSet::compile(patterns);
  EXPECT_TRUE(set) << patterns[0] << ": " << set.error();
  if (!set) return false;
  size_t size = record.size();
  record.resize(size + FilterSet::kPadding);
  return set->matches(std::string_view(record).substr(0, size), clause);
}

std::string record_with(const std::string& attributes) {
  return R"({"eventName":"MODIFY","dynamodb":{"ApproximateCreationDateTime":1764085660.0,)"
         R"("SizeBytes":70,"NewImage":{)" +
         attributes + "}}}";
}

bool attribute_match(const std::string& pattern, const std::string& attributes) {
  return is_match({R"({"dynamodb":{"NewImage":)" + pattern + "}}"}, record_with(attributes));
}

TEST(FilterPattern, NeedsTypeDescriptors) {
  EXPECT_TRUE(attribute_match(R"({"k":{"S":["v"]}})", R"("k":{"S":"v"})"));
  EXPECT_FALSE(attribute_match(R"({"k":["v"]})", R"("k":{"S":"v"})"));
  EXPECT_TRUE(attribute_match(R"({"k":{"BOOL":[true]}})", R"("k":{"BOOL":true})"));
  EXPECT_TRUE(attribute_match(R"({"k":{"SS":["x"]}})", R"("k":{"SS":["w","x"]})"));
  EXPECT_TRUE(attribute_match(R"({"k":{"L":{"M":{"a":{"S":["x"]}}}}})",
                              R"("k":{"L":[{"M":{"a":{"S":"w"}}},{"M":{"a":{"S":"x"}}}]})"));
}

TEST(FilterPattern, NumbersOfItemsAreStrings) {
  EXPECT_TRUE(attribute_match(R"({"k":{"N":["101"]}})", R"("k":{"N":"101"})"));
  EXPECT_FALSE(attribute_match(R"({"k":{"N":[101]}})", R"("k":{"N":"101"})"));
  EXPECT_FALSE(attribute_match(R"({"k":{"N":[{"numeric":[">",100]}]}})", R"("k":{"N":"101"})"));
  const char* kEither = R"({"k":{"N":[{"numeric":[">",100]},{"anything-but":"101"}]}})";
  EXPECT_TRUE(attribute_match(kEither, R"("k":{"N":"42"})"));
  EXPECT_FALSE(attribute_match(kEither, R"("k":{"N":"101"})"));
  std::string record = record_with("");
  EXPECT_TRUE(is_match({R"({"dynamodb":{"SizeBytes":[{"numeric":["<",71]}]}})"}, record));
  EXPECT_TRUE(is_match(
      {R"({"dynamodb":{"ApproximateCreationDateTime":[{"numeric":["=",1764085660]}]}})"}, record));
}

TEST(FilterPattern, ExistsWorksOnLeavesOnly) {
  const std::string with = R"("k":{"S":"v"})", without = R"("other":{"S":"v"})";
  EXPECT_TRUE(attribute_match(R"({"k":{"S":[{"exists":true}]}})", with));
  EXPECT_FALSE(attribute_match(R"({"k":{"S":[{"exists":true}]}})", without));
  EXPECT_TRUE(attribute_match(R"({"k":{"S":[{"exists":false}]}})", without));
  EXPECT_FALSE(attribute_match(R"({"k":[{"exists":true}]})", with));
  EXPECT_TRUE(attribute_match(R"({"k":[{"exists":false}]})", with));
  EXPECT_TRUE(attribute_match(R"({"k":[{"exists":false}]})", without));
}

TEST(FilterPattern, FieldsAreNotSatisfiedByDifferentElements) {
  const char* kPattern = R"({"a":{"x":["1"],"y":["2"]}})";
  EXPECT_FALSE(is_match({kPattern}, R"({"a":[{"x":"1","y":"1"},{"x":"2","y":"2"}]})"));
  EXPECT_TRUE(is_match({kPattern}, R"({"a":[{"x":"1","y":"1"},{"x":"1","y":"2"}]})"));
}

TEST(FilterPattern, LargeArraysDoNotMultiply) {
  std::string a = R"({"x":"1","y":"1"})", many = a;
  for (int i = 0; i < 200; i++) many += "," + a;
  std::string record = "{";
  std::string pattern = "{";
  for (int i = 0; i < 6; i++) {
    std::string name(1, static_cast<char>('a' + i));
    record += (i ? ",\"" : "\"") + name + "\":[" + many + "]";
    pattern += "\"" + name + R"(":{"x":["1"],"y":["1"]},)";
  }
  EXPECT_FALSE(is_match({pattern + R"("z":["1"]})"}, record + "}"));
  EXPECT_TRUE(is_match({pattern + R"("z":[{"exists":false}]})"}, record + "}"));
}

TEST(FilterPattern, Operators) {
  auto matches = [](const char* rule, const char* value) {
    return is_match({std::string(R"({"a":[)") + rule + "]}"},
                    std::string(R"({"a":)") + value + "}");
  };
  EXPECT_TRUE(matches("null", "null"));
  EXPECT_FALSE(matches("null", "\"null\""));
  EXPECT_TRUE(matches("\"\"", "\"\""));
  EXPECT_FALSE(matches("300", "300.0"));  // exact is by text
  EXPECT_TRUE(matches(R"({"numeric":["=",300]})", "300.0"));
  EXPECT_TRUE(matches(R"({"numeric":[">",0,"<=",5]})", "5"));
  EXPECT_FALSE(matches(R"({"numeric":[">",0,"<",5]})", "5"));
  EXPECT_TRUE(matches(R"({"anything-but":[1,2]})", "\"1\""));
  EXPECT_FALSE(matches(R"({"anything-but":[1,2]})", "2.0"));
  EXPECT_TRUE(matches(R"({"anything-but":{"prefix":["a","b"]}})", "\"cab\""));
  EXPECT_FALSE(matches(R"({"anything-but":{"wildcard":"a*c"}})", "\"abc\""));
  EXPECT_TRUE(matches(R"({"wildcard":"a\\*\\\\*"})", R"("a*\\c")"));
  EXPECT_FALSE(matches(R"({"wildcard":"a\\*"})", "\"abc\""));
  EXPECT_TRUE(matches(R"({"equals-ignore-case":"ÄäΣ"})", "\"ääσ\""));
  EXPECT_FALSE(matches(R"({"prefix":"1"})", "12"));
  EXPECT_TRUE(matches(R"({"cidr":"10.0.0.0/23"})", "\"10.0.1.255\""));
  EXPECT_FALSE(matches(R"({"cidr":"10.0.0.0/23"})", "\"10.0.2.0\""));
  EXPECT_TRUE(matches(R"({"cidr":"2001:db8::/33"})", "\"2001:DB8:7fff::1\""));
  EXPECT_FALSE(matches(R"({"cidr":"2001:db8::/33"})", "\"2001:DB8:8000::1\""));
}

TEST(FilterPattern, LaterMembersReplaceEarlierOnes) {
  EXPECT_TRUE(is_match({R"({"x":["y"],"x":["z"]})"}, R"({"x":"z"})"));
  EXPECT_FALSE(is_match({R"({"x":["y"],"x":["z"]})"}, R"({"x":"y"})"));
}

TEST(FilterPattern, PatternsAreAlternatives) {
  std::vector<std::string> patterns = {R"({"a":["1"]})", R"({"b":["1"]})"};
  EXPECT_TRUE(is_match(patterns, R"({"b":"1"})"));
  std::string clause;
  EXPECT_FALSE(is_match(patterns, R"({"a":"2"})", &clause));
  EXPECT_EQ(clause, R"(a is "2", wanted "1"; b has no value, wanted "1")");
}

TEST(FilterPattern, RefusesWhatIsNotAPattern) {
  for (const char* text :
       {"", "single-string", R"("text")", "[]", "{}", R"({"a":{}})", R"({"a":[]})", R"({"a":"b"})",
        R"([{"eventName": ["INSERT"=123}])", R"({"a":[["b"]]})", R"({"a":[{"prefix":1}]})",
        R"({"a":[{"anything-but":[true]}]})", R"({"a":[{"anything-but":null}]})",
        R"({"a":[{"cidr":"10.0.0.0/33"}]})", R"({"a":[{"wildcard":"a\\b"}]})",
        R"({"a":["b"]} trailing)", R"({"a":[{"numeric":[]}]})"}) {
    EXPECT_FALSE(compile_pattern(text)) << text;
  }
}

TEST(FilterPattern, ExplainsWhatNeverMatches) {
  auto advice = [](const char* text) { return explain_pattern(*compile_pattern(text)); };
  EXPECT_TRUE(
      advice(R"({"eventName":["INSERT"],"dynamodb":{"NewImage":{"a":{"S":["x"]}}}})").empty());
  EXPECT_EQ(advice(R"({"dynamodb":{"NewImage":{"a":["x"]}}})").size(), 1u);
  EXPECT_EQ(advice(R"({"dynamodb":{"NewImage":{"a":{"N":[1]}}}})").size(), 1u);
  EXPECT_EQ(advice(R"({"dynamodb":{"NewImage":{"a":{"N":[{"numeric":["<",1]}]}}}})").size(), 1u);
  EXPECT_EQ(advice(R"({"dynamodb":{"Keys":{"a":[{"exists":false}]}}})").size(), 1u);
  EXPECT_EQ(advice(R"({"body":["x"]})").size(), 1u);
}

// Cases with a reference engine's answers; not part of the tree.
std::vector<json> reference_cases(const char* file) {
  const char* directory = std::getenv("MILLRACE_FILTER_PATTERNS");
  std::filesystem::path path = directory != nullptr
                                   ? directory
                                   : std::filesystem::path(MILLRACE_SOURCE_DIR).parent_path() /
                                         "shared/data/filter-patterns";
  std::ifstream lines(path / file);
  std::vector<json> cases;
  for (std::string line; std::getline(lines, line);) cases.push_back(json::parse(line));
  return cases;
}

void check_matches(const char* file) {
  auto cases = reference_cases(file);
  if (cases.empty()) GTEST_SKIP() << "no reference cases: set MILLRACE_FILTER_PATTERNS";
  for (const json& example : cases) {
    auto pattern = example["pattern"].get<std::string>();
    EXPECT_EQ(is_match({pattern}, example["event"]), example["match"].get<bool>())
        << pattern << "\n"
        << example["event"].get<std::string>();
  }
}

TEST(FilterPatternReference, Matches) {
  check_matches("matches.jsonl");
}
TEST(FilterPatternReference, MatchesOfStreamRecords) {
  check_matches("dynamodb-matches.jsonl");
}

TEST(FilterPatternReference, Validity) {
  auto cases = reference_cases("validity.jsonl");
  if (cases.empty()) GTEST_SKIP() << "no reference cases: set MILLRACE_FILTER_PATTERNS";
  for (const json& example : cases) {
    auto pattern = example["pattern"].get<std::string>();
    auto compiled = compile_pattern(pattern);
    EXPECT_EQ(compiled.has_value(), example["valid"].get<bool>())
        << pattern << "\n"
        << (compiled ? "" : compiled.error());
  }
}

}  // namespace
}  // namespace millrace::lambda
