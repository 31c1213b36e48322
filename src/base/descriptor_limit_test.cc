#include "base/descriptor_limit.h"

#include <gtest/gtest.h>

namespace millrace {

TEST(DescriptorLimit, LeavesSomethingForEverybody) {
  for (int limit : {64, 256, 1024, 65536, 1 << 20}) {
    auto shares = share_descriptors(limit);
    EXPECT_EQ(shares.limit, limit);
    EXPECT_GE(shares.storage, 20) << limit;
    EXPECT_GT(shares.connections, 0) << limit;
    EXPECT_LE(shares.storage + shares.connections + 32, limit) << limit;
  }
}

TEST(DescriptorLimit, LargeLimitsAreForConnections) {
  EXPECT_EQ(share_descriptors(65536).storage, 512);
  EXPECT_GT(share_descriptors(65536).connections, 50000);
}

}  // namespace millrace
