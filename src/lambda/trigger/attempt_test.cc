#include "lambda/trigger/attempt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/random.h"
#include "dynamodb/stream/testing.h"
#include "lambda/trigger/failure_rows.h"

namespace millrace::lambda {
namespace {

using dynamodb::stream::testing::documented_row;

PositionRanges ranges(std::vector<PositionRange> given) {
  return PositionRanges(std::move(given));
}

TEST(PositionRangesTest, JoinsWhatTouches) {
  PositionRanges set;
  set.add(5);
  set.add(6, 8);
  set.add(12);
  EXPECT_EQ(set, ranges({{5, 8}, {12, 12}}));
  set.add(1, 2);
  EXPECT_EQ(set, ranges({{1, 2}, {5, 8}, {12, 12}}));
  set.add(3, 11);
  EXPECT_EQ(set, ranges({{1, 12}}));
  EXPECT_EQ(set.count(), 12u);
}

TEST(PositionRangesTest, IsASet) {
  SeededRandom random(3);
  for (int round = 0; round < 200; round++) {
    PositionRanges set;
    std::vector<bool> model(40);
    for (int i = 0; i < 8; i++) {
      engine::Position first = 1 + random.next() % 30, last = first + random.next() % 6;
      set.add(first, last);
      for (auto p = first; p <= last; p++) model[p] = true;
    }
    engine::Position cut = random.next() % 20;
    PositionRanges missing = set.missing(cut, 39);
    for (engine::Position p = 1; p < 40; p++) {
      EXPECT_EQ(set.contains(p), model[p]) << p;
      EXPECT_EQ(missing.contains(p), p > cut && !model[p]) << p;
    }
    set.remove_up_to(cut);
    for (engine::Position p = 1; p < 40; p++) EXPECT_EQ(set.contains(p), p > cut && model[p]) << p;
  }
}

AttemptPage example_page() {
  AttemptPage page;
  page.bytes_before = 300;
  page.time = from_unix_millis(1'700'000'000'000);
  page.shard_id = "shardId-1";
  page.checkpoint = 9;
  return page;
}

Attempt invoked() {
  Attempt attempt;
  attempt.records = ranges({{5, 7}, {9, 9}});
  attempt.time = from_unix_millis(1'700'000'000'000);
  attempt.duration = std::chrono::microseconds(2);
  attempt.outcome = InvokeOutcome::Kind::kFailedFrom;
  attempt.failed_from = 7;
  attempt.request_id = "r";
  attempt.function_error = "";
  attempt.error = "no";
  return attempt;
}

Attempt given_up() {
  Attempt attempt;
  attempt.kind = Attempt::Kind::kGivenUp;
  attempt.records = ranges({{7, 7}});
  attempt.time = from_unix_millis(1'700'000'000'000);
  attempt.fate = Attempt::Fate::kSent;
  attempt.failure = 1;
  return attempt;
}

TEST(AttemptPageTest, HasTheDocumentedBytes) {
  AttemptPage page = example_page();
  page.attempts = {invoked(), given_up()};
  Attempt filtered;
  filtered.kind = Attempt::Kind::kFiltered;
  filtered.records = ranges({{8, 8}});
  filtered.time = page.time;
  page.attempts.push_back(filtered);
  std::string encoded = encode_attempt_page(page);
  EXPECT_EQ(to_hex(encoded), documented_row("attempts.md", "page").at(0));
  auto decoded = decode_attempt_page(encoded);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->checkpoint, 9u);
  EXPECT_EQ(decoded->shard_id, "shardId-1");
  ASSERT_EQ(decoded->attempts.size(), 3u);
  EXPECT_EQ(decoded->attempts[0].records, invoked().records);
  EXPECT_EQ(decoded->attempts[0].failed_from, 7u);
  EXPECT_EQ(decoded->attempts[0].error, "no");
  EXPECT_EQ(decoded->attempts[1].fate, Attempt::Fate::kSent);
  EXPECT_EQ(decoded->attempts[2].kind, Attempt::Kind::kFiltered);
  EXPECT_EQ(encode_attempt_page(*decoded), encoded);
}

TEST(AttemptPageTest, OtherBytesAreNoPage) {
  AttemptPage page = example_page();
  page.attempts = {invoked(), given_up()};
  std::string encoded = encode_attempt_page(page);
  EXPECT_FALSE(decode_attempt_page(""));
  EXPECT_FALSE(decode_attempt_page('\x02' + encoded.substr(1)));
  EXPECT_FALSE(decode_attempt_page(encoded.substr(0, encoded.size() - 1)));
  // Whatever is damaged is refused or read as something else; never more than that.
  SeededRandom random(5);
  for (int i = 0; i < 2000; i++) {
    std::string damaged = encoded;
    damaged[random.next() % damaged.size()] = static_cast<char>(random.next());
    auto decoded = decode_attempt_page(damaged);
    EXPECT_LE(decoded ? decoded->attempts.size() : 0, encoded.size());
  }
}

TEST(FailureRowsTest, HaveTheDocumentedBytes) {
  KeptFailure failure;
  failure.number = 1;
  failure.shard_id = "shardId-1";
  failure.stream_arn = "s";
  failure.first = 7;
  failure.last = 9;
  failure.records = 2;
  failure.reason = GiveUpReason::kRecordAgeExceeded;
  failure.invoke_count = 3;
  failure.request_id = "r";
  failure.error = "no";
  failure.time = from_unix_millis(1'700'000'000'000);
  failure.function_arn = "f";
  failure.payload_bytes = 300;
  auto documented = [](const char* name) { return documented_row("attempts.md", name); };
  EXPECT_EQ(to_hex(failure_state_key(2000)), documented("example state").at(0));
  EXPECT_EQ(to_hex(encode_failure_state({2, 1, 300, 0})), documented("example state").at(1));
  EXPECT_EQ(to_hex(failure_key(2000, 1)), documented("example failure").at(0));
  EXPECT_EQ(to_hex(encode_failure(failure)), documented("example failure").at(1));
  EXPECT_EQ(to_hex(failure_chunk_key(2000, 1, 0)), documented("example chunk").at(0));
  EXPECT_EQ(to_hex(failure_place_key(2000, failure)), documented("example place").at(0));
  auto decoded = decode_failure(encode_failure(failure));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(encode_failure(*decoded), encode_failure(failure));
  EXPECT_EQ(decoded->invoke_count, 3);
  EXPECT_FALSE(decode_failure(encode_failure(failure) + 'x'));
  EXPECT_FALSE(decode_failure("x"));
  EXPECT_FALSE(decode_failure_state("x"));
}

}  // namespace
}  // namespace millrace::lambda
