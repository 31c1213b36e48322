// Transaction ids, leases and fences.
#include <thread>

#include "engine/engine_conformance.h"

namespace millrace::engine {

namespace {

Result<Lease> lease_and_wait(Engine& engine, CellId cell, const std::string& owner, Duration ttl) {
  Outcome<Result<Lease>> outcome;
  engine.lease(cell, owner, ttl, [&](Result<Lease> lease) { outcome.set(std::move(lease)); });
  return outcome.wait();
}

}  // namespace

TEST_P(EngineConformance, AnIdRunsOnce) {
  int runs = 0;
  auto call = [&](const std::string& id) {
    return transact(TransactOptions{id, {kCell}, {}}, [&](Transaction& transaction) {
      ++runs;
      transaction.append(kCell, id);
      return Result<bool>(true);
    });
  };
  EXPECT_FALSE(call("x")->replayed);
  EXPECT_TRUE(call("x")->replayed);
  EXPECT_FALSE(call("y")->replayed);
  if (under_test().keeps_data()) under_test().reopen();
  EXPECT_TRUE(call("x")->replayed);
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(log_text(kCell, 0), "1:x 2:y");
}

TEST_P(EngineConformance, AnIdOfAFailedTransactionIsFree) {
  auto refused =
      transact(TransactOptions{"x", {kCell}, {}}, [](Transaction&) { return Result<bool>(false); });
  EXPECT_EQ(outcome_of(refused), to_string(ErrorCode::kAborted));
  auto done =
      transact(TransactOptions{"x", {kCell}, {}}, [](Transaction&) { return Result<bool>(true); });
  EXPECT_FALSE(done->replayed);
  // That one has written nothing, but it has committed.
  EXPECT_TRUE(transact(TransactOptions{"x", {kCell}, {}}, [](Transaction&) {
                return Result<bool>(true);
              })->replayed);
}

TEST_P(EngineConformance, IdsAreRememberedForTenMinutes) {
  auto call = [&](const std::string& id) {
    return transact(TransactOptions{id, {kCell}, {}},
                    [&](Transaction& transaction) {
                      transaction.append(kCell, id);
                      return Result<bool>(true);
                    })
        ->replayed;
  };
  EXPECT_FALSE(call("x"));
  under_test().timers().advance(std::chrono::minutes(9));
  for (int i = 0; i < 300; ++i) EXPECT_FALSE(call("other " + std::to_string(i)));
  under_test().timers().advance(std::chrono::seconds(59));
  EXPECT_TRUE(call("x"));
  EXPECT_TRUE(call("other 299"));
}

TEST_P(EngineConformance, ConcurrentCallsWithOneIdRunOnce) {
  constexpr int kThreads = 8;
  for (int round = 0; round < 10; ++round) {
    std::string id = "round " + std::to_string(round);
    std::atomic<int> runs = 0, fresh = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        // Different cells: it is the id alone that keeps them apart.
        CellId cell{4000 + static_cast<uint64_t>(i)};
        auto done = transact(TransactOptions{id, {cell}, {}}, [&](Transaction& transaction) {
          ++runs;
          transaction.append(cell, id);
          return Result<bool>(true);
        });
        if (done && !done->replayed) ++fresh;
      });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(fresh, 1);
  }
}

TEST_P(EngineConformance, LeasesPassOnWhenTheyExpire) {
  auto ttl = std::chrono::seconds(10);
  auto& timers = under_test().timers();
  auto first = lease_and_wait(engine(), kCell, "a", ttl);
  ASSERT_EQ(outcome_of(first), "ok");
  EXPECT_EQ(first->expires, timers.clock().now() + ttl);
  EXPECT_EQ(outcome_of(lease_and_wait(engine(), kCell, "b", ttl)), to_string(ErrorCode::kConflict));
  EXPECT_EQ(outcome_of(lease_and_wait(engine(), kOther, "b", ttl)), "ok");
  timers.advance(std::chrono::seconds(9));
  auto renewed = lease_and_wait(engine(), kCell, "a", ttl);
  ASSERT_EQ(outcome_of(renewed), "ok");
  EXPECT_EQ(renewed->epoch, first->epoch);
  timers.advance(std::chrono::seconds(9));
  EXPECT_EQ(outcome_of(lease_and_wait(engine(), kCell, "b", ttl)), to_string(ErrorCode::kConflict));
  if (under_test().keeps_data()) under_test().reopen();
  timers.advance(std::chrono::seconds(1));
  auto taken = lease_and_wait(engine(), kCell, "b", ttl);
  ASSERT_EQ(outcome_of(taken), "ok");
  EXPECT_GT(taken->epoch, first->epoch);
  EXPECT_EQ(outcome_of(lease_and_wait(engine(), kCell, "a", ttl)), to_string(ErrorCode::kConflict));
}

TEST_P(EngineConformance, FencesKeepFormerOwnersOut) {
  auto ttl = std::chrono::seconds(10);
  auto write = [&](uint64_t epoch) {
    return outcome_of(
        transact(TransactOptions{{}, {kCell}, {{kOther, epoch}}}, [&](Transaction& transaction) {
          transaction.append(kCell, std::to_string(epoch));
          transaction.put(kOther, "fences lock their cell too", "");
          return Result<bool>(true);
        }));
  };
  std::string fenced(to_string(ErrorCode::kFenced));
  EXPECT_EQ(write(1), fenced);
  auto first = lease_and_wait(engine(), kOther, "a", ttl);
  EXPECT_EQ(write(first->epoch), "ok");
  EXPECT_EQ(write(first->epoch + 1), fenced);
  under_test().timers().advance(std::chrono::seconds(11));
  EXPECT_EQ(write(first->epoch), "ok");  // expired, but nobody has taken it
  auto second = lease_and_wait(engine(), kOther, "b", ttl);
  EXPECT_EQ(write(first->epoch), fenced);
  EXPECT_EQ(write(second->epoch), "ok");
  EXPECT_EQ(engine().log_range(kCell)->last, 3u);
}

TEST_P(EngineConformance, OneOfManyGetsTheLease) {
  constexpr int kThreads = 8;
  std::atomic<int> granted = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      if (lease_and_wait(engine(), kCell, std::to_string(i), std::chrono::seconds(1))) ++granted;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(granted, 1);
}

}  // namespace millrace::engine
