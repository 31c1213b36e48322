#include "control/snapshots.h"

#include <gtest/gtest.h>

namespace millrace::control {
namespace {

engine::Contents contents_of(size_t bytes) {
  engine::Contents contents;
  contents.rows.push_back({"key", "value"});
  contents.bytes = bytes;
  return contents;
}

TEST(Snapshots, AreFoundByName) {
  Snapshots snapshots;
  Timestamp made = from_unix_millis(1000);
  ASSERT_TRUE(snapshots.add("base", contents_of(8), made));
  ASSERT_TRUE(snapshots.find("base"));
  EXPECT_EQ(snapshots.find("base")->rows[0].value, "value");
  EXPECT_FALSE(snapshots.find("other"));
  auto list = snapshots.list();
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0].name, "base");
  EXPECT_EQ(list[0].bytes, 8u);
  EXPECT_EQ(list[0].rows, 1u);
  EXPECT_EQ(list[0].made, made);
  EXPECT_TRUE(snapshots.erase("base"));
  EXPECT_FALSE(snapshots.erase("base"));
  EXPECT_TRUE(snapshots.list().empty());
}

TEST(Snapshots, TheirNumberIsBounded) {
  Snapshots snapshots;
  for (size_t i = 0; i < Snapshots::kSnapshotsMax; ++i) {
    ASSERT_TRUE(snapshots.add(std::to_string(i), contents_of(1), {}));
  }
  EXPECT_FALSE(snapshots.add("one more", contents_of(1), {}));
  EXPECT_TRUE(snapshots.add("3", contents_of(1), {}));
  snapshots.clear();
  EXPECT_TRUE(snapshots.add("one more", contents_of(1), {}));
}

TEST(Snapshots, TheirBytesAreBounded) {
  Snapshots snapshots;
  size_t half = Snapshots::kBytesMax / 2;
  ASSERT_TRUE(snapshots.add("a", contents_of(half), {}));
  ASSERT_TRUE(snapshots.add("b", contents_of(half), {}));
  EXPECT_EQ(snapshots.room("c"), 0u);
  EXPECT_FALSE(snapshots.add("c", contents_of(1), {}));
  // The one that is replaced does not count.
  EXPECT_EQ(snapshots.room("b"), half);
  EXPECT_FALSE(snapshots.add("b", contents_of(half + 1), {}));
  EXPECT_TRUE(snapshots.add("b", contents_of(half), {}));
}

}  // namespace
}  // namespace millrace::control
