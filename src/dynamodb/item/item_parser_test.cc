#include "dynamodb/item/item_parser.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/random.h"
#include "dynamodb/item/testing.h"

namespace millrace::dynamodb {
namespace {

using testing::to_json;

struct Outcome {
  std::string serialization;  // message, or "-" if there is none
  std::string fault;
};

Outcome parse(const std::string& text, ValueLayer layer = ValueLayer::kCurrent) {
  auto document = json::Document::parse(text);
  if (!document) return {"not JSON", ""};
  auto parsed = parse_item(document->root(), layer);
  if (!parsed) {
    EXPECT_EQ(parsed.error().type, "SerializationException");
    return {parsed.error().message, ""};
  }
  if (parsed->fault) {
    EXPECT_EQ(parsed->fault->type, "ValidationException");
  }
  return {"-", parsed->fault ? parsed->fault->message : ""};
}

TEST(ItemParserTest, ReadsEveryType) {
  const std::string text =
      R"({"B":{"B":"AAEC/w=="},"BOOL":{"BOOL":true},"BS":{"BS":["","AA=="]},"L":{"L":[{"S":""},)"
      R"({"L":[]}]},"M":{"M":{"x":{"N":"-1.5"},"y":{"M":{}}}},"N":{"N":"12"},"NS":{"NS":["-1","2.5"]},)"
      R"("NULL":{"NULL":true},"S":{"S":"a\"\\\n\u0001é😀"},"SS":{"SS":["","a"]}})";
  EXPECT_EQ(to_json(testing::item(text)), text);
}

TEST(ItemParserTest, TakesWhatDynamoDbTakes) {
  EXPECT_EQ(to_json(testing::item(R"({"a":{"BOOL":"YES"},"b":{"BOOL":"0"},"c":{"NULL":"true"}})")),
            R"({"a":{"BOOL":true},"b":{"BOOL":false},"c":{"NULL":true}})");
  EXPECT_EQ(to_json(testing::item(R"({"a":{"S":"x","dog":1,"N":null},"b":{"N":"1e2"}})")),
            R"({"a":{"S":"x"},"b":{"N":"100"}})");
  EXPECT_EQ(to_json(testing::item(R"({"s":{"SS":["b","a"]},"n":{"NS":["10","9"]}})")),
            R"({"n":{"NS":["9","10"]},"s":{"SS":["a","b"]}})");
}

