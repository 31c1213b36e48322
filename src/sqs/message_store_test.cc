#include "sqs/message_store.h"

#include <gmock/gmock.h>

#include "engine/rocksdb/temporary_directory.h"
#include "sqs/testing.h"

namespace millrace::sqs {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class MessageStoreTest : public ::testing::Test {
 protected:
  QueueWorld world_;
};

TEST_F(MessageStoreTest, MessagesComeInTheOrderTheyWereSent) {
  QueuePtr queue = world_.create("jobs");
  world_.send(queue, {"a", "b"});
  world_.send(queue, {"c"});
  EXPECT_THAT(bodies_of(world_.receive(queue, 2)), ElementsAre("a", "b"));
  EXPECT_THAT(bodies_of(world_.receive(queue, 10)), ElementsAre("c"));
  EXPECT_THAT(world_.receive(queue, 10), IsEmpty());
}

TEST_F(MessageStoreTest, AReceivedMessageComesBackWhenItsTimeoutIsOver) {
  QueuePtr queue = world_.create("jobs", {{"VisibilityTimeout", "30"}});
  world_.send(queue, {"a"});
  auto first = world_.receive(queue);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].state.receive_count, 1u);
  Timestamp first_received = world_.clock.now();
  world_.timers.advance(seconds(29));
  EXPECT_THAT(world_.receive(queue), IsEmpty());
  world_.timers.advance(seconds(1));
  auto second = world_.receive(queue);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].state.receive_count, 2u);
  EXPECT_EQ(second[0].state.first_received, first_received);
  EXPECT_EQ(second[0].state.id, first[0].state.id);
  // Only the last receive's receipt counts.
  EXPECT_EQ(world_.erase(queue, first[0]), ReceiptOutcome::kNotThere);
  EXPECT_EQ(world_.erase(queue, second[0]), ReceiptOutcome::kDone);
  EXPECT_EQ(world_.erase(queue, second[0]), ReceiptOutcome::kNotThere);
  world_.timers.advance(hours(1));
  EXPECT_THAT(world_.receive(queue), IsEmpty());
}

TEST_F(MessageStoreTest, ADelayedMessageComesLater) {
  QueuePtr queue = world_.create("jobs");
  world_.send(queue, {"late"}, seconds(60));
  auto nothing = world_.look(queue);
  EXPECT_THAT(nothing.messages, IsEmpty());
  EXPECT_EQ(nothing.next_visible, world_.clock.now() + seconds(60));
  EXPECT_EQ(world_.count(queue).delayed, 1u);
  world_.timers.advance(seconds(60));
  EXPECT_THAT(bodies_of(world_.receive(queue)), ElementsAre("late"));
}

TEST_F(MessageStoreTest, VisibilityCanBeChangedWhileInFlight) {
  QueuePtr queue = world_.create("jobs");
  world_.send(queue, {"a"});
  auto messages = world_.receive(queue);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(world_.hide(queue, messages[0], seconds(100)), ReceiptOutcome::kDone);
  world_.timers.advance(seconds(99));
  EXPECT_THAT(world_.receive(queue), IsEmpty());
  EXPECT_EQ(world_.hide(queue, messages[0], seconds(0)), ReceiptOutcome::kDone);
  EXPECT_EQ(world_.hide(queue, messages[0], seconds(5)), ReceiptOutcome::kNotInFlight);
  EXPECT_EQ(world_.receive(queue).size(), 1u);
  EXPECT_EQ(world_.hide(queue, messages[0], seconds(5)), ReceiptOutcome::kNotThere);
}

TEST_F(MessageStoreTest, MessagesEndWithTheRetention) {
  QueuePtr queue = world_.create("jobs", {{"MessageRetentionPeriod", "60"}});
  world_.send(queue, {"old"});
  world_.timers.advance(seconds(30));
  world_.send(queue, {"young"});
  world_.timers.advance(seconds(30));
  EXPECT_THAT(bodies_of(world_.receive(queue, 10)), ElementsAre("young"));
}

