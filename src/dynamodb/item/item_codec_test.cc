#include "dynamodb/item/item_codec.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/encoding.h"
#include "base/random.h"
#include "dynamodb/item/testing.h"

namespace millrace::dynamodb {
namespace {

using testing::item;
using testing::random_item;
using testing::to_json;
using testing::value;

// Rows `| JSON | hexadecimal bytes |` of a page in docs/formats.
std::vector<std::pair<std::string, std::string>> documented_examples(const std::string& page) {
  std::ifstream file(MILLRACE_SOURCE_DIR "/docs/formats/" + page);
  std::vector<std::pair<std::string, std::string>> examples;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("| `{", 0) != 0) continue;
    const size_t middle = line.find("` | `");
    const size_t end = line.rfind("` |");
    std::string bytes = line.substr(middle + 5, end - middle - 5);
    std::erase(bytes, ' ');
    examples.emplace_back(line.substr(3, middle - 3), bytes);
  }
  return examples;
}

TEST(ItemCodecTest, WritesTheDocumentedBytes) {
  const auto examples = documented_examples("items.md");
  ASSERT_GE(examples.size(), 12U);
  for (const auto& [text, bytes] : examples) {
    EXPECT_EQ(to_hex(encode_item(item(text))), bytes) << text;
    const auto decoded = decode_item(*from_hex(bytes));
    ASSERT_TRUE(decoded) << text;
    EXPECT_EQ(*decoded, item(text));
  }
}

TEST(ItemCodecTest, RoundTripsAndIsCanonical) {
  SeededRandom random(1);
  for (int i = 0; i < 2000; ++i) {
    const Item original = random_item(random);
    const std::string encoded = encode_item(original);
    const auto decoded = decode_item(encoded);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded, original);
    EXPECT_EQ(encoded_item_size_bytes(encoded), item_size_bytes(original));
    std::string json;
    append_encoded_item_json(json, encoded);
    EXPECT_EQ(json, to_json(original));
    // The same item by another way.
    EXPECT_EQ(encode_item(item(json)), encoded);
  }
}

TEST(ItemCodecTest, FindsAndProjectsAttributes) {
  SeededRandom random(2);
  const std::vector<std::string> names = {"", "a", "ab", "b", "bb", "c"};
  for (int i = 0; i < 1000; ++i) {
    const Item original = random_item(random);
    const std::string encoded = encode_item(original);
    Item expected;
    for (const std::string& name : names) {
      const auto found = find_attribute(encoded, name);
      ASSERT_EQ(found.has_value(), original.count(name) == 1) << name;
      if (!found) continue;
      EXPECT_EQ(*found, original.at(name));
      expected.emplace(name, *found);
    }
    EXPECT_EQ(find_attributes(encoded, names), expected);
    EXPECT_EQ(project_encoded_item(encoded, names), encode_item(expected));
  }
}

TEST(ItemCodecTest, CountsSizesAsDynamoDbDoes) {
  EXPECT_EQ(item_size_bytes(item(R"({"id":{"S":"abc"}})")), 5U);
  EXPECT_EQ(attribute_value_size_bytes(value(R"({"S":"é"})")), 2U);
  EXPECT_EQ(attribute_value_size_bytes(value(R"({"B":"AAEC"})")), 3U);
  EXPECT_EQ(attribute_value_size_bytes(value(R"({"N":"3.14159"})")), 5U);
  EXPECT_EQ(attribute_value_size_bytes(value(R"({"BOOL":false})")), 1U);
  EXPECT_EQ(attribute_value_size_bytes(value(R"({"NULL":true})")), 1U);
  EXPECT_EQ(attribute_value_size_bytes(value(R"({"SS":["ab","c"]})")), 3U);
  EXPECT_EQ(attribute_value_size_bytes(value(R"({"NS":["1","22"]})")), 4U);
  EXPECT_EQ(attribute_value_size_bytes(value(R"({"M":{}})")), 3U);
  EXPECT_EQ(attribute_value_size_bytes(value(R"({"L":[{"S":"ab"},{"BOOL":true}]})")), 8U);
  EXPECT_EQ(attribute_value_size_bytes(value(R"({"M":{"key":{"S":"ab"}}})")), 9U);
}

TEST(ItemCodecTest, DamagedBytesNeverCrash) {
  SeededRandom random(3);
  const std::vector<std::string> names = {"a", "b"};
  int accepted = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string bytes = encode_item(random_item(random));
    for (uint64_t changes = 1 + random.below(3); changes > 0; --changes) {
      bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
    }
    if (random.below(4) == 0) bytes.resize(random.below(bytes.size() + 1));
    encoded_item_size_bytes(bytes);
    find_attribute(bytes, "a");
    find_attributes(bytes, names);
    project_encoded_item(bytes, names);
    std::string json;
    append_encoded_item_json(json, bytes);
    if (const auto decoded = decode_item(bytes)) {
      ++accepted;
      EXPECT_EQ(decode_item(encode_item(*decoded)), decoded);
    }
  }
  EXPECT_GT(accepted, 100);
  EXPECT_FALSE(decode_item(""));
  EXPECT_FALSE(decode_item("\x02"));
  EXPECT_FALSE(decode_item(std::string_view("\x01\x00x", 3)));
}

TEST(ItemCodecTest, RefusesEndlessNesting) {
  Item deep;
  AttributeValue inner;
  for (int i = 0; i < 100; ++i) {
    AttributeList list;
    list.push_back(std::move(inner));
    inner = AttributeValue(std::move(list));
  }
  deep.emplace("a", std::move(inner));
  const std::string encoded = encode_item(deep);
  EXPECT_FALSE(decode_item(encoded));
  EXPECT_EQ(encoded_item_size_bytes(encoded), 0U);
  std::string json;
  append_encoded_item_json(json, encoded);
  EXPECT_EQ(json, "{}");
}

}  // namespace
}  // namespace millrace::dynamodb
