#include "sqs/receiver.h"

#include <gmock/gmock.h>

#include <mutex>
#include <set>
#include <thread>

#include "engine/rocksdb/temporary_directory.h"
#include "sqs/testing.h"

namespace millrace::sqs {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ReceiverTest : public ::testing::Test {
 protected:
  QueueWorld world_;
  QueuePtr queue_ = world_.create("jobs");
};

TEST_F(ReceiverTest, WithoutWaitItAnswersAtOnce) {
  auto poll = world_.poll(queue_, seconds(0));
  EXPECT_TRUE(poll->answered);
  EXPECT_THAT(poll->messages, IsEmpty());
}

TEST_F(ReceiverTest, AMessageSentWakesTheReceiver) {
  auto poll = world_.poll(queue_, seconds(20));
  EXPECT_FALSE(poll->answered);
  world_.send(queue_, {"a"});
  EXPECT_TRUE(poll->answered);
  EXPECT_THAT(bodies_of(poll->messages), ElementsAre("a"));
}

TEST_F(ReceiverTest, ItAnswersNothingWhenItsTimeIsOver) {
  auto poll = world_.poll(queue_, seconds(20));
  world_.timers.advance(seconds(19));
  EXPECT_FALSE(poll->answered);
  world_.timers.advance(seconds(1));
  EXPECT_TRUE(poll->answered);
  EXPECT_THAT(poll->messages, IsEmpty());
}

TEST_F(ReceiverTest, ADelayedMessageWakesItWhenItIsDue) {
  auto poll = world_.poll(queue_, seconds(20));
  world_.send(queue_, {"late"}, seconds(5));
  EXPECT_FALSE(poll->answered);
  world_.timers.advance(seconds(4));
  EXPECT_FALSE(poll->answered);
  world_.timers.advance(seconds(1));
  EXPECT_THAT(bodies_of(poll->messages), ElementsAre("late"));
}

TEST_F(ReceiverTest, AMessageThatComesBackWakesIt) {
  world_.send(queue_, {"a"});
  auto messages = world_.receive(queue_);
  ASSERT_EQ(messages.size(), 1u);
  auto poll = world_.poll(queue_, seconds(20));
  EXPECT_FALSE(poll->answered);
  EXPECT_EQ(world_.hide(queue_, messages[0], seconds(2)), ReceiptOutcome::kDone);
  EXPECT_FALSE(poll->answered);
  world_.timers.advance(seconds(2));
  EXPECT_THAT(bodies_of(poll->messages), ElementsAre("a"));
}

TEST_F(ReceiverTest, FirstComeFirstServed) {
  auto first = world_.poll(queue_, seconds(20));
  auto second = world_.poll(queue_, seconds(20));
  world_.send(queue_, {"a"});
  EXPECT_TRUE(first->answered);
  EXPECT_FALSE(second->answered);
  world_.send(queue_, {"b"});
  EXPECT_THAT(bodies_of(second->messages), ElementsAre("b"));
}

TEST_F(ReceiverTest, ABatchWakesAllThatItCanServe) {
  std::vector<std::shared_ptr<Poll>> polls;
  for (int i = 0; i < 4; ++i) polls.push_back(world_.poll(queue_, seconds(20), 1));
  world_.send(queue_, {"a", "b", "c"});
  world_.timers.advance(seconds(0));
  EXPECT_THAT(bodies_of(polls[0]->messages), ElementsAre("a"));
  EXPECT_THAT(bodies_of(polls[1]->messages), ElementsAre("b"));
  EXPECT_THAT(bodies_of(polls[2]->messages), ElementsAre("c"));
  EXPECT_FALSE(polls[3]->answered);
}

TEST_F(ReceiverTest, AMessageThatComesBackWakesThoseWhoWaitedBehindItsReceiver) {
  QueuePtr queue = world_.create("short", {{"VisibilityTimeout", "2"}});
  auto first = world_.poll(queue, seconds(20));
  auto second = world_.poll(queue, seconds(20));
  auto third = world_.poll(queue, seconds(20));
  world_.send(queue, {"a"});
  EXPECT_TRUE(first->answered);
  world_.timers.advance(seconds(2));
  EXPECT_THAT(bodies_of(second->messages), ElementsAre("a"));
  EXPECT_FALSE(third->answered);
  world_.timers.advance(seconds(2));
  EXPECT_THAT(bodies_of(third->messages), ElementsAre("a"));
}

TEST_F(ReceiverTest, ManyWhoLeaveAtOneTimeDoNotNest) {
  constexpr int kMany = 5000;
  std::vector<std::shared_ptr<Poll>> polls;
  for (int i = 0; i < kMany; ++i) polls.push_back(world_.poll(queue_, seconds(1 + i % 2)));
  world_.timers.advance(seconds(2));
  for (const auto& poll : polls) EXPECT_TRUE(poll->answered);
}

TEST_F(ReceiverTest, WhoLeavesTellsTheNextWhenAMessageComesBack) {
  world_.send(queue_, {"a"});
  ASSERT_EQ(world_.receive(queue_).size(), 1u);  // comes back in 30 seconds
  auto first = world_.poll(queue_, seconds(5));
  world_.timers.advance(seconds(4));
  auto second = world_.poll(queue_, seconds(20));
  world_.timers.advance(seconds(11));
  auto third = world_.poll(queue_, seconds(20));
  EXPECT_TRUE(first->answered);
  world_.timers.advance(seconds(9));
  EXPECT_TRUE(second->answered);
  EXPECT_THAT(second->messages, IsEmpty());
  world_.timers.advance(seconds(6));
  EXPECT_THAT(bodies_of(third->messages), ElementsAre("a"));
}

TEST_F(ReceiverTest, ThoseWhoLookInVainKeepTheirPlace) {
  auto first = world_.poll(queue_, seconds(20));
  auto second = world_.poll(queue_, seconds(20));
  world_.send(queue_, {"late"}, seconds(5));  // the first looks, and waits on
  world_.send(queue_, {"a"});
  EXPECT_THAT(bodies_of(first->messages), ElementsAre("a"));
  EXPECT_FALSE(second->answered);
}

TEST_F(ReceiverTest, ADeletedQueueAnswersThoseWhoWait) {
  auto poll = world_.poll(queue_, seconds(20));
  world_.remove(queue_);
  EXPECT_TRUE(poll->answered);
  EXPECT_THAT(poll->messages, IsEmpty());
  auto later = world_.poll(queue_, seconds(20));
  EXPECT_TRUE(later->answered);
}

TEST_F(ReceiverTest, StoppingAnswersEverybodyThoughTimeStandsStill) {
  auto first = world_.poll(queue_, seconds(20));
  auto second = world_.poll(queue_, seconds(20));
  world_.service->stop();
  EXPECT_TRUE(first->answered);
  EXPECT_TRUE(second->answered);
  auto later = world_.poll(queue_, seconds(20));
  EXPECT_TRUE(later->answered);
  EXPECT_EQ(world_.timers.pending(), 0u);
}

TEST_F(ReceiverTest, APolicyGivenWhileItWaitsMovesMessages) {
  QueuePtr dead = world_.create("dead");
  world_.send(queue_, {"a"});
  ASSERT_EQ(world_.receive(queue_).size(), 1u);
  auto poll = world_.poll(queue_, seconds(20));
  auto dead_poll = world_.poll(dead, seconds(20));
  Outcome<aws::Result<QueuePtr>> outcome;
  world_.service->catalog().update(
      aws::RequestContext(), queue_,
      [&dead](Queue& queue) {
        queue.attributes["RedrivePolicy"] =
            R"({"maxReceiveCount":1,"deadLetterTargetArn":")" + dead->arn() + R"("})";
      },
      outcome.done());
  ASSERT_TRUE(outcome.get());
  EXPECT_EQ(world_.timers.clock().now() + seconds(30), world_.look(queue_).next_visible);
  auto late_poll = world_.poll(queue_, seconds(20));
  world_.timers.advance(seconds(15));
  auto last_poll = world_.poll(queue_, seconds(20));
  world_.timers.advance(seconds(15));
  EXPECT_THAT(bodies_of(dead_poll->messages), IsEmpty()) << "it waited for 20 seconds only";
  EXPECT_FALSE(last_poll->answered);
  EXPECT_THAT(bodies_of(world_.poll(dead, seconds(0))->messages), ElementsAre("a"));
}

TEST_F(ReceiverTest, AQueueThatIsItsOwnDeadLetterQueueMovesNothing) {
  Outcome<aws::Result<QueuePtr>> outcome;
  world_.service->catalog().update(
      aws::RequestContext(), queue_,
      [](Queue& queue) {
        queue.attributes["RedrivePolicy"] =
            R"({"maxReceiveCount":1,"deadLetterTargetArn":")" + queue.arn() + R"("})";
      },
      outcome.done());
  ASSERT_TRUE(outcome.get());
  world_.send(queue_, {"a"});
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(bodies_of(world_.poll(queue_, seconds(0))->messages), ElementsAre("a"));
    world_.timers.advance(seconds(30));
  }
}

