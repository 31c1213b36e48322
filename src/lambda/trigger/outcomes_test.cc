// What is remembered of deliveries, and what can be done about those that failed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "lambda/trigger/testing.h"

namespace millrace::lambda {
namespace {

using dynamodb::stream::testing::value_of;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using testing::FakeInvoker;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::json;
using testing::Pipeline;
using Names = std::vector<std::string>;
using Kind = Attempt::Kind;

constexpr char kOnlyA[] = R"({"dynamodb":{"Keys":{"id":{"S":[{"prefix":"a"}]}}}})";

PositionRanges positions(engine::Position first, engine::Position last) {
  return PositionRanges({{first, last}});
}

class OutcomesTest : public ::testing::Test {
 protected:
  std::vector<AttemptPage> pages(const std::string& uuid) {
    std::vector<AttemptPage> pages;
    auto read = pipeline.manager->attempts(uuid)->read([&](const AttemptPage& page) {
      pages.push_back(page);
      return true;
    });
    EXPECT_TRUE(read);
    return pages;
  }
  std::vector<Attempt> attempts(const std::string& uuid) {
    std::vector<Attempt> attempts;
    for (const AttemptPage& page : pages(uuid)) {
      attempts.insert(attempts.end(), page.attempts.begin(), page.attempts.end());
    }
    return attempts;
  }
  std::vector<Kind> kinds(const std::string& uuid) {
    std::vector<Kind> kinds;
    for (const Attempt& attempt : attempts(uuid)) kinds.push_back(attempt.kind);
    return kinds;
  }
  uint64_t number(const std::string& uuid) { return pipeline.manager->find(uuid)->mapping->number; }
  KeptFailures failures(const std::string& uuid) {
    std::optional<KeptFailures> kept;
    pipeline.manager->failures()->list(
        number(uuid), 1000, [&](engine::Result<KeptFailures> found) { kept = value_of(found); });
    pipeline.settle();
    return kept.value();
  }
  std::optional<FailureStore::Whole> failure(const std::string& uuid, uint64_t id) {
    std::optional<FailureStore::Whole> whole;
    pipeline.manager->failures()->find(
        number(uuid), id,
        [&](engine::Result<std::optional<FailureStore::Whole>> found) { whole = value_of(found); });
    pipeline.settle();
    return whole;
  }
  void fail_on(const std::string& name) {
    pipeline.invoker.answer = [name](const json& event) {
      Names names = testing::names_in(event);
      bool fails = std::find(names.begin(), names.end(), name) != names.end();
      return fails ? FakeInvoker::error("Boom") : FakeInvoker::success();
    };
  }
  std::string create_giving_up() {
    return pipeline.create([](MappingSettings& settings) {
      settings.maximum_retry_attempts = 1;
      settings.batch_size = 1;
    });
  }

