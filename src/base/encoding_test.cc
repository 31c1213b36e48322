#include "base/encoding.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(EncodingTest, Base64RoundTripsAndIsStrict) {
  for (std::string bytes : {"", "f", "fo", "foo", "foob", "fooba", "foobar"}) {
    EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
  }
  EXPECT_EQ(to_base64("fooba"), "Zm9vYmE=");
  EXPECT_FALSE(from_base64("Zm9vYmE"));
  EXPECT_FALSE(from_base64("Zm9vYmF="));  // bits set behind the last byte
  EXPECT_FALSE(from_base64("Zm9v!mE="));
  EXPECT_FALSE(from_base64("===="));
}

TEST(EncodingTest, IntegersSortAsNumbersAndRoundTrip) {
  std::string small, large;
  append_u64(small, 255);
  append_u64(large, 256);
  EXPECT_LT(small, large);
  EXPECT_EQ(read_u64(large), 256u);
}

TEST(EncodingTest, VarintsRefuseTruncationAndOverflow) {
  for (uint64_t value : {uint64_t{0}, uint64_t{127}, uint64_t{128}, ~uint64_t{0}}) {
    std::string bytes;
    append_varint(bytes, value);
    std::string_view view = bytes;
    EXPECT_EQ(take_varint(view), value);
    EXPECT_TRUE(view.empty());
    std::string_view cut(bytes.data(), bytes.size() - 1);
    EXPECT_FALSE(take_varint(cut));
  }
  std::string_view overflow("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10);
  EXPECT_FALSE(take_varint(overflow));
  std::string_view longer_than_there("\x05" "abc", 4);
  EXPECT_FALSE(take_sized(longer_than_there));
}

TEST(EncodingTest, DigestsMatchPublishedVectors) {
  EXPECT_EQ(to_hex(as_view(sha256("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(as_view(md5("abc"))), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(to_hex(as_view(hmac_sha256("Jefe", "what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(crc32("123456789"), 0xcbf43926u);
}

TEST(EncodingTest, PercentCoding) {
  EXPECT_EQ(percent_decode("a%3Ab+c"), "a:b+c");
  EXPECT_EQ(percent_decode("a%3Ab+c", true), "a:b c");
  EXPECT_EQ(percent_decode("100%"), "100%");
  EXPECT_EQ(percent_encode("a b/c~"), "a%20b%2Fc~");
}

TEST(EncodingTest, Utf8Validity) {
  EXPECT_TRUE(is_valid_utf8("plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"));
  EXPECT_FALSE(is_valid_utf8("\xc0\x80"));          // overlong
  EXPECT_FALSE(is_valid_utf8("\xed\xa0\x80"));      // surrogate
  EXPECT_FALSE(is_valid_utf8("\xf4\x90\x80\x80"));  // beyond U+10FFFF
  EXPECT_FALSE(is_valid_utf8("\xe2\x82"));          // cut short
}

}  // namespace
}  // namespace millrace
