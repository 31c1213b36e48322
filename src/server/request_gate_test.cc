#include "server/request_gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "aws/admin_routes.h"

namespace millrace::server {
namespace {

using std::chrono::milliseconds;

class RequestGateTest : public ::testing::Test {
 protected:
  void send() {
    gate.handle({}, [this](aws::HttpResponse response) { statuses.push_back(response.status); });
  }
  void answer() {
    inside.back()({});
    inside.pop_back();
  }

  std::vector<aws::HttpRespond> inside;
  std::vector<int> statuses;
  RequestGate gate{
      [this](aws::HttpRequest, aws::HttpRespond respond) { inside.push_back(std::move(respond)); }};
};

TEST_F(RequestGateTest, HoldsUntilItIsOpened) {
  send();
  send();
  EXPECT_TRUE(inside.empty());
  gate.open();
  EXPECT_EQ(inside.size(), 2u);
  send();
  EXPECT_EQ(inside.size(), 3u);
  EXPECT_TRUE(statuses.empty());
  inside.clear();
}

TEST_F(RequestGateTest, HoldsABoundedNumber) {
  for (int i = 0; i < 1002; ++i) send();
  EXPECT_EQ(statuses, std::vector<int>({503, 503}));
}

TEST_F(RequestGateTest, RefusesWhileItIsToldTo) {
  gate.open();
  gate.refuse();
  send();
  EXPECT_EQ(statuses, std::vector<int>({503}));
  gate.hold();
  send();
  EXPECT_EQ(statuses.size(), 1u);
  gate.open();
  EXPECT_EQ(inside.size(), 1u);
  inside.clear();
}

TEST_F(RequestGateTest, DrainsWhenAllAreAnswered) {
  gate.open();
  EXPECT_TRUE(gate.drain(milliseconds(0)));
  send();
  send();
  gate.refuse();
  EXPECT_FALSE(gate.drain(milliseconds(0)));
  answer();
  EXPECT_FALSE(gate.drain(milliseconds(0)));
  std::thread last([this] { answer(); });
  EXPECT_TRUE(gate.drain(std::chrono::hours(1)));
  last.join();
  EXPECT_EQ(statuses, std::vector<int>({200, 200}));
}

TEST_F(RequestGateTest, DoesNotWaitForWhoAsksForIt) {
  gate.open();
  send();
  auto token = gate.exempt();
  EXPECT_TRUE(gate.drain(milliseconds(0)));
  send();
  EXPECT_FALSE(gate.drain(milliseconds(0)));
  answer();
  EXPECT_TRUE(gate.drain(milliseconds(0)));
  answer();
  token.reset();
  send();
  EXPECT_FALSE(gate.drain(milliseconds(0)));
  inside.clear();
}

TEST_F(RequestGateTest, WhoIsForgottenIsToldToComeAgain) {
  gate.open();
  send();
  inside.clear();
  EXPECT_EQ(statuses, std::vector<int>({503}));
  EXPECT_TRUE(gate.drain(milliseconds(0)));
}

// However many threads come and answer: once drained, nobody is inside, and everybody is answered.
TEST(RequestGateThreads, NobodyIsInsideOnceItIsDrained) {
  constexpr int kThreads = 4;
  constexpr int kRequests = 500;
  std::atomic<int> inside{0}, answered{0};
  RequestGate gate([&](aws::HttpRequest, aws::HttpRespond respond) {
    ++inside;
    respond({});
    --inside;
  });
  std::vector<std::thread> clients;
  for (int i = 0; i < kThreads; ++i) {
    clients.emplace_back([&] {
      for (int k = 0; k < kRequests; ++k) {
        gate.handle({}, [&](aws::HttpResponse) { ++answered; });
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    gate.open();
    gate.refuse();
    EXPECT_TRUE(gate.drain(std::chrono::hours(1)));
    EXPECT_EQ(inside, 0);
    gate.hold();
    EXPECT_EQ(inside, 0);
  }
  gate.open();
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(answered, kThreads * kRequests);
}

}  // namespace
}  // namespace millrace::server
