#include "dynamodb/item/item_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace millrace::dynamodb {

// At every place of a machine word, also next to bytes that only look like it in part.
TEST(ItemJsonTest, EscapesEveryByteWhereverItStands) {
  for (int c = 0; c < 0x80; ++c) {
    for (size_t place = 0; place < 20; ++place) {
      for (const char* around : {"a", "!", "#", "[", "]", "\x7f", "\xc3\xa9\xc2\xa2"}) {
        std::string text;
        while (text.size() < 20) text += around;
        text.insert(place % std::string(around).size() == 0 ? place : 0, 1, static_cast<char>(c));
        std::string out;
        append_json_string(out, text);
        ASSERT_EQ(nlohmann::json::parse(out), nlohmann::json(text)) << c << " at " << place;
        ASSERT_EQ(out.find_first_of(std::string("\0\x01\n\x1f", 4)), std::string::npos);
      }
    }
  }
}

TEST(ItemJsonTest, EscapesNeighbours) {
  std::string out;
  append_json_string(out, "\"\"\\\\\n\x01 12345678\"");
  EXPECT_EQ(out, R"("\"\"\\\\\n\u0001 12345678\"")");
}

}  // namespace millrace::dynamodb
