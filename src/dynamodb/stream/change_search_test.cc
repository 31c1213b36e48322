#include "dynamodb/stream/change_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dynamodb/stream/testing.h"

namespace millrace::dynamodb::stream {
namespace {

using testing::encoded;
using testing::kCell;
using testing::kOtherCell;
using testing::World;

bool matches(const std::string& pattern, const std::string& keys) {
  return KeyPattern::parse(pattern)->matches(encoded(keys));
}

TEST(KeyPatternTest, MatchesKeysAndPartsOfThem) {
  const std::string keys = R"({"pk":{"S":"ada"},"sk":{"N":"5"}})";
  EXPECT_TRUE(matches(R"({"pk":{"S":"ada"},"sk":{"N":"5.0"}})", keys));
  EXPECT_TRUE(matches(R"({"pk":{"S":"ada"}})", keys));
  EXPECT_TRUE(matches("pk=ada", keys));
  EXPECT_TRUE(matches("pk=ada,sk=5.0", keys));
  EXPECT_TRUE(matches("pk=YWRh", R"({"pk":{"B":"YWRh"}})"));
  EXPECT_FALSE(matches("pk=ada,sk=6", keys));
  EXPECT_FALSE(matches("pk=bob", keys));
  EXPECT_FALSE(matches("other=ada", keys));
  EXPECT_FALSE(matches(R"({"pk":{"N":"5"}})", keys));
}

TEST(KeyPatternTest, SaysHowAKeyIsGiven) {
  for (const char* wrong : {"", "ada", "=ada", "{}", "{\"pk\":", R"({"pk":"ada"})", "pk=a,b"}) {
    auto pattern = KeyPattern::parse(wrong);
    ASSERT_FALSE(pattern) << wrong;
    EXPECT_THAT(pattern.error(), ::testing::HasSubstr("pk=ada")) << wrong;
  }
}

TEST(EventPositionTest, IsTheInverseOfTheEventId) {
  for (engine::Position position : {1ull, 2ull, 1000ull, ~0ull}) {
    EXPECT_EQ(event_position(kCell, event_id(kCell, position)), position);
    EXPECT_FALSE(event_position(kOtherCell, event_id(kCell, position)));
  }
  EXPECT_FALSE(event_position(kCell, "no id"));
  EXPECT_FALSE(event_position(kCell, std::string(32, 'a')));
}

class ChangeSearchTest : public ::testing::Test {
 protected:
  std::vector<engine::Position> search(
      const std::string& pattern,
      std::optional<std::map<std::string, engine::Position>> after = {}) {
    KeyPattern key = *KeyPattern::parse(pattern);
    std::vector<engine::Position> found;
    auto visit = [&](const Shard&, const StreamRecord& record) {
      if (key.matches(record.change.keys)) found.push_back(record.position);
      return true;
    };
    ChangeSearch search = after ? ChangeSearch(*world.store, stream, *after, visit)
                                : ChangeSearch(*world.store, stream, visit);
    while (search.step()) {
    }
    EXPECT_TRUE(search.is_complete());
    return found;
  }
  World world;
  StreamPtr stream = world.create();
};

TEST_F(ChangeSearchTest, FindsTheChangesOfAnItemAcrossShards) {
  world.append("a");
  world.append("b");
  world.append("a");
  stream = world.rotate();
  world.append("c");
  world.append("a");
  EXPECT_THAT(search("id=a"), ::testing::ElementsAre(1, 3, 5));
  EXPECT_THAT(search("id=d"), ::testing::IsEmpty());
  EXPECT_THAT(search("id=a", {{{stream->shards[0].id, 1}}}), ::testing::ElementsAre(3));
  EXPECT_THAT(descendants(*stream, stream->shards[0].id),
              ::testing::ElementsAre(stream->shards[1].id));
}

TEST_F(ChangeSearchTest, ReadsMoreThanAPage) {
  for (int i = 0; i < 1500; i++) world.append(i % 500 == 0 ? "a" : "b");
  EXPECT_THAT(search("id=a"), ::testing::ElementsAre(1, 501, 1001));
}

TEST_F(ChangeSearchTest, FindsOneRecord) {
  world.append("a");
  stream = world.rotate();
  world.append("b");
  auto found = find_by_position(*world.store, *stream, 2);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].shard.id, stream->shards[1].id);
  EXPECT_TRUE(find_by_position(*world.store, *stream, 3).empty());
  auto by_id = find_by_event_id(*world.store, *stream, event_id(kCell, 1));
  ASSERT_TRUE(by_id);
  EXPECT_EQ(by_id->shard.id, stream->shards[0].id);
  EXPECT_FALSE(find_by_event_id(*world.store, *stream, event_id(kCell, 7)));
}

}  // namespace
}  // namespace millrace::dynamodb::stream