  Pipeline pipeline;
};

TEST_F(OutcomesTest, AttemptsAreStoredWithTheCheckpoint) {
  std::string uuid = pipeline.create();
  pipeline.write({"a", "b"});
  pipeline.restart();
  auto stored = pages(uuid);
  ASSERT_EQ(stored.size(), 1u);
  EXPECT_EQ(stored[0].checkpoint, 2u);
  EXPECT_EQ(stored[0].shard_id, pipeline.stream->shards[0].id);
  ASSERT_EQ(stored[0].attempts.size(), 1u);
  const Attempt& attempt = stored[0].attempts[0];
  EXPECT_EQ(attempt.kind, Kind::kInvoked);
  EXPECT_EQ(attempt.records, positions(1, 2));
  EXPECT_EQ(attempt.outcome, InvokeOutcome::Kind::kSucceeded);
  EXPECT_EQ(attempt.request_id, "request-1");
  EXPECT_EQ(attempt.time, pipeline.world.clock.now());
}

TEST_F(OutcomesTest, AFailureIsThereAtOnceAndAfterACrash) {
  fail_on("a");
  std::string uuid = pipeline.create();
  pipeline.write({"a"});
  ASSERT_EQ(attempts(uuid).size(), 1u);
  EXPECT_EQ(attempts(uuid)[0].error, "Boom: no");
  pipeline.restart();
  pipeline.pass(seconds(20));
  auto all = attempts(uuid);
  EXPECT_GT(all.size(), 5u);
  for (const Attempt& attempt : all) EXPECT_EQ(attempt.outcome, InvokeOutcome::Kind::kFailed);
  // Not one commit for each of them.
  EXPECT_LT(pages(uuid).size(), all.size());
  EXPECT_EQ(pages(uuid)[0].checkpoint, 0u);
}

TEST_F(OutcomesTest, ABlockedShardShowsAtOnce) {
  fail_on("a");
  std::string uuid = pipeline.create();
  pipeline.write({"a", "b", "c"});
  MappingStatus status = pipeline.status(uuid);
  ASSERT_EQ(status.shards[0].progress.blocked.size(), 1u);
  const auto& blocked = status.shards[0].progress.blocked[0];
  EXPECT_EQ(blocked.position, 1u);
  EXPECT_EQ(blocked.error, "Boom: no");
  EXPECT_EQ(blocked.attempts, 1);
  EXPECT_EQ(status.shards[0].end, 3u);
  fail_on("nothing");
  pipeline.pass(seconds(1));
  EXPECT_THAT(pipeline.status(uuid).shards[0].progress.blocked, IsEmpty());
}

TEST_F(OutcomesTest, WhatWasFilteredIsRemembered) {
  std::string uuid =
      pipeline.create([](MappingSettings& settings) { settings.filters = {kOnlyA}; });
  pipeline.write({"a1"});
  pipeline.world.append("b");
  pipeline.world.append("a2");
  pipeline.world.append("c");
  pipeline.settle();
  pipeline.pass(seconds(10));
  PositionRanges filtered, invoked;
  for (const Attempt& attempt : attempts(uuid)) {
    PositionRanges& into = attempt.kind == Kind::kFiltered ? filtered : invoked;
    for (const PositionRange& range : attempt.records.ranges()) into.add(range.first, range.last);
  }
  EXPECT_EQ(invoked, PositionRanges({{1, 1}, {3, 3}}));
  EXPECT_EQ(filtered, PositionRanges({{2, 2}, {4, 4}}));
}

TEST_F(OutcomesTest, PartialSuccessSaysWhereItFailed) {
  pipeline.invoker.answer = [](const json& event) {
    Names names = testing::names_in(event);
    if (names.back() != "c") return FakeInvoker::success();
    return FakeInvoker::success(
        R"({"batchItemFailures":[{"itemIdentifier":")" +
        event["Records"].back()["dynamodb"]["SequenceNumber"].get<std::string>() + "\"}]}");
  };
  pipeline.write({"a", "b", "c"});
  std::string uuid = pipeline.create([](MappingSettings& settings) {
    settings.report_batch_item_failures = true;
    settings.filters = {R"({"eventName":["INSERT"]})"};
  });
  auto all = attempts(uuid);
  ASSERT_GE(all.size(), 1u);
  EXPECT_EQ(all[0].outcome, InvokeOutcome::Kind::kFailedFrom);
  EXPECT_EQ(all[0].failed_from, 3u);
  for (const Attempt& attempt : all) EXPECT_NE(attempt.kind, Kind::kFiltered);
}

TEST_F(OutcomesTest, WhatIsGivenUpIsKeptWhole) {
  fail_on("a");
  std::string uuid = create_giving_up();
  pipeline.write({"a", "b"});
  pipeline.pass(seconds(2));
  EXPECT_EQ(pipeline.status(uuid).counts.dropped, 1u);
  EXPECT_EQ(pipeline.status(uuid).counts.send_failures, 0u);
  EXPECT_EQ(pipeline.status(uuid).counts.succeeded, 1u);
  pipeline.restart();
  KeptFailures kept = failures(uuid);
  ASSERT_EQ(kept.failures.size(), 1u);
  EXPECT_EQ(kept.failures[0].first, 1u);
  EXPECT_EQ(kept.failures[0].error, "Boom: no");
  EXPECT_EQ(kept.failures[0].invoke_count, 2);
  EXPECT_EQ(kept.failures[0].reason, GiveUpReason::kRetryAttemptsExhausted);
  auto whole = failure(uuid, kept.failures[0].number);
  ASSERT_TRUE(whole);
  EXPECT_EQ(testing::names_in(json::parse(whole->payload)), Names{"a"});
  EXPECT_EQ(whole->payload, pipeline.invoker.payloads[0]);
  auto all = attempts(uuid);
  auto given_up = std::find_if(all.begin(), all.end(),
                               [](const Attempt& one) { return one.kind == Kind::kGivenUp; });
  ASSERT_NE(given_up, all.end());
  EXPECT_EQ(given_up->fate, Attempt::Fate::kDropped);
  EXPECT_EQ(given_up->failure, kept.failures[0].number);
}

TEST_F(OutcomesTest, WhatTheDestinationTakesIsKeptToo) {
  fail_on("a");
  std::string uuid = pipeline.create([](MappingSettings& settings) {
    settings.maximum_retry_attempts = 0;
    settings.on_failure_destination = "arn:aws:sqs:us-east-1:000000000000:dead";
  });
  pipeline.write({"a"});
  EXPECT_EQ(pipeline.destination.messages.size(), 1u);
  pipeline.destination.available = false;
  pipeline.write({"a"});
  KeptFailures kept = failures(uuid);
  ASSERT_EQ(kept.failures.size(), 2u);
  EXPECT_EQ(kept.failures[0].destination, "arn:aws:sqs:us-east-1:000000000000:dead");
  std::vector<Attempt::Fate> fates;
  for (const Attempt& attempt : attempts(uuid)) {
    if (attempt.kind == Kind::kGivenUp) fates.push_back(attempt.fate);
  }
  EXPECT_THAT(fates, ElementsAre(Attempt::Fate::kSent, Attempt::Fate::kNotSent));
  EXPECT_EQ(pipeline.status(uuid).counts.send_failures, 1u);
}

TEST_F(OutcomesTest, ACrashBeforeTheDestinationAnswersKeepsTheFailureOnce) {
  fail_on("a");
  std::string uuid = pipeline.create([](MappingSettings& settings) {
    settings.maximum_retry_attempts = 0;
    settings.on_failure_destination = "arn:aws:sqs:us-east-1:000000000000:dead";
  });
  pipeline.destination.answers = false;
  pipeline.write({"a"});
  EXPECT_EQ(pipeline.destination.messages.size(), 1u);
  EXPECT_EQ(failures(uuid).count, 1u);
  pipeline.destination.answers = true;
  pipeline.restart();
  EXPECT_EQ(pipeline.destination.messages.size(), 2u);
  EXPECT_EQ(failures(uuid).count, 1u);
  EXPECT_EQ(attempts(uuid).back().failure, failures(uuid).failures[0].number);
}

TEST_F(OutcomesTest, TheSameRecordsAreKeptOnce) {
  FailureStore store(*pipeline.world.engine);
  auto keep = [&](engine::Position first, size_t bytes) {
    KeptFailure given;
    given.shard_id = "shardId-1";
    given.first = given.last = first;
    uint64_t number = 0;
    store.keep(2000, given, std::string(bytes, 'x'),
               [&](engine::Result<uint64_t> result) { number = value_of(result); });
    pipeline.settle();
    return number;
  };
  EXPECT_EQ(keep(1, 10), 1u);
  EXPECT_EQ(keep(2, 10), 2u);
  EXPECT_EQ(keep(1, 10), 1u);
}

TEST_F(OutcomesTest, KeptFailuresAreBounded) {
  FailureStore store(*pipeline.world.engine);
  KeptFailures kept;
  auto list = [&] {
    store.list(2000, 2000, [&](engine::Result<KeptFailures> found) { kept = value_of(found); });
    pipeline.settle();
  };
  auto keep = [&](engine::Position first, size_t bytes) {
    KeptFailure given;
    given.shard_id = "shardId-1";
    given.first = given.last = first;
    store.keep(2000, given, std::string(bytes, 'x'), [](auto) {});
    pipeline.settle();
  };
  for (engine::Position p = 1; p <= 12; p++) keep(p, 6 * 1024 * 1024);
  list();
  EXPECT_EQ(kept.count, 10u);  // 60 MiB
  EXPECT_EQ(kept.pushed_out, 2u);
  EXPECT_EQ(kept.failures.front().first, 12u);
  EXPECT_EQ(kept.failures.back().first, 3u);
  EXPECT_LE(kept.bytes, limits::kKeptFailuresBytesMax);
  for (engine::Position p = 20; p < 20 + limits::kKeptFailuresMax; p++) keep(p, 1);
  list();
  EXPECT_EQ(kept.count, limits::kKeptFailuresMax);
  EXPECT_EQ(kept.failures.size(), limits::kKeptFailuresMax);
  EXPECT_EQ(kept.bytes, limits::kKeptFailuresMax);
}

TEST_F(OutcomesTest, ARedriveThatSucceedsRemovesTheFailure) {
  fail_on("a");
  std::string uuid = create_giving_up();
  pipeline.write({"a"});
  pipeline.pass(seconds(2));
  auto kept = failures(uuid).failures;
  ASSERT_EQ(kept.size(), 1u);
  auto redrive = [&] {
    std::optional<InvokeOutcome> outcome;
    auto mapping = pipeline.manager->find(uuid)->mapping;
    pipeline.manager->redrive(
        {mapping, *failure(uuid, kept[0].number), mapping->settings.function},
        [&](engine::Result<InvokeOutcome> result) { outcome = value_of(result); });
    pipeline.settle();
    return outcome.value();
  };
  EXPECT_EQ(redrive().kind, InvokeOutcome::Kind::kFailed);
  EXPECT_EQ(failures(uuid).count, 1u);
  fail_on("nothing");
  EXPECT_EQ(redrive().kind, InvokeOutcome::Kind::kSucceeded);
  EXPECT_EQ(pipeline.invoker.payloads.back(), pipeline.invoker.payloads.front());
  EXPECT_EQ(failures(uuid).count, 0u);
  EXPECT_FALSE(failure(uuid, kept[0].number));
  pipeline.restart();
  Attempt last = attempts(uuid).back();
  EXPECT_EQ(last.kind, Kind::kRedriven);
  EXPECT_EQ(last.records, positions(1, 1));
  EXPECT_EQ(last.outcome, InvokeOutcome::Kind::kSucceeded);
}

TEST_F(OutcomesTest, WhatExpiredIsRemembered) {
  std::string uuid = pipeline.create([](MappingSettings& settings) { settings.enabled = false; });
  pipeline.write({"a", "b"});
  pipeline.write({"c"});
  ASSERT_TRUE(pipeline.world.engine->log_trim(dynamodb::stream::testing::kCell, 2));
  pipeline.update(uuid, [](MappingSettings& settings) { settings.enabled = true; });
  pipeline.settle();
  // A mapping that has no checkpoint yet begins where the stream does.
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"c"}));
  pipeline.update(uuid, [](MappingSettings& settings) { settings.enabled = false; });
  pipeline.settle();
  pipeline.write({"d", "e"});
  ASSERT_TRUE(pipeline.world.engine->log_trim(dynamodb::stream::testing::kCell, 4));
  pipeline.update(uuid, [](MappingSettings& settings) { settings.enabled = true; });
  pipeline.settle();
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"e"}));
  EXPECT_THAT(kinds(uuid), ElementsAre(Kind::kInvoked, Kind::kExpired, Kind::kInvoked));
  EXPECT_EQ(attempts(uuid)[1].records, positions(4, 4));
}