// Time stands still, so a wake-up that is lost is never made up for: the test would not end.
TEST(ReceiverThreads, NoMessageIsLostOrGivenTwice) {
  constexpr int kSenders = 2;
  constexpr int kReceivers = 3;
  constexpr int kMessages = 60;  // of each sender
  engine::rocks::TemporaryDirectory directory;
  QueueWorld world(directory.path());
  QueuePtr queue = world.create("jobs");
  std::mutex mutex;
  std::multiset<std::string> received;
  std::promise<void> all_received;
  auto receive_until_stopped = [&] {
    while (true) {
      Outcome<engine::Result<std::vector<Message>>> outcome;
      ReceiveOptions options;
      options.messages_max = 2;
      world.service->receiver().receive(queue, options, seconds(20), outcome.done());
      auto messages = outcome.get().value();
      if (messages.empty()) return;
      std::lock_guard lock(mutex);
      for (const Message& message : messages) received.insert(message.content.body);
      if (received.size() == kSenders * kMessages) all_received.set_value();
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kReceivers; ++i) threads.emplace_back(receive_until_stopped);
  for (int sender = 0; sender < kSenders; ++sender) {
    threads.emplace_back([&world, &queue, sender] {
      for (int i = 0; i < kMessages; ++i) {
        OutgoingMessage message;
        message.id = "id";
        message.content.body = std::to_string(sender) + '/' + std::to_string(i);
        Outcome<engine::Result<void>> outcome;
        world.service->store().send(queue, {message}, outcome.done());
        EXPECT_TRUE(outcome.get());
      }
    });
  }
  all_received.get_future().get();
  world.service->stop();
  for (std::thread& thread : threads) thread.join();
  std::lock_guard lock(mutex);
  EXPECT_EQ(std::set<std::string>(received.begin(), received.end()).size(), received.size());
}

}  // namespace
}  // namespace millrace::sqs
