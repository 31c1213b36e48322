#include "aws/protocol/content_encoding.h"

#include <gtest/gtest.h>

namespace millrace::aws {
namespace {

std::string gzip(std::string_view text) {
  return encode_content("gzip", text);
}

TEST(DecodeContent, UndoesGzipAndDeflate) {
  std::string text(100'000, 'x');
  EXPECT_EQ(*decode_content("gzip", gzip(text), 200'000), text);
  EXPECT_EQ(*decode_content(" gzip ", gzip(text), 200'000), text);
  EXPECT_EQ(*decode_content("deflate", encode_content("deflate", text), 200'000), text);
  EXPECT_EQ(*decode_content("gzip", gzip(""), 10), "");
}

TEST(DecodeContent, GoesOnWithTheNextGzipStream) {
  EXPECT_EQ(*decode_content("gzip", gzip("one, ") + gzip("two"), 100), "one, two");
  EXPECT_EQ(*decode_content("gzip", gzip("one") + "rest", 100), "one");
  EXPECT_EQ(
      decode_content("gzip", gzip("one") + gzip("two").substr(0, 15), 100).error().http_status,
      500);
  EXPECT_EQ(decode_content("gzip", gzip("12345") + gzip("6789"), 8).error().http_status, 413);
}

// What other programs make of them is asked by tests/server/test_dispatch.py.
TEST(EncodeContent, HasTheHeadersOfItsFormat) {
  EXPECT_EQ(encode_content("gzip", "x").substr(0, 3), "\x1f\x8b\x08");
  EXPECT_EQ(encode_content("deflate", "x").front(), '\x78');
  EXPECT_LT(encode_content("gzip", std::string(100'000, 'x')).size(), 1'000u);
}

TEST(DecodeContent, LeavesPlainBodiesAlone) {
  EXPECT_EQ(*decode_content("", "body", 1), "body");
  EXPECT_EQ(*decode_content("identity", "body", 1), "body");
}

TEST(DecodeContent, ASmallBodyCannotBecomeAHugeOne) {
  std::string bomb = gzip(std::string(10'000'000, '\0'));
  ASSERT_LT(bomb.size(), 50'000u);
  auto decoded = decode_content("gzip", bomb, 1'000'000);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().http_status, 413);
}

TEST(DecodeContent, RefusesWhatItCannotRead) {
  std::string whole = gzip("some text that is long enough");
  EXPECT_EQ(decode_content("gzip", "no gzip", 100).error().http_status, 500);
  EXPECT_EQ(decode_content("gzip", "", 100).error().http_status, 500);
  EXPECT_EQ(decode_content("gzip", whole.substr(0, whole.size() - 9), 100).error().http_status,
            500);
  EXPECT_EQ(decode_content("br", whole, 100).error().http_status, 500);
}

}  // namespace
}  // namespace millrace::aws