TEST_F(OutcomesTest, ACommitTakesAlongWhatCameDuringAnotherOne) {
  auto log = std::make_shared<AttemptLog>(*pipeline.world.engine, 2000, pipeline.world.clock);
  auto attempt = [](engine::Position position) {
    Attempt attempt;
    attempt.records.add(position);
    return attempt;
  };
  auto seen = [&] {
    std::vector<engine::Position> seen;
    EXPECT_TRUE(log->read([&](const AttemptPage& page) {
      for (const Attempt& one : page.attempts) seen.push_back(one.records.first());
      return true;
    }));
    return seen;
  };
  log->add("s", attempt(1));
  auto first = log->take("s", 1);
  log->add("s", attempt(2));
  auto second = log->take("s", 2);
  EXPECT_THAT(seen(), ElementsAre(1, 2));
  EXPECT_EQ(decode_attempt_page(second.page)->attempts.size(), 1u);
  EXPECT_TRUE(log->take("s", 3).page.empty());
  // What was not stored goes with the next one.
  log->add("s", attempt(3));
  log->settled(first.number, false);
  log->settled(second.number, true);
  EXPECT_EQ(decode_attempt_page(log->take("s", 3).page)->attempts.size(), 2u);
}

TEST_F(OutcomesTest, PagesAndTheLogAreBounded) {
  auto log = std::make_shared<AttemptLog>(*pipeline.world.engine, 2000, pipeline.world.clock);
  engine::Position next = 1;
  auto add = [&] {
    Attempt attempt;
    // As of a batch whose every other record was filtered out.
    for (int i = 0; i < 5000; i++) attempt.records.add(next += 2);
    attempt.error = std::string(kAttemptErrorBytesMax, 'e');
    log->add("s", std::move(attempt));
  };
  for (int i = 0; i < 100; i++) add();
  auto taken = log->take("s", 1);
  EXPECT_LT(taken.page.size(), limits::kLogRecordBytesMax);
  log->settled(taken.number, false);
  log->flush(true);
  for (int i = 0; i < 200; i++) {
    Attempt attempt;
    attempt.records.add(++next);
    attempt.request_id = std::string(200 * 1024, 'r');
    log->add("s", std::move(attempt));
    log->flush(true);
    pipeline.settle();
  }
  size_t bytes = 0;
  std::optional<engine::Position> first;
  EXPECT_TRUE(log->read([&](const AttemptPage& page) {
    bytes += encode_attempt_page(page).size();
    if (!first && !page.attempts.empty()) first = page.attempts[0].records.first();
    return true;
  }));
  EXPECT_GT(bytes, limits::kAttemptLogBytesMax * 9 / 10);
  EXPECT_LT(bytes, limits::kAttemptLogBytesMax * 11 / 10);
  EXPECT_GT(first, 1000u);
}

