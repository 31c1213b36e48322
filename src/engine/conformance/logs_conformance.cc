// Logs: positions, pages, trimming, and logs that continue other ones.
#include "base/limits.h"
#include "engine/engine_conformance.h"

namespace millrace::engine {

TEST_P(EngineConformance, LogsCountFromOne) {
  EXPECT_EQ(engine().log_range(kCell)->first, 1u);
  EXPECT_EQ(engine().log_range(kCell)->last, 0u);
  EXPECT_EQ(log_text(kCell, 0), "");
  EXPECT_EQ(append(kCell, "a"), 1u);
  EXPECT_EQ(append(kCell, ""), 2u);
  EXPECT_EQ(append(kOther, "b"), 1u);
  EXPECT_EQ(log_text(kCell, 0), "1:a 2:");
  EXPECT_EQ(log_text(kCell, 1), "2:");
  EXPECT_EQ(log_text(kCell, 2), "");
  EXPECT_EQ(log_text(kCell, 99), "");
  EXPECT_EQ(engine().log_range(kCell)->last, 2u);
  EXPECT_EQ(engine().log_read(kCell, 0, {})->end, 2u);
}

TEST_P(EngineConformance, RecordsOfOneTransactionAreConsecutive) {
  auto done = transact({kCell}, [&](Transaction& transaction) {
    for (const char* record : {"a", "b", "c"}) transaction.append(kCell, record);
  });
  EXPECT_EQ(outcome_of(done), "ok");
  EXPECT_EQ(log_text(kCell, 0), "1:a 2:b 3:c");
}

TEST_P(EngineConformance, SnapshotKnowsTheLogsEnd) {
  append(kCell, "a");
  append(kCell, "b");
  Position first = 0, second = 0, none = 7;
  auto done = snapshot_and_wait(engine(), {kCell, kOther}, [&](Reader& reader) -> Result<void> {
    MILLRACE_TRY(first, reader.log_end(kCell));
    MILLRACE_TRY(second, reader.log_end(kCell));
    MILLRACE_TRY(none, reader.log_end(kOther));
    return {};
  });
  EXPECT_EQ(outcome_of(done), "ok");
  EXPECT_EQ(first, 2u);
  EXPECT_EQ(second, 2u);
  EXPECT_EQ(none, 0u);
}

// Pages of recent records and of records that have left memory look the same.
TEST_P(EngineConformance, PagesAreBounded) {
  auto check = [&] {
    EXPECT_EQ(log_text(kCell, 0, {.records_max = 2}), "1:aaaa 2:bbbb");
    EXPECT_EQ(log_text(kCell, 2, {.records_max = 2}), "3:cccc");
    EXPECT_EQ(log_text(kCell, 0, {.bytes_max = 8}), "1:aaaa 2:bbbb");
    EXPECT_EQ(log_text(kCell, 0, {.bytes_max = 9}), "1:aaaa 2:bbbb");
    EXPECT_EQ(log_text(kCell, 0, {.bytes_max = 1}), "1:aaaa");
    EXPECT_EQ(log_text(kCell, 0, {.records_max = 0, .bytes_max = 0}), "1:aaaa");
    EXPECT_EQ(engine().log_read(kCell, 0, {.records_max = 1})->end, 3u);
  };
  for (const char* record : {"aaaa", "bbbb", "cccc"}) append(kCell, record);
  check();
  if (!under_test().keeps_data()) return;
  under_test().reopen();
  check();
}

TEST_P(EngineConformance, LargeLogsAreReadPageByPage) {
  constexpr int kRecords = 200;
  for (int i = 1; i <= kRecords; ++i) append(kCell, std::string(20'000, 'x') + std::to_string(i));
  Position position = 0;
  int pages = 0;
  while (position < kRecords) {
    auto page = engine().log_read(kCell, position, {});
    ASSERT_EQ(outcome_of(page), "ok");
    ASSERT_FALSE(page->records.empty());
    size_t bytes = 0;
    for (const LogRecord& record : page->records) {
      ASSERT_EQ(record.position, ++position);
      ASSERT_EQ(record.record.substr(20'000), std::to_string(position));
      bytes += record.record.size();
    }
    EXPECT_LE(bytes, limits::kLogReadBytesMax);
    ++pages;
  }
  EXPECT_EQ(pages, 4);
}

TEST_P(EngineConformance, TrimForgetsButKeepsTheLastRecord) {
  for (const char* record : {"a", "b", "c", "d"}) append(kCell, record);
  EXPECT_EQ(outcome_of(engine().log_trim(kCell, 2)), "ok");
  EXPECT_EQ(engine().log_range(kCell)->first, 3u);
  EXPECT_EQ(outcome_of(engine().log_read(kCell, 0, {})), to_string(ErrorCode::kTooOld));
  EXPECT_EQ(outcome_of(engine().log_read(kCell, 1, {})), to_string(ErrorCode::kTooOld));
  EXPECT_EQ(log_text(kCell, 2), "3:c 4:d");
  EXPECT_EQ(outcome_of(engine().log_trim(kCell, 1)), "ok");  // nothing left to forget
  EXPECT_EQ(engine().log_range(kCell)->first, 3u);
  EXPECT_EQ(outcome_of(engine().log_trim(kCell, 1000)), "ok");
  EXPECT_EQ(engine().log_range(kCell)->first, 4u);
  EXPECT_EQ(engine().log_range(kCell)->last, 4u);
  EXPECT_EQ(log_text(kCell, 3), "4:d");
  EXPECT_EQ(append(kCell, "e"), 5u);
  EXPECT_EQ(log_text(kCell, 3), "4:d 5:e");
  EXPECT_EQ(outcome_of(engine().log_trim(kOther, 10)), "ok");  // an empty log
  EXPECT_EQ(append(kOther, "a"), 1u);
}

TEST_P(EngineConformance, TrimmedLogsKeepCountingWhenReopened) {
  if (!under_test().keeps_data()) GTEST_SKIP() << "this engine keeps nothing";
  for (const char* record : {"a", "b", "c"}) append(kCell, record);
  EXPECT_EQ(outcome_of(engine().log_trim(kCell, 3)), "ok");
  under_test().reopen();
  EXPECT_EQ(engine().log_range(kCell)->first, 3u);
  EXPECT_EQ(outcome_of(engine().log_read(kCell, 1, {})), to_string(ErrorCode::kTooOld));
  EXPECT_EQ(append(kCell, "d"), 4u);
  EXPECT_EQ(log_text(kCell, 2), "3:c 4:d");
}

TEST_P(EngineConformance, StartedLogsGoOnFromTheirPosition) {
  auto done = transact({kCell}, [&](Transaction& transaction) {
    transaction.start_log(kCell, 100);
    EXPECT_EQ(*transaction.log_end(kCell), 100u);
  });
  EXPECT_EQ(outcome_of(done), "ok");
  auto check_empty = [&] {
    EXPECT_EQ(engine().log_range(kCell)->first, 101u);
    EXPECT_EQ(engine().log_range(kCell)->last, 100u);
    EXPECT_EQ(log_text(kCell, 100), "");
    EXPECT_EQ(outcome_of(engine().log_trim(kCell, 500)), "ok");
  };
  check_empty();
  if (under_test().keeps_data()) {
    under_test().reopen();
    check_empty();
  }
  EXPECT_EQ(append(kCell, "a"), 101u);
  EXPECT_EQ(append(kCell, "b"), 102u);
  EXPECT_EQ(log_text(kCell, 100), "101:a 102:b");
  EXPECT_EQ(outcome_of(engine().log_read(kCell, 99, {})), to_string(ErrorCode::kTooOld));
  if (under_test().keeps_data()) under_test().reopen();
  EXPECT_EQ(engine().log_range(kCell)->first, 101u);
  EXPECT_EQ(log_text(kCell, 100), "101:a 102:b");
  EXPECT_EQ(outcome_of(engine().log_trim(kCell, 101)), "ok");
  EXPECT_EQ(engine().log_range(kCell)->first, 102u);
  EXPECT_EQ(log_text(kCell, 101), "102:b");
}

TEST_P(EngineConformance, StartingAndAppendingInOneTransaction) {
  auto done = transact({kCell, kOther}, [&](Transaction& transaction) {
    transaction.start_log(kCell, 7);
    EXPECT_EQ(transaction.append(kCell, "a"), 8u);
    transaction.start_log(kOther, 0);
    EXPECT_EQ(transaction.append(kOther, "b"), 1u);
  });
  EXPECT_EQ(outcome_of(done), "ok");
  EXPECT_EQ(log_text(kCell, 7), "8:a");
  EXPECT_EQ(log_text(kOther, 0), "1:b");
}

TEST_P(EngineConformance, AUsedLogCannotBeStarted) {
  append(kCell, "a");
  auto done = transact({kCell}, [&](Transaction& t) { t.start_log(kCell, 100); });
  EXPECT_EQ(outcome_of(done), to_string(ErrorCode::kAborted));
  EXPECT_EQ(append(kCell, "b"), 2u);
}

}  // namespace millrace::engine