TEST(ItemParserTest, WrongJsonTypesAreSerializationErrors) {
  const std::string map_of_values =
      "Unrecognized collection type java.util.Map<java.lang.String, "
      "com.amazonaws.dynamodb.v20120810.AttributeValue>";
  const std::pair<std::string, std::string> cases[] = {
      {"[]", map_of_values},
      {"1", "Unexpected field type"},
      {R"({"a":1})", "Unexpected value type in payload"},
      {R"({"a":[]})",
       "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue"},
      {R"({"a":{"S":1}})", "NUMBER_VALUE cannot be converted to String"},
      {R"({"a":{"S":1.5}})", "DECIMAL_VALUE cannot be converted to String"},
      {R"({"a":{"S":true}})", "TRUE_VALUE cannot be converted to String"},
      {R"({"a":{"S":false}})", "FALSE_VALUE cannot be converted to String"},
      {R"({"a":{"S":[]}})", "Unrecognized collection type class java.lang.String"},
      {R"({"a":{"S":{}}})", "Start of structure or map found where not expected"},
      {R"({"a":{"N":3}})", "NUMBER_VALUE cannot be converted to String"},
      {R"({"a":{"BOOL":"maybe"}})", "Unexpected token received from parser"},
      {R"({"a":{"BOOL":1}})", "NUMBER_VALUE cannot be converted to Boolean"},
      {R"({"a":{"NULL":[]}})", "Unrecognized collection type class java.lang.Boolean"},
      {R"({"a":{"B":1}})", "only base-64-encoded strings are convertible to bytes"},
      {R"({"a":{"B":[]}})", "Unrecognized collection type class java.nio.ByteBuffer"},
      {R"({"a":{"B":{}}})", "Start of structure or map found where not expected"},
      {R"({"a":{"B":"abcde"}})",
       "Base64 encoded length is expected a multiple of 4 bytes but found: 5"},
      {R"({"a":{"B":"AB=="}})", "Invalid last non-pad Base64 character dectected"},
      {R"({"a":{"BS":[true]}})", "only base-64-encoded strings are convertible to bytes"},
      {R"({"a":{"SS":"x"}})", "Unexpected field type"},
      {R"({"a":{"SS":{}}})", "Start of structure or map found where not expected"},
      {R"({"a":{"SS":[1]}})", "NUMBER_VALUE cannot be converted to String"},
      {R"({"a":{"L":{}}})", "Start of structure or map found where not expected"},
      {R"({"a":{"L":["x"]}})", "Unexpected value type in payload"},
      {R"({"a":{"M":[]}})", map_of_values},
      {R"({"a":{"M":"x"}})", "Unexpected field type"},
      // Also after a bad value.
      {R"({"a":{"N":"x"},"b":{"S":1}})", "NUMBER_VALUE cannot be converted to String"},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(parse(text).serialization, message) << text;
}

TEST(ItemParserTest, BadValuesAreFaults) {
  const std::string invalid = "One or more parameter values were invalid: ";
  const std::string several =
      "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
      "supported datatypes";
  const std::string empty =
      "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes";
  const std::pair<std::string, std::string> cases[] = {
      {R"({"a":{}})", empty},
      {R"({"a":{"dog":"x"}})", empty},
      {R"({"a":{"S":"a","BOOL":true}})", several},
      {R"({"a":{"S":"a","N":"x"}})", "The parameter cannot be converted to a numeric value: x"},
      {R"({"a":{"NULL":false}})",
       invalid + "Null attribute value types must have the value of true"},
      {R"({"a":{"SS":[]}})", invalid + "An string set  may not be empty"},
      {R"({"a":{"NS":[]}})", invalid + "An number set  may not be empty"},
      {R"({"a":{"BS":[]}})", invalid + "Binary sets should not be empty"},
      {R"({"a":{"NS":[""]}})", "The parameter cannot be converted to a numeric value: "},
      {R"({"a":{"SS":["b","a","b"]}})",
       invalid + R"(Input collection ["a", "b", "b"] contains duplicates.)"},
      {R"({"a":{"BS":["/w==","AA==","AA=="]}})",
       invalid + R"(Input collection ["AA==","/w==","AA=="]of type BS contains duplicates.)"},
      {R"({"a":{"NS":["1","1.0"]}})", invalid + "Input collection contains duplicates."},
      {R"({"":{"S":"x"}})", "Empty attribute name"},
      // The first fault of the walk counts, inside containers too.
      {R"({"a":{"L":[{"M":{"x":{"N":"y"}}}]},"b":{"SS":[]}})",
       "The parameter cannot be converted to a numeric value: y"},
      {R"({"a":{"N":"1"}})", ""},
  };
  for (const auto& [text, message] : cases) {
    const Outcome outcome = parse(text);
    EXPECT_EQ(outcome.serialization, "-") << text;
    EXPECT_EQ(outcome.fault, message) << text;
  }
}

TEST(ItemParserTest, OlderLayerHasOlderTexts) {
  const std::string invalid = "One or more parameter values were invalid: ";
  const std::pair<std::string, std::string> cases[] = {
      {R"({"a":{"N":""}})", "The parameter cannot be converted to a numeric value"},
      {R"({"a":{"SS":["b","a","b"]}})",
       invalid + "Input collection [b, a, b] contains duplicates."},
      {R"({"a":{"BS":["/w==","AA==","AA=="]}})",
       invalid + "Input collection [/w==, AA==, AA==]of type BS contains duplicates."},
      {R"({"a":{"NS":["1","1"]}})", "Input collection contains duplicates"},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_EQ(parse(text, ValueLayer::kOlder).fault, message) << text;
  }
}

std::string wrapped(int wraps, const std::string& open, const std::string& close) {
  std::string text = R"({"a":)";
  for (int i = 0; i < wraps; ++i) text += open;
  text += R"({"S":"x"})";
  for (int i = 0; i < wraps; ++i) text += close;
  return text + "}";
}

TEST(ItemParserTest, LimitsNestingTo32Levels) {
  const std::string message =
      "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels "
      "beyond supported limit";
  for (const auto& [open, close] : {std::pair<std::string, std::string>(R"({"M":{"m":)", "}}"),
                                    std::pair<std::string, std::string>(R"({"L":[)", "]}")}) {
    EXPECT_EQ(parse(wrapped(31, open, close)).fault, "");
    EXPECT_EQ(parse(wrapped(32, open, close)).fault, message);
    EXPECT_EQ(parse(wrapped(100, open, close)).fault, message);
    EXPECT_EQ(nesting_levels(testing::item(wrapped(31, open, close)).at("a")), kNestingLevelsMax);
  }
  EXPECT_EQ(parse(wrapped(300'000, R"({"L":[)", "]}")).serialization, "not JSON");
  // A top-level empty name beats depth, a nested one loses to it.
  std::string text = wrapped(40, R"({"L":[)", "]}");
  EXPECT_EQ(parse(text.substr(0, text.size() - 1) + R"(,"":{"S":"x"}})").fault,
            "Empty attribute name");
  EXPECT_EQ(parse(R"({"z":{"M":{"":{"S":"x"}}},)" + text.substr(1)).fault, message);
}

TEST(ItemParserTest, ReadsMembersOfRequests) {
  const auto document = json::Document::parse(
      R"({"Item":{"a":{"S":"x"}},"Null":null,"Value":{"N":"1"},"List":[{"S":"a"},{"N":"x"}]})");
  ASSERT_TRUE(document);
  const json::Value root = document->root();
  EXPECT_EQ(read_item(root, "Item", ValueLayer::kCurrent).value()->item.size(), 1U);
  EXPECT_FALSE(read_item(root, "Null", ValueLayer::kCurrent).value());
  EXPECT_FALSE(read_item(root, "Other", ValueLayer::kCurrent).value());
  EXPECT_EQ(read_attribute_value(root, "Value", ValueLayer::kCurrent).value()->value,
            AttributeValue(Number::from_int(1)));
  EXPECT_EQ(read_attribute_value(root, "List", ValueLayer::kCurrent).error().message,
            "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue");
  const auto values = read_attribute_values(root, "List", ValueLayer::kCurrent);
  EXPECT_EQ(values.value()->values.size(), 2U);
  EXPECT_EQ(values.value()->fault->message,
            "The parameter cannot be converted to a numeric value: x");
}

TEST(ItemParserTest, ReadsToolsDocumentsByTheSameRules) {
  EXPECT_EQ(to_json(*item_from_json(nlohmann::json::parse(R"({"a":{"N":"1.0"}})"))),
            R"({"a":{"N":"1"}})");
  EXPECT_EQ(item_from_json(nlohmann::json::parse(R"({"a":{"SS":[]}})")).error().message,
            "One or more parameter values were invalid: An string set  may not be empty");
  EXPECT_EQ(attribute_value_from_json(nlohmann::json::parse("[]")).error().type,
            "SerializationException");
  EXPECT_EQ(*attribute_value_from_json(nlohmann::json::parse(R"({"S":"x"})")),
            AttributeValue(std::string("x")));
}

TEST(ItemParserTest, RandomTextNeverCrashes) {
  SeededRandom random(1);
  for (int i = 0; i < 3000; ++i) {
    std::string text = to_json(testing::random_item(random));
    for (uint64_t changes = random.below(4); changes > 0; --changes) {
      text[random.below(text.size())] = "{}[]\":,NSLMB0x"[random.below(14)];
    }
    parse(text);
  }
}

}  // namespace
}  // namespace millrace::dynamodb
