#include "sqs/queue_destination.h"

#include <gmock/gmock.h>

#include "sqs/testing.h"

namespace millrace::sqs {
namespace {

class QueueDestinationTest : public ::testing::Test {
 protected:
  bool send(const std::string& arn, std::string body) {
    Outcome<bool> outcome;
    destination_.send({arn, std::move(body), "payload"}, outcome.done());
    return outcome.get();
  }
  QueueWorld world_;
  QueueDestination destination_{*world_.service};
};

TEST_F(QueueDestinationTest, TakesQueuesOnly) {
  EXPECT_TRUE(destination_.accepts("arn:aws:sqs:us-east-1:000000000000:dead"));
  EXPECT_FALSE(destination_.accepts("arn:aws:sns:us-east-1:000000000000:dead"));
  EXPECT_FALSE(destination_.accepts("dead"));
}

TEST_F(QueueDestinationTest, SendsToTheQueueOfTheArn) {
  world_.create("dead");
  aws::RequestContext elsewhere;
  elsewhere.account = "111111111111";
  elsewhere.region = "eu-west-1";
  Outcome<aws::Result<QueuePtr>> outcome;
  world_.service->catalog().create(elsewhere, "dead", {}, {}, outcome.done());
  QueuePtr queue = outcome.get().value();
  EXPECT_TRUE(send("arn:aws:sqs:eu-west-1:111111111111:dead", R"({"a":1})"));
  EXPECT_EQ(bodies_of(world_.receive(queue)), std::vector<std::string>{R"({"a":1})"});
  EXPECT_TRUE(world_.receive(world_.find("dead")).empty());
}

TEST_F(QueueDestinationTest, TellsThatThereIsNoSuchQueue) {
  EXPECT_FALSE(send("arn:aws:sqs:us-east-1:000000000000:dead", "{}"));
}

TEST_F(QueueDestinationTest, TellsThatTheMessageIsTooLarge) {
  world_.create("small", {{"MaximumMessageSize", "1024"}});
  EXPECT_FALSE(send("arn:aws:sqs:us-east-1:000000000000:small", std::string(1025, 'x')));
  EXPECT_TRUE(send("arn:aws:sqs:us-east-1:000000000000:small", std::string(1024, 'x')));
}

}  // namespace
}  // namespace millrace::sqs
