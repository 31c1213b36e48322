#include "dynamodb/item/member_reader.h"

#include <gtest/gtest.h>

namespace millrace::dynamodb {
namespace {

class MemberReaderTest : public ::testing::Test {
 protected:
  json::Value read(std::string_view text) {
    auto parsed = json::Document::parse(text);
    EXPECT_TRUE(parsed) << text;
    document_.emplace(std::move(*parsed));
    return document_->root();
  }
  std::optional<json::Document> document_;
};

TEST_F(MemberReaderTest, ReadsMembersByType) {
  const json::Value root =
      read(R"({"s":"text","t":true,"y":"Yes","i":-3,"big":1e40,"f":-2.5,"n":null,"l":["a","b"],)"
           R"("m":{"#a":"x","#b":"y","#a":"z"},"o":{"k":18446744073709551615}})");
  EXPECT_EQ(read_string(root, "s").value(), "text");
  EXPECT_FALSE(read_string(root, "n").value());
  EXPECT_FALSE(read_string(root, "missing").value());
  EXPECT_EQ(read_boolean(root, "t").value(), true);
  EXPECT_EQ(read_boolean(root, "y").value(), true);
  EXPECT_EQ(read_integer(root, "i").value(), -3);
  EXPECT_EQ(read_integer(root, "f").value(), -3);
  EXPECT_EQ(read_integer(root, "big").value(), INT32_MAX);
  EXPECT_EQ(read_long(root, "big").value(), INT64_MAX);
  EXPECT_EQ(read_long(*root.find("o"), "k").value(), INT64_MAX);
  EXPECT_EQ(read_string_list(root, "l").value(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(read_string_map(root, "m").value(), (StringPairs{{"#a", "z"}, {"#b", "y"}}));
  EXPECT_TRUE(read_structure(root, "o", "Thing").value());
  EXPECT_EQ(read_list(root, "l").value()->size(), 2U);
}

TEST_F(MemberReaderTest, WrongTypesHaveDynamoDbsTexts) {
  const json::Value root =
      read(R"({"s":"text","t":true,"f":false,"i":1,"d":1.5,"l":[1],"m":{"a":1}})");
  EXPECT_EQ(read_string(root, "t").error().message, "TRUE_VALUE cannot be converted to String");
  EXPECT_EQ(read_string(root, "d").error().message, "DECIMAL_VALUE cannot be converted to String");
  EXPECT_EQ(read_string(root, "m").error().message,
            "Start of structure or map found where not expected");
  EXPECT_EQ(read_boolean(root, "i").error().message, "NUMBER_VALUE cannot be converted to Boolean");
  EXPECT_EQ(read_boolean(root, "s").error().message, "Unexpected token received from parser");
  EXPECT_EQ(read_integer(root, "s").error().message, "STRING_VALUE cannot be converted to Integer");
  EXPECT_EQ(read_long(root, "f").error().message, "FALSE_VALUE cannot be converted to Long");
  EXPECT_EQ(read_long(root, "l").error().message,
            "Unrecognized collection type class java.lang.Long");
  EXPECT_EQ(read_list(root, "s").error().message, "Unexpected field type");
  EXPECT_EQ(read_list(root, "m").error().message,
            "Start of structure or map found where not expected");
  EXPECT_EQ(read_map(root, "i", "java.lang.String").error().message, "Unexpected field type");
  EXPECT_EQ(read_map(root, "l", "Condition").error().message,
            "Unrecognized collection type java.util.Map<java.lang.String, Condition>");
  EXPECT_EQ(read_structure(root, "i", "Thing").error().message, "Unexpected field type");
  EXPECT_EQ(read_structure(root, "l", "Thing").error().message,
            "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.Thing");
  EXPECT_EQ(read_string_list(root, "l").error().message,
            "NUMBER_VALUE cannot be converted to String");
  EXPECT_EQ(read_string_map(root, "m").error().message,
            "NUMBER_VALUE cannot be converted to String");
  EXPECT_EQ(check_structure(*root.find("i"), "Thing").error().message,
            "Unexpected value type in payload");
  EXPECT_EQ(check_request_object(read("[]")).error().type, "SerializationException");
}

TEST(JsonDocumentTest, RefusesWhatIsNotJson) {
  for (const std::string text :
       {"", "{", "{\"a\":}", "nul", "{} x", "\"\xff\"", "{\"a\":\"\x01\"}"}) {
    const auto parsed = json::Document::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().type, "SerializationException");
    EXPECT_EQ(parsed.error().message, "");
  }
}

TEST(JsonDocumentTest, ValuesSurviveMovesAndLargeTexts) {
  std::string text = "{\"a\":\"" + std::string(3'000'000, 'x') + "\",\"b\":[1,2]}";
  auto parsed = json::Document::parse(text);
  ASSERT_TRUE(parsed);
  const json::Value root = parsed->root();
  text.assign(text.size(), '!');
  const json::Document moved = std::move(*parsed);
  EXPECT_EQ(root.find("a")->string().size(), 3'000'000U);
  int64_t sum = 0;
  for (const json::Value element : root.find("b")->elements()) sum += element.integer();
  EXPECT_EQ(sum, 3);
  EXPECT_EQ(moved.root().size(), 2U);
  // Smaller documents after a large one.
  EXPECT_TRUE(json::Document::parse("{}"));
}

}  // namespace
}  // namespace millrace::dynamodb
