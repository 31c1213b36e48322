#include "aws/protocol/content_encoding.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace millrace::aws {
namespace {

constexpr int kGzipHeader = 16;

std::string compress_as(int window_bits, std::string_view text) {
  z_stream stream{};
  deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

std::string gzip(std::string_view text) {
  return compress_as(MAX_WBITS + kGzipHeader, text);
}

TEST(DecodeContent, UndoesGzipAndDeflate) {
  std::string text(100'000, 'x');
  EXPECT_EQ(*decode_content("gzip", gzip(text), 200'000), text);
  EXPECT_EQ(*decode_content(" gzip ", gzip(text), 200'000), text);
  EXPECT_EQ(*decode_content("deflate", compress_as(MAX_WBITS, text), 200'000), text);
  EXPECT_EQ(*decode_content("gzip", gzip(""), 10), "");
}

TEST(DecodeContent, LeavesPlainBodiesAlone) {
  EXPECT_EQ(*decode_content("", "body", 1), "body");
  EXPECT_EQ(*decode_content("identity", "body", 1), "body");
}

TEST(DecodeContent, ASmallBodyCannotBecomeAHugeOne) {
  std::string bomb = gzip(std::string(10'000'000, '\0'));
  ASSERT_LT(bomb.size(), 20'000u);
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