TEST_F(OutcomesTest, OldAttemptsAreForgotten) {
  std::string uuid = pipeline.create();
  pipeline.write({"a"});
  pipeline.write({"b"});
  pipeline.world.clock.advance(hours(limits::kAttemptLogHours) + hours(1));
  pipeline.restart();
  pipeline.write({"c"});
  pipeline.restart();
  pipeline.write({"d"});
  auto left = attempts(uuid);
  ASSERT_FALSE(left.empty());
  EXPECT_GE(left.front().records.first(), 3u);
}

TEST_F(OutcomesTest, ADeletedMappingLeavesNothing) {
  fail_on("a");
  std::string uuid = create_giving_up();
  pipeline.write({"a"});
  pipeline.pass(seconds(2));
  uint64_t gone = number(uuid);
  ASSERT_EQ(failures(uuid).count, 1u);
  pipeline.manager->erase(uuid, [](auto) {});
  pipeline.settle();
  EXPECT_FALSE(pipeline.manager->find(uuid));
  EXPECT_EQ(pipeline.manager->attempts(uuid), nullptr);
  std::optional<KeptFailures> kept;
  pipeline.manager->failures()->list(
      gone, 10, [&](engine::Result<KeptFailures> found) { kept = value_of(found); });
  pipeline.settle();
  EXPECT_EQ(kept->count, 0u);
  EXPECT_THAT(kept->failures, IsEmpty());
}

