// The store on threads: writers, rotations and readers at once, on an engine with its own thread.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "dynamodb/stream/follower.h"
#include "dynamodb/stream/testing.h"

namespace millrace::dynamodb::stream {
namespace {

using testing::kCell;
using testing::kOtherCell;
using testing::kTable;
using testing::Position;
using testing::value_of;

constexpr int kRecords = 400;
constexpr int kWriters = 2;
constexpr int kRotations = 30;

class ConcurrencyTest : public ::testing::Test {
 protected:
  ConcurrencyTest() { world.create({kCell}, ViewType::kKeysOnly); }

  // Reads a shard to its end and then its child, as a consumer does, until all records have come.
  std::vector<Position> consume() {
    std::vector<Position> positions;
    Shard shard = world.store->live_stream(kTable)->shards.front();
    Position after = shard.after;
    while (positions.size() < kRecords) {
      RecordPage page = value_of(world.store->read(shard, after, {.records_max = 7}));
      for (const StreamRecord& record : page.records) positions.push_back(record.position);
      after = page.next_after;
      if (page.shard_finished) {
        // A child is there as soon as its parent has an end.
        StreamPtr stream = world.store->live_stream(kTable);
        for (const Shard& child : stream->shards) {
          if (child.parent_id == shard.id) {
            shard = child;
            break;
          }
        }
        after = shard.after;
      } else if (page.at_end && positions.size() < kRecords) {
        std::promise<void> woken;
        world.store->wait(shard, after, std::nullopt, [&] { woken.set_value(); });
        woken.get_future().wait();
      }
    }
    return positions;
  }

  testing::World world{testing::World::Completions::kOwnThread};
};

TEST_F(ConcurrencyTest, RotationsUnderLoadLoseAndRepeatNothing) {
  std::vector<Position> expected;
  for (Position position = 1; position <= kRecords; ++position) expected.push_back(position);
  std::vector<std::thread> threads;
  for (int reader = 0; reader < 2; ++reader) {
    threads.emplace_back([&] { EXPECT_EQ(expected, consume()); });
  }
  for (int writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&] {
      for (int i = 0; i < kRecords / kWriters; ++i) world.append("a");
    });
  }
  threads.emplace_back([&] {
    for (int i = 0; i < kRotations; ++i) {
      world.rotate();
    }
  });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(static_cast<size_t>(kRotations) + 1, world.store->live_stream(kTable)->shards.size());
}

TEST_F(ConcurrencyTest, AFollowerAppliesEachRecordOnceInOrder) {
  ThreadPool pool("test", 2);
  FollowerEffect effect;
  effect.name = "count";
  effect.cell = kCell;
  effect.effect_cells = {kOtherCell};
  effect.records_per_transaction = 5;
  effect.apply = [](engine::Transaction& transaction, Position position,
                    const ChangeRecord&) -> engine::Result<void> {
    MILLRACE_TRY(auto stored, transaction.get(kOtherCell, "positions"));
    transaction.put(kOtherCell, "positions", stored.value_or("") + std::to_string(position) + " ");
    return {};
  };
  auto follower = Follower::start(*world.engine, pool, world.timers, effect, 0);
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&] {
      for (int i = 0; i < kRecords / kWriters; ++i) world.append("a");
    });
  }
  follower.reset();  // wherever it is
  follower = Follower::start(*world.engine, pool, world.timers, effect, 0);
  std::promise<bool> reached;
  follower->when_reached(kRecords, world.clock.now() + std::chrono::seconds(1),
                         [&](bool there) { reached.set_value(there); });
  for (std::thread& writer : writers) writer.join();
  EXPECT_TRUE(reached.get_future().get());
  follower.reset();

  std::string expected, positions;
  for (int i = 1; i <= kRecords; ++i) expected += std::to_string(i) + " ";
  ASSERT_TRUE(engine::snapshot_and_wait(
      *world.engine, {kOtherCell}, [&](engine::Reader& reader) -> engine::Result<void> {
        MILLRACE_TRY(auto stored, reader.get(kOtherCell, "positions"));
        positions = stored.value_or("");
        return {};
      }));
  EXPECT_EQ(expected, positions);
}

}  // namespace
}  // namespace millrace::dynamodb::stream
