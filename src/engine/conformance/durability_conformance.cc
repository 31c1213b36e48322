// What may be seen before it is durable (nothing), and what is left after a failure.
#include <map>
#include <string>

#include "base/random.h"
#include "engine/engine_conformance.h"

namespace millrace::engine {

namespace {

// A transact() under way, whose completion is looked at without waiting.
struct Pending {
  Outcome<Result<Committed>> outcome;
  void start(Engine& engine, std::vector<CellId> cells, std::function<void(Transaction&)> changes) {
    engine.transact(
        {{}, std::move(cells), {}},
        [changes = std::move(changes)](Transaction& transaction) {
          changes(transaction);
          return Result<bool>(true);
        },
        [this](Result<Committed> done) { outcome.set(std::move(done)); });
  }
};

struct PendingRead {
  Outcome<Result<void>> outcome;
  std::string seen;
  void start(Engine& engine, CellId cell, std::function<Result<std::string>(Reader&)> read) {
    engine.snapshot(
        {cell},
        [this, read = std::move(read)](Reader& reader) -> Result<void> {
          MILLRACE_TRY(seen, read(reader));
          return {};
        },
        [this](Result<void> done) { outcome.set(std::move(done)); });
  }
};

Result<std::string> read_row(Reader& reader, CellId cell, const std::string& key) {
  MILLRACE_TRY(auto row, reader.get(cell, key));
  return row.value_or("nothing");
}

}  // namespace

#define SKIP_WITHOUT_FAULTS() \
  if (!under_test().has_faults()) GTEST_SKIP() << "this engine cannot be made to fail"

TEST_P(EngineConformance, NothingIsSeenBeforeItIsDurable) {
  SKIP_WITHOUT_FAULTS();
  put(kCell, "old", "1");
  put(kCell, "gone", "1");
  append(kCell, "first");
  under_test().hold_syncs();
  Pending write;
  write.start(engine(), {kCell}, [&](Transaction& transaction) {
    transaction.put(kCell, "new", "2");
    transaction.put(kCell, "old", "2");
    transaction.erase(kCell, "gone");
    transaction.append(kCell, "second");
  });
  Outcome<bool> woken;
  engine().wait({{kCell, 1}}, std::nullopt, [&] { woken.set(true); });
  PendingRead row, changed, absence, whole, end;
  row.start(engine(), kCell, [&](Reader& r) { return read_row(r, kCell, "new"); });
  changed.start(engine(), kCell, [&](Reader& r) { return read_row(r, kCell, "old"); });
  absence.start(engine(), kCell, [&](Reader& r) { return read_row(r, kCell, "gone"); });
  whole.start(engine(), kCell, [&](Reader& r) -> Result<std::string> {
    return rows_text(r, {kCell}, {.begin = "gone", .end = "gonf"});
  });
  end.start(engine(), kCell, [&](Reader& r) -> Result<std::string> {
    MILLRACE_TRY(auto position, r.log_end(kCell));
    return std::to_string(position);
  });
  EXPECT_EQ(log_text(kCell, 0), "1:first");
  EXPECT_EQ(log_text(kCell, 1), "");
  EXPECT_EQ(engine().log_range(kCell)->last, 1u);
  for (auto* read : {&row, &changed, &absence, &whole, &end}) {
    EXPECT_FALSE(read->outcome.is_set());
  }
  EXPECT_FALSE(write.outcome.is_set());
  EXPECT_FALSE(woken.is_set());
  under_test().release_syncs();
  EXPECT_EQ(outcome_of(write.outcome.wait()), "ok");
  for (auto* read : {&row, &changed, &absence, &whole, &end}) {
    EXPECT_EQ(outcome_of(read->outcome.wait()), "ok");
  }
  EXPECT_TRUE(woken.wait());
  EXPECT_EQ(row.seen, "2");
  EXPECT_EQ(changed.seen, "2");
  EXPECT_EQ(absence.seen, "nothing");
  EXPECT_EQ(whole.seen, "");
  EXPECT_EQ(end.seen, "2");
  EXPECT_EQ(log_text(kCell, 1), "2:second");
}

TEST_P(EngineConformance, AnswersOfTransactionsWaitForWhatTheyHaveSeen) {
  SKIP_WITHOUT_FAULTS();
  under_test().hold_syncs();
  Pending write, dependent;
  write.start(engine(), {kCell}, [&](Transaction& t) { t.put(kCell, "a", "1"); });
  Outcome<Result<Committed>> refused, nothing_written;
  std::string seen;
  auto read = [&](bool apply) {
    return [&, apply](Transaction& transaction) -> Result<bool> {
      MILLRACE_TRY(seen, read_row(transaction, kCell, "a"));
      return apply;
    };
  };
  engine().transact({{}, {kCell}, {}}, read(false),
                    [&](Result<Committed> done) { refused.set(std::move(done)); });
  EXPECT_EQ(seen, "1");  // a transaction may build on what is not durable yet
  engine().transact({{}, {kCell}, {}}, read(true),
                    [&](Result<Committed> done) { nothing_written.set(std::move(done)); });
  dependent.start(engine(), {kCell, kOther}, [&](Transaction& t) { t.put(kOther, "b", seen); });
  EXPECT_FALSE(refused.is_set() || nothing_written.is_set() || dependent.outcome.is_set());
  under_test().release_syncs();
  EXPECT_EQ(outcome_of(refused.wait()), to_string(ErrorCode::kAborted));
  EXPECT_EQ(outcome_of(nothing_written.wait()), "ok");
  EXPECT_EQ(outcome_of(dependent.outcome.wait()), "ok");
  EXPECT_EQ(get(kOther, "b"), "1");
}

TEST_P(EngineConformance, DurableRowsAreReadWhileASyncIsUnderWay) {
  SKIP_WITHOUT_FAULTS();
  put(kCell, "durable", "1");
  append(kCell, "first");
  under_test().hold_syncs();
  Pending write;
  write.start(engine(), {kCell}, [&](Transaction& transaction) {
    transaction.put(kCell, "pending", "1");
    transaction.append(kCell, "second");
  });
  EXPECT_EQ(get(kCell, "durable"), "1");
  EXPECT_EQ(get(kOther, "absent"), std::nullopt);
  EXPECT_EQ(log_text(kCell, 0), "1:first");
  under_test().release_syncs();
  EXPECT_EQ(outcome_of(write.outcome.wait()), "ok");
}

TEST_P(EngineConformance, ReplaysAnswerOnlyWhenTheFirstIsDurable) {
  SKIP_WITHOUT_FAULTS();
  under_test().hold_syncs();
  Outcome<Result<Committed>> first, second;
  for (auto* outcome : {&first, &second}) {
    engine().transact(
        {"id", {kCell}, {}},
        [&](Transaction& transaction) {
          transaction.append(kCell, "once");
          return Result<bool>(true);
        },
        [outcome](Result<Committed> done) { outcome->set(std::move(done)); });
  }
  EXPECT_FALSE(first.is_set() || second.is_set());
  under_test().release_syncs();
  EXPECT_FALSE(first.wait()->replayed);
  EXPECT_TRUE(second.wait()->replayed);
  EXPECT_EQ(log_text(kCell, 0), "1:once");
}

TEST_P(EngineConformance, ACrashKeepsWhatWasAcknowledgedAndNothingElse) {
  SKIP_WITHOUT_FAULTS();
  for (int i = 1; i <= 3; ++i) {
    put(kCell, "key" + std::to_string(i), "kept");
    append(kCell, "r" + std::to_string(i));
  }
  under_test().hold_syncs();
  Pending lost;
  lost.start(engine(), {kCell, kOther}, [&](Transaction& transaction) {
    transaction.put(kCell, "key1", "lost");
    transaction.erase(kCell, "key2");
    transaction.put(kOther, "other", "lost");
    transaction.append(kCell, "lost");
  });
  EXPECT_FALSE(lost.outcome.is_set());
  under_test().crash_and_reopen();
  EXPECT_NE(outcome_of(lost.outcome.wait()), "ok");
  EXPECT_EQ(rows_text(range({kCell, kOther}, {})), "key1=kept key2=kept key3=kept");
  EXPECT_EQ(log_text(kCell, 0), "1:r1 2:r2 3:r3");
  EXPECT_EQ(append(kCell, "r4"), 4u);
  under_test().crash_and_reopen();
  EXPECT_EQ(log_text(kCell, 3), "4:r4");
}

// Writers are cut off in the middle of their work, again and again, and part of what was not
// durable reaches the disk.
TEST_P(EngineConformance, CrashesLeaveWholeTransactions) {
  SKIP_WITHOUT_FAULTS();
  constexpr int kWriters = 3;
  SeededRandom random(99);
  int attempted[kWriters] = {}, acknowledged[kWriters] = {};
  auto write = [&](int writer, Pending& pending) {
    pending.start(engine(), {kCell, kOther},
                  [writer, number = ++attempted[writer]](Transaction& transaction) {
                    std::string name = "writer" + std::to_string(writer);
                    transaction.put(kCell, name, std::to_string(number));
                    transaction.append(kOther, name + "=" + std::to_string(number));
                    transaction.put(kOther, "other " + name, std::to_string(number));
                    transaction.append(kCell, std::string(100, 'x'));
                  });
  };
  for (int crash = 0; crash < 12; ++crash) {
    for (uint64_t round = random.below(5); round > 0; --round) {
      Pending pending[kWriters];
      for (int writer = 0; writer < kWriters; ++writer) write(writer, pending[writer]);
      for (int writer = 0; writer < kWriters; ++writer) {
        ASSERT_EQ(outcome_of(pending[writer].outcome.wait()), "ok");
        acknowledged[writer] = attempted[writer];
      }
    }
    under_test().hold_syncs();
    Pending pending[2 * kWriters];
    for (int i = 0; i < 2 * kWriters; ++i) write(i % kWriters, pending[i]);
    under_test().crash_and_reopen(random.below(1000));
    for (auto& lost : pending) EXPECT_EQ(outcome_of(lost.outcome.wait()), "unknown outcome");
    std::map<std::string, int> in_log;
    Position position = 0;
    auto page = engine().log_read(kOther, 0, {});
    ASSERT_EQ(outcome_of(page), "ok");
    for (const LogRecord& record : page->records) {
      ASSERT_EQ(record.position, ++position);
      auto equals = record.record.find('=');
      ASSERT_EQ(std::stoi(record.record.substr(equals + 1)),
                ++in_log[record.record.substr(0, equals)]);
    }
    EXPECT_EQ(engine().log_range(kCell)->last, position);
    for (int writer = 0; writer < kWriters; ++writer) {
      std::string name = "writer" + std::to_string(writer);
      EXPECT_GE(in_log[name], acknowledged[writer]);
      EXPECT_LE(in_log[name], attempted[writer]);
      attempted[writer] = acknowledged[writer] = in_log[name];
      EXPECT_EQ(get(kCell, name).value_or("0"), std::to_string(in_log[name]));
      EXPECT_EQ(get(kOther, "other " + name).value_or("0"), std::to_string(in_log[name]));
    }
  }
}

TEST_P(EngineConformance, AFailedWriteStopsTheEngine) {
  SKIP_WITHOUT_FAULTS();
  put(kCell, "a", "1");
  append(kCell, "r");
  under_test().fail_writes();
  auto failed = transact({kCell}, [&](Transaction& t) { t.put(kCell, "a", "2"); });
  EXPECT_EQ(outcome_of(failed), to_string(ErrorCode::kUnknown));
  std::string unavailable(to_string(ErrorCode::kUnavailable));
  EXPECT_EQ(outcome_of(transact({kOther}, [&](Transaction& t) { t.put(kOther, "b", "1"); })),
            unavailable);
  EXPECT_EQ(
      outcome_of(snapshot_and_wait(engine(), {kCell}, [](Reader&) { return Result<void>(); })),
      unavailable);
  EXPECT_EQ(outcome_of(engine().log_read(kCell, 0, {})), unavailable);
  EXPECT_EQ(outcome_of(engine().log_range(kCell)), unavailable);
  EXPECT_EQ(outcome_of(engine().log_trim(kCell, 1)), unavailable);
  Outcome<Result<Lease>> lease;
  engine().lease(kCell, "a", std::chrono::seconds(1),
                 [&](Result<Lease> taken) { lease.set(std::move(taken)); });
  EXPECT_EQ(outcome_of(lease.wait()), unavailable);
  under_test().crash_and_reopen();
  EXPECT_EQ(under_test().fatal_reports(), 1);
  EXPECT_EQ(get(kCell, "a"), "1");
  EXPECT_EQ(log_text(kCell, 0), "1:r");
}

TEST_P(EngineConformance, AFailureEndsWhoeverWaits) {
  SKIP_WITHOUT_FAULTS();
  under_test().hold_syncs();
  Pending write;
  write.start(engine(), {kCell}, [&](Transaction& t) { t.put(kCell, "a", "1"); });
  PendingRead read;
  read.start(engine(), kCell, [&](Reader& r) { return read_row(r, kCell, "a"); });
  under_test().fail_writes();
  under_test().release_syncs();
  EXPECT_EQ(outcome_of(write.outcome.wait()), to_string(ErrorCode::kUnknown));
  EXPECT_EQ(outcome_of(read.outcome.wait()), to_string(ErrorCode::kUnavailable));
}

}  // namespace millrace::engine
