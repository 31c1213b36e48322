#include "aws/signature/access_keys.h"

#include <gtest/gtest.h>

namespace millrace::aws {
namespace {

TEST(AccessKeys, AreReadFromLinesOrCommas) {
  auto keys = AccessKeys::parse("# team\nA:s1, B:s2:123456789012\r\n\n");
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->find("A")->secret, "s1");
  EXPECT_EQ(keys->find("A")->account, "");
  EXPECT_EQ(keys->find("B")->secret, "s2");
  EXPECT_EQ(keys->find("B")->account, "123456789012");
  EXPECT_EQ(keys->find("C"), nullptr);
  EXPECT_TRUE(AccessKeys::parse(" \n#only a comment")->empty());
}

TEST(AccessKeys, ErrorsNameTheEntryWithoutItsSecret) {
  for (const char* text :
       {"A:x,B", "A:x,B:", "A:x,:secret", "A:x,B:secret:1234", "A:x,B:secret:12345678901a"}) {
    auto keys = AccessKeys::parse(text);
    ASSERT_FALSE(keys) << text;
    EXPECT_NE(keys.error().find("access key 2"), std::string::npos) << keys.error();
    EXPECT_EQ(keys.error().find("secret"), std::string::npos) << keys.error();
  }
}

}  // namespace
}  // namespace millrace::aws