class ReplayTest : public OutcomesTest {
 protected:
  ReplayRequest request(std::map<std::string, ReplayRange> shards) {
    ReplayRequest request;
    request.stream = pipeline.world.store->find(pipeline.stream->arn);
    request.function = {"aws", "000000000000", "us-east-1", "other", ""};
    request.filters = std::make_shared<const FilterSet>();
    request.shards = std::move(shards);
    return request;
  }
  std::string start(ReplayRequest request) {
    std::string id = pipeline.manager->replays().start(std::move(request)).value();
    pipeline.settle();
    return id;
  }
  ReplayProgress progress(const std::string& id) {
    return pipeline.manager->replays().find(id).value();
  }
  std::string shard(size_t index) {
    return pipeline.world.store->find(pipeline.stream->arn)->shards.at(index).id;
  }
};

TEST_F(ReplayTest, HandsOverARangeInOrderAcrossShards) {
  std::string uuid = pipeline.create();
  pipeline.write({"a", "b"});
  pipeline.world.rotate();
  pipeline.write({"c", "d"});
  pipeline.seen();
  auto before = pages(uuid).size();
  std::string id = start(request({{shard(0), {1, 2}}, {shard(1), {2, 3}}}));
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"b"}, Names{"c"}));
  EXPECT_EQ(pipeline.invoker.functions.back().name, "other");
  EXPECT_EQ(progress(id).state, ReplayProgress::State::kFinished);
  EXPECT_EQ(progress(id).records, 2u);
  EXPECT_EQ(progress(id).handled, 2u);
  EXPECT_EQ(progress(id).counts.succeeded, 2u);
  // The mapping knows nothing of it.
  EXPECT_EQ(pages(uuid).size(), before);
  EXPECT_EQ(pipeline.status(uuid).counts.succeeded, 4u);
  EXPECT_EQ(pipeline.manager->replays().list().size(), 1u);
}

