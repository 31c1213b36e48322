// Copying everything that an engine keeps, and putting it back.
#include "engine/engine_conformance.h"

namespace millrace::engine {

namespace {

constexpr CellId kStarted{2003};
constexpr CellId kContinued{2004};
constexpr size_t kBytesMax = 1 << 20;

Result<Lease> lease_and_wait(Engine& engine, CellId cell, const std::string& owner) {
  Outcome<Result<Lease>> outcome;
  engine.lease(cell, owner, std::chrono::minutes(5),
               [&](Result<Lease> lease) { outcome.set(std::move(lease)); });
  return outcome.wait();
}

// Whether a transaction of this id has been committed before.
bool is_replayed(Engine& engine, CellId cell, const std::string& id) {
  auto result = transact_and_wait(engine, TransactOptions{id, {cell}, {}},
                                  [](Transaction&) { return Result<bool>(true); });
  return result && result->replayed;
}

std::string text(const Contents& contents) {
  std::string text;
  for (const Row& row : contents.rows) text += row.key + '=' + row.value + ' ';
  for (const auto& log : contents.logs) {
    text += std::to_string(static_cast<uint64_t>(log.cell)) + '@' + std::to_string(log.before);
    for (const std::string& record : log.records) text += ',' + record;
    text += ' ';
  }
  for (const auto& held : contents.leases) {
    text += held.owner + '#' + std::to_string(held.lease.epoch) + ' ';
  }
  for (const auto& id : contents.transaction_ids) text += id.id + ' ';
  return text;
}

void change(Engine& engine, CellId cell, const std::function<void(Transaction&)>& changes) {
  auto committed = transact_and_wait(engine, TransactOptions{{}, {cell}, {}},
                                     [&](Transaction& transaction) -> Result<bool> {
                                       changes(transaction);
                                       return true;
                                     });
  ASSERT_TRUE(committed);
}

// Some of everything.
void fill(EngineUnderTest& under_test, CellId cell, CellId other) {
  Engine& engine = under_test.engine();
  change(engine, other, [&](Transaction& transaction) { transaction.put(other, "b", "2"); });
  change(engine, cell, [&](Transaction& transaction) {
    transaction.put(cell, "a", "1");
    transaction.put(cell, "c", "3");
    for (int i = 1; i <= 5; ++i) transaction.append(cell, "r" + std::to_string(i));
  });
  change(engine, other, [&](Transaction& transaction) { transaction.erase(other, "b"); });
  ASSERT_TRUE(engine.log_trim(cell, 3));
  change(engine, kStarted, [](Transaction& transaction) { transaction.start_log(kStarted, 7); });
  change(engine, kContinued, [](Transaction& transaction) {
    transaction.start_log(kContinued, 20);
    transaction.append(kContinued, "s21");
  });
  ASSERT_TRUE(lease_and_wait(engine, cell, "first"));
  under_test.timers().advance(std::chrono::minutes(6));
  ASSERT_TRUE(lease_and_wait(engine, cell, "second"));
  EXPECT_FALSE(is_replayed(engine, cell, "an id"));
  EXPECT_FALSE(is_replayed(engine, other, "another id"));
}

constexpr const char* kFilled =
    "a=1 c=3 2001@3,r4,r5 2003@7 2004@20,s21 second#2 an id another id ";

std::string copied(Engine& engine) {
  auto contents = engine.copy(kBytesMax);
  return contents ? text(*contents) : contents.error().message;
}

}  // namespace

TEST_P(EngineConformance, ACopyHasEverything) {
  EXPECT_EQ(copied(engine()), "");
  fill(under_test(), kCell, kOther);
  EXPECT_EQ(copied(engine()), kFilled);
}

TEST_P(EngineConformance, AReplacedEngineGoesOnFromThere) {
  fill(under_test(), kCell, kOther);
  auto contents = engine().copy(kBytesMax);
  ASSERT_TRUE(contents);
  // Later changes are not in the copy.
  put(kCell, "d", "4");
  append(kCell, "r6");
  Timestamp then = under_test().timers().clock().now();

  under_test_ = GetParam().open();
  under_test().timers().advance(then - under_test().timers().clock().now());
  ASSERT_TRUE(engine().replace(*contents));
  EXPECT_EQ(copied(engine()), kFilled);
  EXPECT_EQ(get(kCell, "c"), "3");
  EXPECT_EQ(get(kCell, "d"), std::nullopt);
  EXPECT_EQ(outcome_of(engine().log_read(kCell, 2, {})), to_string(ErrorCode::kTooOld));
  EXPECT_EQ(log_text(kCell, 3), "4:r4 5:r5");
  EXPECT_EQ(append(kCell, "again"), 6u);
  EXPECT_EQ(append(kStarted, "first"), 8u);
  EXPECT_EQ(append(kContinued, "next"), 22u);
  EXPECT_EQ(log_text(kStarted, 7), "8:first");
  EXPECT_EQ(outcome_of(lease_and_wait(engine(), kCell, "third")), to_string(ErrorCode::kConflict));
  EXPECT_EQ(lease_and_wait(engine(), kCell, "second")->epoch, 2u);
  EXPECT_TRUE(is_replayed(engine(), kCell, "an id"));
  EXPECT_FALSE(is_replayed(engine(), kCell, "a third id"));
}

TEST_P(EngineConformance, ReplacingForgetsWhatWasThere) {
  if (!under_test().keeps_data()) return;
  fill(under_test(), kCell, kOther);
  under_test().reopen();
  Contents contents;
  contents.rows.push_back({"z", "26"});
  ASSERT_TRUE(engine().replace(contents));
  EXPECT_EQ(copied(engine()), "z=26 ");
  under_test().reopen();
  EXPECT_EQ(copied(engine()), "z=26 ");
  EXPECT_EQ(append(kCell, "first"), 1u);
  EXPECT_EQ(lease_and_wait(engine(), kCell, "third")->epoch, 1u);
  EXPECT_FALSE(is_replayed(engine(), kCell, "an id"));
}

TEST_P(EngineConformance, ReplacedContentsAreKept) {
  if (!under_test().keeps_data()) return;
  fill(under_test(), kCell, kOther);
  auto contents = engine().copy(kBytesMax);
  under_test().reopen();
  ASSERT_TRUE(engine().replace(*contents));
  under_test().reopen();
  EXPECT_EQ(copied(engine()), kFilled);
  EXPECT_EQ(append(kCell, "r6"), 6u);
}

TEST_P(EngineConformance, ReplacedContentsSurviveAPowerCut) {
  if (!under_test().has_faults()) GTEST_SKIP() << "this engine cannot be made to fail";
  fill(under_test(), kCell, kOther);
  auto contents = engine().copy(kBytesMax);
  put(kCell, "d", "4");
  under_test().reopen();
  ASSERT_TRUE(engine().replace(*contents));
  under_test().crash_and_reopen();
  EXPECT_EQ(copied(engine()), kFilled);
}

TEST_P(EngineConformance, ReplacingThatFailsChangesNothing) {
  if (!under_test().has_faults()) GTEST_SKIP() << "this engine cannot be made to fail";
  fill(under_test(), kCell, kOther);
  under_test().reopen();
  under_test().fail_writes();
  EXPECT_EQ(outcome_of(engine().replace({})), to_string(ErrorCode::kUnavailable));
  EXPECT_EQ(outcome_of(engine().copy(kBytesMax)), to_string(ErrorCode::kUnavailable));
  under_test().crash_and_reopen();
  EXPECT_EQ(copied(engine()), kFilled);
}

TEST_P(EngineConformance, ACopyIsBounded) {
  put(kCell, "key", std::string(1000, 'x'));
  EXPECT_EQ(outcome_of(engine().copy(1000)), to_string(ErrorCode::kTooLarge));
  EXPECT_TRUE(engine().copy(1100));
}

}  // namespace millrace::engine
