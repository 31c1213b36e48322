#include "sqs/sweeper.h"

#include <gmock/gmock.h>

#include "engine/rocksdb/temporary_directory.h"
#include "sqs/testing.h"

namespace millrace::sqs {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class SweeperTest : public ::testing::Test {
 protected:
  // Lets what is due soon run, but no new round.
  void settle() { world_.timers.advance(seconds(1)); }
  QueueWorld world_;
};

TEST_F(SweeperTest, ExpiredMessagesLeaveNoRows) {
  QueuePtr queue = world_.create("jobs", {{"MessageRetentionPeriod", "60"}});
  settle();
  size_t before = world_.rows();
  for (int i = 0; i < 25; ++i) world_.send(queue, std::vector<std::string>(10, "body"));
  EXPECT_EQ(world_.rows(), before + 1 + 250 * 3);
  world_.timers.advance(seconds(200));
  EXPECT_EQ(world_.rows(), before + 1) << "only the counters stay";
}

TEST_F(SweeperTest, AHiddenMessageExpiresToo) {
  QueuePtr queue = world_.create("jobs", {{"VisibilityTimeout", "43200"}});
  world_.send(queue, {"a"});
  size_t with_message = world_.rows();
  world_.timers.advance(hours(95));
  ASSERT_EQ(world_.receive(queue).size(), 1u);
  world_.timers.advance(hours(2));
  EXPECT_EQ(world_.rows(), with_message - 3);
}

TEST_F(SweeperTest, PurgedMessagesLeaveNoRows) {
  QueuePtr queue = world_.create("jobs");
  world_.send(queue, std::vector<std::string>(10, "body"));
  world_.send(queue, {"late"}, seconds(900));
  size_t with_messages = world_.rows();
  world_.purge(queue);
  world_.service->sweeper().look_soon();
  world_.send(queue, {"new"});
  settle();
  EXPECT_EQ(world_.rows(), with_messages - 11 * 3 + 3);
}

TEST_F(SweeperTest, ADeletedQueueLeavesNoRows) {
  size_t before = world_.rows();
  QueuePtr other = world_.create("other");
  world_.send(other, {"stays"});
  size_t with_other = world_.rows();
  QueuePtr queue = world_.create("jobs");
  for (int i = 0; i < 40; ++i) world_.send(queue, std::vector<std::string>(10, "body"));
  world_.remove(queue);
  settle();
  EXPECT_EQ(world_.rows(), with_other + 1) << "the mark of a deleted queue stays for a round";
  world_.send(queue, {"by a request that was under way"});
  world_.timers.advance(std::chrono::minutes(2));
  EXPECT_EQ(world_.rows(), with_other);
  EXPECT_EQ(bodies_of(world_.receive(other)), std::vector<std::string>{"stays"});
  EXPECT_LT(before, with_other);
}

TEST_F(SweeperTest, ManyRequestsToLookStartOneRound) {
  world_.create("jobs");
  settle();
  for (int i = 0; i < 5; ++i) world_.service->sweeper().look_soon();
  EXPECT_EQ(world_.timers.pending(), 1u);
}

TEST(SweeperOnDisk, ARestartGoesOnErasing) {
  engine::rocks::TemporaryDirectory directory;
  QueueWorld world(directory.path());
  size_t before = world.rows();
  QueuePtr queue = world.create("jobs");
  world.send(queue, {"a"});
  Outcome<aws::Result<QueuePtr>> outcome;
  world.service->catalog().remove(aws::RequestContext(), queue, outcome.done());
  ASSERT_TRUE(outcome.get());
  world.restart();
  EXPECT_EQ(world.find("jobs"), nullptr);
  EXPECT_EQ(world.service->catalog().deleted_queues().size(), 1u);
  // Its steps complete on the engine's thread, each of which schedules the next.
  while (!world.service->catalog().deleted_queues().empty()) world.timers.advance(seconds(1));
  EXPECT_EQ(world.rows(), before);
}

}  // namespace
}  // namespace millrace::sqs