TEST_F(ReplayTest, KeepsFiltersAndBatchSize) {
  pipeline.write({"a1", "b", "a2", "a3"});
  ReplayRequest wanted = request({{shard(0), {0, 4}}});
  wanted.filters =
      std::make_shared<const FilterSet>(std::move(FilterSet::compile({kOnlyA})).value());
  wanted.settings.batch_size = 2;
  std::string id = start(std::move(wanted));
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"a1", "a2"}, Names{"a3"}));
  EXPECT_EQ(progress(id).counts.filtered, 1u);
}

TEST_F(ReplayTest, StopsWhereItIsBlocked) {
  fail_on("a");
  pipeline.write({"a", "b"});
  std::string id = start(request({{shard(0), {0, 2}}}));
  EXPECT_EQ(progress(id).state, ReplayProgress::State::kRunning);
  ASSERT_EQ(progress(id).blocked.size(), 1u);
  EXPECT_EQ(progress(id).blocked[0].second.error, "Boom: no");
  EXPECT_TRUE(pipeline.manager->replays().stop(id));
  pipeline.settle();
  EXPECT_EQ(progress(id).state, ReplayProgress::State::kStopped);
  EXPECT_EQ(progress(id).handled, 0u);
  EXPECT_FALSE(pipeline.manager->replays().stop("other"));
}

TEST_F(ReplayTest, EndsAtOnceWithNothingToDo) {
  EXPECT_EQ(progress(start(request({}))).state, ReplayProgress::State::kFinished);
}

TEST_F(ReplayTest, ManyAreRefusedAndFinishedOnesForgotten) {
  fail_on("a");
  pipeline.write({"a"});
  for (size_t i = 0; i < limits::kReplaysRunningMax; i++) start(request({{shard(0), {0, 1}}}));
  EXPECT_FALSE(pipeline.manager->replays().start(request({{shard(0), {0, 1}}})));
  for (const ReplayProgress& one : pipeline.manager->replays().list()) {
    pipeline.manager->replays().stop(one.id);
  }
  pipeline.settle();
  for (size_t i = 0; i < limits::kReplaysRememberedMax; i++) start(request({}));
  EXPECT_EQ(pipeline.manager->replays().list().size(), limits::kReplaysRememberedMax);
}

}  // namespace
}  // namespace millrace::lambda
