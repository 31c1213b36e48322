#include "dynamodb/item/key_codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "base/encoding.h"
#include "base/random.h"
#include "dynamodb/item/testing.h"

namespace millrace::dynamodb {
namespace {

using testing::random_number;
using testing::random_text;
using testing::value;

std::string ordered(const AttributeValue& key) {
  std::string out;
  append_ordered_value(out, key);
  return out;
}

TEST(KeyCodecTest, WritesTheDocumentedBytes) {
  std::ifstream file(MILLRACE_SOURCE_DIR "/docs/formats/keys.md");
  int ordered_examples = 0, hash_examples = 0;
  bool hashes = false;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("## ", 0) == 0) hashes = line == "## Hashes";
    if (line.rfind("| `{", 0) != 0) continue;
    const size_t middle = line.find("` | `");
    std::string bytes = line.substr(middle + 5, line.rfind("` |") - middle - 5);
    std::erase(bytes, ' ');
    const AttributeValue key = value(line.substr(3, middle - 3));
    if (hashes) {
      ++hash_examples;
      EXPECT_EQ(to_hex(as_view(hash_partition_key(key))), bytes) << line;
    } else {
      ++ordered_examples;
      EXPECT_EQ(to_hex(ordered(key)), bytes) << line;
    }
  }
  EXPECT_GE(ordered_examples, 8);
  EXPECT_GE(hash_examples, 3);
}

bool less(const AttributeValue& a, const AttributeValue& b) {
  switch (a.type()) {
    case AttributeType::kString:
      return a.string() < b.string();
    case AttributeType::kNumber:
      return a.number() < b.number();
    default:
      return a.binary() < b.binary();
  }
}

TEST(KeyCodecTest, SortingEncodedKeysIsEncodingSortedKeys) {
  SeededRandom random(1);
  for (int type = 0; type < 3; ++type) {
    std::vector<AttributeValue> keys;
    for (int i = 0; i < 3000; ++i) {
      keys.push_back(type == 0   ? AttributeValue(random_text(random, 4))
                     : type == 1 ? AttributeValue(random_number(random))
                                 : AttributeValue(Binary{random_text(random, 4)}));
    }
    std::vector<std::string> encoded;
    for (const AttributeValue& key : keys) encoded.push_back(ordered(key) + "suffix");
    std::sort(keys.begin(), keys.end(), less);
    std::sort(encoded.begin(), encoded.end());
    for (size_t i = 0; i < keys.size(); ++i) {
      EXPECT_EQ(encoded[i], ordered(keys[i]) + "suffix");
      std::string_view rest = encoded[i];
      const auto taken = take_ordered_value(rest, keys[i].type());
      ASSERT_TRUE(taken);
      EXPECT_EQ(*taken, keys[i]);
      EXPECT_EQ(rest, "suffix");
    }
  }
}

TEST(KeyCodecTest, StringsSortByUtf8Bytes) {
  // U+FF5E sorts before U+1F600 in UTF-8, after it in UTF-16.
  EXPECT_LT(ordered(value(R"({"S":"～"})")), ordered(value(R"({"S":"😀"})")));
  EXPECT_LT(ordered(value(R"({"B":"AA=="})")), ordered(value(R"({"B":"/w=="})")));
}

TEST(KeyCodecTest, HashesNumbersByValue) {
  EXPECT_EQ(hash_partition_key(value(R"({"N":"1"})")), hash_partition_key(value(R"({"N":"1.0"})")));
  EXPECT_NE(hash_partition_key(value(R"({"N":"1"})")), hash_partition_key(value(R"({"S":"1"})")));
  EXPECT_NE(hash_partition_key(value(R"({"B":"MQ=="})")),
            hash_partition_key(value(R"({"S":"1"})")));
  const AttributeValue a = value(R"({"S":"a"})");
  EXPECT_EQ(hash_partition_key(std::vector{a}), hash_partition_key(a));
  EXPECT_NE(hash_partition_key(std::vector{value(R"({"S":"ab"})"), value(R"({"S":"c"})")}),
            hash_partition_key(std::vector{a, value(R"({"S":"bc"})")}));
}

TEST(KeyCodecTest, MalformedKeysAreRefusedAndKept) {
  for (const std::string_view bytes :
       {std::string_view(""), std::string_view("abc"), std::string_view("a\0", 2),
        std::string_view("a\0\x02", 3)}) {
    std::string_view rest = bytes;
    EXPECT_FALSE(take_ordered_value(rest, AttributeType::kString));
    EXPECT_EQ(rest, bytes);
  }
  SeededRandom random(2);
  for (int i = 0; i < 5000; ++i) {
    std::string bytes;
    for (uint64_t n = random.below(12); n > 0; --n) {
      bytes += static_cast<char>(random.below(2) ? random.below(4) : random.below(256));
    }
    for (const auto type :
         {AttributeType::kString, AttributeType::kNumber, AttributeType::kBinary}) {
      std::string_view rest = bytes;
      const auto taken = take_ordered_value(rest, type);
      if (taken) {
        EXPECT_EQ(ordered(*taken), bytes.substr(0, bytes.size() - rest.size()));
      }
    }
  }
}

}  // namespace
}  // namespace millrace::dynamodb
