// wait() and cancel_wait().
#include <atomic>
#include <thread>

#include "engine/engine_conformance.h"

namespace millrace::engine {

TEST_P(EngineConformance, WakesWhenALogGrows) {
  append(kCell, "a");
  Outcome<bool> woken;
  engine().wait({{kOther, 0}, {kCell, 1}}, std::nullopt, [&] { woken.set(true); });
  put(kCell, "no record", "");
  EXPECT_FALSE(woken.is_set());
  append(kCell, "b");
  EXPECT_TRUE(woken.wait());
  EXPECT_EQ(log_text(kCell, 1), "2:b");
}

TEST_P(EngineConformance, WakesAtOnceIfTheRecordIsThere) {
  append(kCell, "a");
  Outcome<bool> woken;
  WaitId id = engine().wait({{kCell, 0}}, std::nullopt, [&] { woken.set(true); });
  EXPECT_TRUE(woken.wait());
  EXPECT_FALSE(engine().cancel_wait(id));
}

TEST_P(EngineConformance, WakesAtOnceForARecordOfAnEarlierRun) {
  if (!under_test().keeps_data()) GTEST_SKIP() << "this engine keeps nothing";
  append(kCell, "a");
  under_test().reopen();
  Outcome<bool> woken;
  engine().wait({{kCell, 0}}, std::nullopt, [&] { woken.set(true); });
  EXPECT_TRUE(woken.wait());
}

TEST_P(EngineConformance, WakesAtTheDeadline) {
  auto& timers = under_test().timers();
  Timestamp start = timers.clock().now();
  Outcome<bool> woken;
  engine().wait({{kCell, 0}}, start + std::chrono::seconds(5), [&] { woken.set(true); });
  timers.advance(std::chrono::milliseconds(4999));
  EXPECT_FALSE(woken.is_set());
  timers.advance(std::chrono::milliseconds(1));
  EXPECT_TRUE(woken.wait());
  Outcome<bool> late;
  engine().wait({{kCell, 0}}, start, [&] { late.set(true); });
  EXPECT_TRUE(late.wait());
}

TEST_P(EngineConformance, ACancelledWaitDoesNotWake) {
  Timestamp deadline = under_test().timers().clock().now() + std::chrono::seconds(5);
  std::atomic<int> woken = 0;
  WaitId id = engine().wait({{kCell, 0}, {kCell, 3}}, deadline, [&] { ++woken; });
  EXPECT_TRUE(engine().cancel_wait(id));
  EXPECT_FALSE(engine().cancel_wait(id));
  EXPECT_FALSE(engine().cancel_wait(12345));
  EXPECT_EQ(under_test().timers().pending(), 0u);
  // A later waiter of the same log marks the time at which the cancelled one would have been woken.
  Outcome<bool> other;
  engine().wait({{kCell, 0}}, std::nullopt, [&] { other.set(true); });
  append(kCell, "a");
  EXPECT_TRUE(other.wait());
  under_test().timers().advance(std::chrono::seconds(6));
  EXPECT_EQ(woken, 0);
}

TEST_P(EngineConformance, AWaiterIsWokenOnce) {
  Timestamp deadline = under_test().timers().clock().now() + std::chrono::seconds(5);
  std::atomic<int> woken = 0;
  Outcome<bool> first;
  engine().wait({{kCell, 0}, {kOther, 0}, {kCell, 0}}, deadline, [&] {
    ++woken;
    first.set(true);
  });
  append(kCell, "a");
  append(kOther, "a");
  EXPECT_TRUE(first.wait());
  under_test().timers().advance(std::chrono::seconds(6));
  Outcome<bool> other;
  engine().wait({{kCell, 0}}, std::nullopt, [&] { other.set(true); });
  EXPECT_TRUE(other.wait());
  EXPECT_EQ(woken, 1);
}

TEST_P(EngineConformance, WakesMayCallTheEngine) {
  Outcome<std::string> seen;
  engine().wait({{kCell, 0}}, std::nullopt, [&] {
    auto page = engine().log_read(kCell, 0, {});
    std::string record = page ? page->records.at(0).record : "?";
    engine().transact(
        {{}, {kOther}, {}},
        [&, record](Transaction& transaction) {
          transaction.put(kOther, "seen", record);
          return Result<bool>(true);
        },
        [&, record](Result<Committed> done) { seen.set(done ? record : "failed"); });
  });
  append(kCell, "a");
  EXPECT_EQ(seen.wait(), "a");
  EXPECT_EQ(get(kOther, "seen"), "a");
}

TEST_P(EngineConformance, ThousandsOfIdleWaiters) {
  constexpr int kWaiters = 10'000;
  append(kCell, "what the engine schedules for itself is scheduled now");
  size_t timers_before = under_test().timers().pending();
  std::atomic<int> woken = 0;
  std::vector<WaitId> ids;
  for (int i = 0; i < kWaiters; ++i) {
    CellId cell{10'000 + static_cast<uint64_t>(i) % 100};
    ids.push_back(engine().wait({{cell, 0}}, std::nullopt, [&] { ++woken; }));
  }
  append(kCell, "nobody waits for this");
  EXPECT_EQ(woken, 0);
  for (WaitId id : ids) EXPECT_TRUE(engine().cancel_wait(id));
  EXPECT_EQ(under_test().timers().pending(), timers_before);
}

// A reader who waits whenever it has read everything sees every record, however the record's commit
// and the registration fall together.
TEST_P(EngineConformance, NoWakeIsLost) {
  constexpr Position kRecords = 300;
  std::thread reader([&] {
    Position seen = 0;
    while (seen < kRecords) {
      Outcome<bool> woken;
      engine().wait({{kCell, seen}}, std::nullopt, [&] { woken.set(true); });
      woken.wait();
      auto page = engine().log_read(kCell, seen, {});
      ASSERT_EQ(outcome_of(page), "ok");
      for (const LogRecord& record : page->records) ASSERT_EQ(record.position, ++seen);
    }
  });
  for (Position i = 0; i < kRecords; ++i) append(kCell, "r");
  reader.join();
}

}  // namespace millrace::engine
