// Transactions and snapshots over rows.
#include <algorithm>
#include <map>
#include <string>

#include "base/limits.h"
#include "base/random.h"
#include "engine/engine_conformance.h"

namespace millrace::engine {

TEST_P(EngineConformance, KeepsRows) {
  EXPECT_EQ(get(kCell, "a"), std::nullopt);
  put(kCell, "a", "1");
  EXPECT_EQ(get(kCell, "a"), "1");
  put(kCell, "a", "");
  EXPECT_EQ(get(kCell, "a"), "");
  erase(kCell, "a");
  EXPECT_EQ(get(kCell, "a"), std::nullopt);
}

TEST_P(EngineConformance, KeepsAnyBytes) {
  std::string key("\x00\xff\x00", 3), value("\x00\x01\xfe\xff", 4);
  put(kCell, key, value);
  EXPECT_EQ(get(kCell, key), value);
}

TEST_P(EngineConformance, CommitsRowsAndRecordsOfSeveralCellsTogether) {
  auto done = transact({kOther, kCell, kCell}, [&](Transaction& transaction) {
    transaction.put(kCell, "a", "1");
    transaction.put(kOther, "b", "2");
    transaction.append(kCell, "first");
    transaction.append(kOther, "second");
  });
  EXPECT_EQ(outcome_of(done), "ok");
  EXPECT_FALSE(done->replayed);
  EXPECT_EQ(rows_text(range({kCell, kOther}, {})), "a=1 b=2");
  EXPECT_EQ(log_text(kCell, 0), "1:first");
  EXPECT_EQ(log_text(kOther, 0), "1:second");
}

TEST_P(EngineConformance, AppliesNothingWhenTheFunctionSaysSo) {
  put(kCell, "a", "1");
  auto change = [&](Transaction& transaction) {
    transaction.put(kCell, "a", "2");
    transaction.erase(kCell, "a");
    transaction.append(kCell, "lost");
  };
  auto refused = transact(TransactOptions{{}, {kCell}, {}}, [&](Transaction& transaction) {
    change(transaction);
    return Result<bool>(false);
  });
  EXPECT_EQ(outcome_of(refused), to_string(ErrorCode::kAborted));
  auto failed = transact(TransactOptions{{}, {kCell}, {}}, [&](Transaction& transaction) {
    change(transaction);
    return Result<bool>(Unexpected(Error{ErrorCode::kConflict, "mine"}));
  });
  EXPECT_EQ(outcome_of(failed), to_string(ErrorCode::kConflict));
  EXPECT_EQ(failed.error().message, "mine");
  EXPECT_EQ(get(kCell, "a"), "1");
  EXPECT_EQ(append(kCell, "kept"), 1u);
}

TEST_P(EngineConformance, SnapshotPassesOnTheFunctionsError) {
  auto done = snapshot_and_wait(engine(), {kCell}, [](Reader&) -> Result<void> {
    return Unexpected(Error{ErrorCode::kCorrupt, "mine"});
  });
  EXPECT_EQ(outcome_of(done), to_string(ErrorCode::kCorrupt));
}

TEST_P(EngineConformance, TransactionReadsItsOwnWrites) {
  put(kCell, "a", "old");
  auto done = transact({kCell}, [&](Transaction& transaction) {
    EXPECT_EQ(**transaction.get(kCell, "a"), "old");
    transaction.put(kCell, "a", "new");
    EXPECT_EQ(**transaction.get(kCell, "a"), "new");
    transaction.erase(kCell, "a");
    EXPECT_EQ(*transaction.get(kCell, "a"), std::nullopt);
    transaction.put(kCell, "a", "last");
    EXPECT_EQ(*transaction.log_end(kCell), 0u);
    EXPECT_EQ(transaction.append(kCell, "x"), 1u);
    EXPECT_EQ(transaction.append(kCell, "y"), 2u);
    EXPECT_EQ(*transaction.log_end(kCell), 2u);
  });
  EXPECT_EQ(outcome_of(done), "ok");
  EXPECT_EQ(get(kCell, "a"), "last");
}

TEST_P(EngineConformance, RangesInBothDirections) {
  for (const char* key : {"a", "b", "c", "d"}) put(kCell, key, key);
  std::vector<CellId> cells = {kCell};
  EXPECT_EQ(rows_text(range(cells, {})), "a=a b=b c=c d=d");
  EXPECT_EQ(rows_text(range(cells, {.begin = "b", .end = "d"})), "b=b c=c");
  EXPECT_EQ(rows_text(range(cells, {.begin = "b", .end = "d", .reverse = true})), "c=c b=b");
  EXPECT_EQ(rows_text(range(cells, {.begin = "c"})), "c=c d=d");
  EXPECT_EQ(rows_text(range(cells, {.begin = "aa", .end = "bb"})), "b=b");
  EXPECT_EQ(rows_text(range(cells, {.rows_max = 2})), "a=a b=b");
  EXPECT_EQ(rows_text(range(cells, {.reverse = true, .rows_max = 3})), "d=d c=c b=b");
  EXPECT_EQ(rows_text(range(cells, {.rows_max = 0})), "");
  EXPECT_EQ(rows_text(range(cells, {.begin = "d", .end = "b"})), "");
  EXPECT_EQ(rows_text(range(cells, {.begin = "b", .end = "b"})), "");
}

TEST_P(EngineConformance, RangeEndsWhenTheVisitorHasEnough) {
  for (const char* key : {"a", "b", "c"}) put(kCell, key, key);
  std::string seen;
  auto done = snapshot_and_wait(engine(), {kCell}, [&](Reader& reader) {
    seen.clear();
    return reader.range({kCell}, {}, [&](std::string_view key, std::string_view) {
      seen += key;
      return key != "b";
    });
  });
  EXPECT_EQ(outcome_of(done), "ok");
  EXPECT_EQ(seen, "ab");
}

TEST_P(EngineConformance, RangesInATransactionMixOwnWritesIn) {
  for (const char* key : {"b", "d", "f"}) put(kCell, key, "old");
  auto done = transact({kCell}, [&](Transaction& transaction) {
    std::vector<CellId> cells = {kCell};
    transaction.put(kCell, "a", "new");
    transaction.put(kCell, "d", "new");
    transaction.erase(kCell, "f");
    transaction.put(kCell, "g", "new");
    transaction.erase(kCell, "h");
    EXPECT_EQ(rows_text(transaction, cells, {}), "a=new b=old d=new g=new");
    EXPECT_EQ(rows_text(transaction, cells, {.reverse = true}), "g=new d=new b=old a=new");
    EXPECT_EQ(rows_text(transaction, cells, {.begin = "b", .end = "g"}), "b=old d=new");
    EXPECT_EQ(rows_text(transaction, cells, {.begin = "b", .end = "g", .reverse = true}),
              "d=new b=old");
    EXPECT_EQ(rows_text(transaction, cells, {.begin = "e", .rows_max = 1}), "g=new");
    EXPECT_EQ(rows_text(transaction, cells, {.reverse = true, .rows_max = 2}), "g=new d=new");
    EXPECT_EQ(rows_text(transaction, cells, {.begin = "g", .end = "b"}), "");
  });
  EXPECT_EQ(outcome_of(done), "ok");
  EXPECT_EQ(rows_text(range({kCell}, {})), "a=new b=old d=new g=new");
}

// Random writes and ranges, each compared with a map.
TEST_P(EngineConformance, RangesAgreeWithAModel) {
  SeededRandom random(20240611);
  std::map<std::string, std::string> model;
  auto random_key = [&] { return std::string(1, static_cast<char>('a' + random.below(20))); };
  for (int round = 0; round < 60; ++round) {
    auto done = transact({kCell}, [&](Transaction& transaction) {
      for (int step = 0; step < 6; ++step) {
        std::string key = random_key();
        if (random.below(3) == 0) {
          transaction.erase(kCell, key);
          model.erase(key);
        } else {
          model[key] = std::to_string(random.below(1000));
          transaction.put(kCell, key, model[key]);
        }
        RangeOptions options{random_key(), random.below(4) == 0 ? "" : random_key(),
                             random.below(2) == 0, 1 + random.below(10)};
        std::vector<Row> expected;
        for (const auto& [k, v] : model) {
          if (k >= options.begin && (options.end.empty() || k < options.end)) {
            expected.push_back({k, v});
          }
        }
        if (options.reverse) std::reverse(expected.begin(), expected.end());
        if (expected.size() > options.rows_max) expected.resize(options.rows_max);
        EXPECT_EQ(rows_text(transaction, {kCell}, options), rows_text(expected));
      }
    });
    ASSERT_EQ(outcome_of(done), "ok");
  }
  std::vector<Row> expected;
  for (const auto& [key, value] : model) expected.push_back({key, value});
  EXPECT_EQ(rows_text(range({kCell}, {})), rows_text(expected));
}

TEST_P(EngineConformance, SnapshotIsOfOneMoment) {
  put(kCell, "a", "1");
  put(kCell, "b", "1");
  append(kCell, "one");
  int runs = 0;
  std::string seen;
  Position end = 0;
  auto done = snapshot_and_wait(engine(), {kCell}, [&](Reader& reader) -> Result<void> {
    MILLRACE_TRY(auto a, reader.get(kCell, "a"));
    // A write between two reads of one snapshot; only once, in case the function runs again.
    if (++runs == 1) {
      auto written = transact({kCell}, [&](Transaction& transaction) {
        transaction.put(kCell, "a", "2");
        transaction.put(kCell, "b", "2");
        transaction.append(kCell, "two");
      });
      EXPECT_EQ(outcome_of(written), "ok");
    }
    MILLRACE_TRY(auto b, reader.get(kCell, "b"));
    MILLRACE_TRY(end, reader.log_end(kCell));
    seen = *a + *b + rows_text(reader, {kCell}, {});
    return {};
  });
  EXPECT_EQ(outcome_of(done), "ok");
  if (end == 1) {
    EXPECT_EQ(seen, "11a=1 b=1");
  } else {
    EXPECT_EQ(end, 2u);
    EXPECT_EQ(seen, "22a=2 b=2");
  }
}

TEST_P(EngineConformance, SnapshotThatBeginsWithAnAbsenceOrAnEndIsOfOneMoment) {
  for (bool end_first : {false, true}) {
    erase(kCell, "a");
    erase(kCell, "b");
    bool written = false;
    std::optional<std::string> a, b;
    Position before = 0, after = 0;
    auto done = snapshot_and_wait(engine(), {kCell}, [&](Reader& reader) -> Result<void> {
      if (end_first) {
        MILLRACE_TRY(before, reader.log_end(kCell));
      } else {
        MILLRACE_TRY(a, reader.get(kCell, "a"));
      }
      if (!std::exchange(written, true)) {
        EXPECT_EQ(outcome_of(transact({kCell},
                                      [&](Transaction& transaction) {
                                        transaction.put(kCell, "a", "1");
                                        transaction.put(kCell, "b", "1");
                                        transaction.append(kCell, "r");
                                      })),
                  "ok");
      }
      MILLRACE_TRY(a, reader.get(kCell, "a"));
      MILLRACE_TRY(b, reader.get(kCell, "b"));
      MILLRACE_TRY(after, reader.log_end(kCell));
      return {};
    });
    EXPECT_EQ(outcome_of(done), "ok");
    EXPECT_EQ(a, b);
    if (end_first) {
      EXPECT_EQ(before, after);
    }
  }
}

TEST_P(EngineConformance, AcceptsTheLimitsAndRefusesWhatIsBeyond) {
  std::string key(limits::kKeyBytesMax, 'k'), value(limits::kValueBytesMax, 'v');
  std::string record(limits::kLogRecordBytesMax, 'r');
  auto outcome = [&](std::vector<CellId> cells, std::function<void(Transaction&)> changes) {
    return outcome_of(transact(std::move(cells), std::move(changes)));
  };
  EXPECT_EQ(outcome({kCell}, [&](Transaction& t) { t.put(kCell, key, value); }), "ok");
  EXPECT_EQ(get(kCell, key), value);
  EXPECT_EQ(outcome({kCell}, [&](Transaction& t) { t.append(kCell, record); }), "ok");
  std::string too_large(to_string(ErrorCode::kTooLarge));
  EXPECT_EQ(outcome({kCell}, [&](Transaction& t) { t.put(kCell, key + "k", "v"); }), too_large);
  EXPECT_EQ(outcome({kCell}, [&](Transaction& t) { t.erase(kCell, key + "k"); }), too_large);
  EXPECT_EQ(outcome({kCell}, [&](Transaction& t) { t.put(kCell, "k", value + "v"); }), too_large);
  EXPECT_EQ(outcome({kCell}, [&](Transaction& t) { t.append(kCell, record + "r"); }), too_large);
  EXPECT_EQ(outcome({kCell},
                    [&](Transaction& t) {
                      for (size_t i = 0; i <= limits::kTransactionBytesMax / value.size(); ++i) {
                        t.put(kCell, "k" + std::to_string(i), value);
                      }
                    }),
            too_large);
  std::vector<CellId> cells;
  for (uint64_t i = 0; i < limits::kTransactionCellsMax; ++i) cells.push_back(CellId{3000 + i});
  EXPECT_EQ(outcome(cells, [&](Transaction& t) { t.put(cells.back(), "last", "1"); }), "ok");
  cells.push_back(kCell);
  EXPECT_EQ(outcome(cells, [&](Transaction& t) { t.put(kCell, "last", "2"); }), too_large);
  EXPECT_EQ(get(kCell, "k0"), std::nullopt);
  EXPECT_EQ(get(kCell, "last"), "1");
  EXPECT_EQ(engine().log_range(kCell)->last, 1u);
}

TEST_P(EngineConformance, RefusesCellsThatWereNotNamed) {
  std::string aborted(to_string(ErrorCode::kAborted));
  EXPECT_EQ(outcome_of(transact({kCell}, [&](Transaction& t) { t.put(kOther, "a", "1"); })),
            aborted);
  EXPECT_EQ(outcome_of(transact({kCell}, [&](Transaction& t) { t.append(kOther, "a"); })), aborted);
  auto read = transact(TransactOptions{{}, {kCell}, {}}, [&](Transaction& t) -> Result<bool> {
    MILLRACE_CHECK_OK(t.get(kOther, "a"));
    return true;
  });
  EXPECT_EQ(outcome_of(read), aborted);
  EXPECT_EQ(get(kOther, "a"), std::nullopt);
}

TEST_P(EngineConformance, KeepsRowsAndLogsWhenItIsReopened) {
  if (!under_test().keeps_data()) GTEST_SKIP() << "this engine keeps nothing";
  put(kCell, "a", "1");
  for (int i = 1; i <= 5; ++i) append(kCell, "r" + std::to_string(i));
  ASSERT_EQ(outcome_of(engine().log_trim(kCell, 2)), "ok");
  under_test().reopen();
  EXPECT_EQ(get(kCell, "a"), "1");
  EXPECT_EQ(log_text(kCell, 2), "3:r3 4:r4 5:r5");
  EXPECT_EQ(append(kCell, "r6"), 6u);
  under_test().reopen();
  EXPECT_EQ(log_text(kCell, 4), "5:r5 6:r6");
}

}  // namespace millrace::engine