TEST_F(MessageStoreTest, TheLargestMessageIsKeptInPieces) {
  QueuePtr queue = world_.create("jobs");
  std::string body(1024 * 1024, 'x');
  body[300'000] = 'y';
  world_.send(queue, {body, "small"});
  auto messages = world_.receive(queue, 2);
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_TRUE(messages[0].content.body == body);
  EXPECT_GT(messages[0].state.chunks, 1u);
  size_t with_message = world_.rows();
  EXPECT_EQ(world_.erase(queue, messages[0]), ReceiptOutcome::kDone);
  EXPECT_EQ(world_.rows(), with_message - messages[0].state.chunks - 2);
}

TEST_F(MessageStoreTest, CountsTellWhereMessagesAre) {
  QueuePtr queue = world_.create("jobs");
  world_.send(queue, {"a", "b", "c"});
  world_.send(queue, {"d"}, seconds(10));
  world_.receive(queue);
  MessageCounts counts = world_.count(queue);
  EXPECT_EQ(counts.visible, 2u);
  EXPECT_EQ(counts.in_flight, 1u);
  EXPECT_EQ(counts.delayed, 1u);
}

TEST_F(MessageStoreTest, APurgeTakesWhatIsThereAndNothingLater) {
  QueuePtr queue = world_.create("jobs");
  world_.send(queue, {"a", "b"});
  auto in_flight = world_.receive(queue);
  world_.purge(queue);
  EXPECT_EQ(world_.count(queue).visible + world_.count(queue).in_flight, 0u);
  world_.send(queue, {"c"});
  world_.timers.advance(seconds(30));
  EXPECT_THAT(bodies_of(world_.receive(queue, 10)), ElementsAre("c"));
}

TEST_F(MessageStoreTest, AMessageReceivedTooOftenIsMoved) {
  QueuePtr dead = world_.create("dead");
  QueuePtr queue = world_.create("jobs");
  world_.send(queue, {"a"});
  Timestamp sent = world_.clock.now();
  ReceiveOptions options;
  options.dead_letter_queue = dead;
  options.receives_max = 2;
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(bodies_of(world_.look(queue, options).messages), ElementsAre("a"));
    world_.timers.advance(seconds(30));
    EXPECT_THAT(world_.receive(dead), IsEmpty());
  }
  EXPECT_THAT(world_.look(queue, options).messages, IsEmpty());
  EXPECT_EQ(world_.count(queue).in_flight, 0u);
  auto moved = world_.receive(dead);
  ASSERT_EQ(moved.size(), 1u);
  EXPECT_EQ(moved[0].content.body, "a");
  EXPECT_EQ(moved[0].state.sent, sent);
  EXPECT_EQ(moved[0].state.receive_count, 1u);
  EXPECT_EQ(moved[0].state.earlier_receives, 2u);
  EXPECT_EQ(moved[0].state.dead_letter_source, queue->arn());
}

TEST_F(MessageStoreTest, AClockSetBackHidesNothing) {
  QueuePtr queue = world_.create("jobs");
  EXPECT_THAT(world_.receive(queue), IsEmpty());  // remembers that nothing is before now
  world_.clock.set(world_.clock.now() - hours(1));
  world_.send(queue, {"a"});
  EXPECT_THAT(bodies_of(world_.receive(queue)), ElementsAre("a"));
}

TEST(MessageStoreOnDisk, ARestartKeepsMessagesAndTheirState) {
  engine::rocks::TemporaryDirectory directory;
  QueueWorld world(directory.path());
  QueuePtr queue = world.create("jobs");
  world.send(queue, {"a", "b", "c"});
  world.send(queue, {"late"}, seconds(60));
  auto in_flight = world.receive(queue);
  ASSERT_EQ(in_flight.size(), 1u);
  auto deleted = world.receive(queue);
  ASSERT_EQ(deleted.size(), 1u);
  EXPECT_EQ(world.erase(queue, deleted[0]), ReceiptOutcome::kDone);

  world.restart();
  queue = world.find("jobs");
  ASSERT_NE(queue, nullptr);
  EXPECT_THAT(bodies_of(world.receive(queue, 10)), ElementsAre("c"));
  world.timers.advance(seconds(30));
  // Those in flight come back when their timeout is over, and the old receipt still counts.
  EXPECT_EQ(world.hide(queue, in_flight[0], seconds(0)), ReceiptOutcome::kNotInFlight);
  auto back = world.receive(queue, 10);
  EXPECT_THAT(bodies_of(back), ElementsAre("a", "c"));
  EXPECT_EQ(back[0].state.receive_count, 2u);
  world.timers.advance(seconds(30));
  EXPECT_THAT(bodies_of(world.receive(queue, 10)), ElementsAre("a", "c", "late"));
}

}  // namespace
}  // namespace millrace::sqs
