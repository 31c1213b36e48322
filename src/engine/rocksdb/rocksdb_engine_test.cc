// What is RocksDB's own beside the conformance suite: opening, the sync modes, bounds, callbacks.
#include "engine/rocksdb/rocksdb_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/random.h"
#include "engine/engine_conformance.h"
#include "engine/rocksdb/engine_implementation.h"
#include "engine/rocksdb/fault_file_system.h"
#include "engine/rocksdb/temporary_directory.h"

namespace millrace::engine::rocks {

namespace {

using testing::HasSubstr;

constexpr CellId kCell{2001};

class RocksdbEngineTest : public testing::Test {
 protected:
  RocksdbEngineTest() { options_.path = directory_.path(); }

  std::unique_ptr<Engine> open() {
    auto engine = open_rocksdb_engine_on(env_.get(), options_, timers_);
    EXPECT_TRUE(engine) << engine.error().message;
    return engine ? std::move(*engine) : nullptr;
  }
  std::string open_error() {
    auto engine = open_rocksdb_engine(options_, timers_);
    EXPECT_FALSE(engine);
    return engine ? ""
                  : std::string(to_string(engine.error().code)) + ": " + engine.error().message;
  }
  static Result<Committed> append(Engine& engine, const std::string& record,
                                  const TransactionId& id = {}) {
    return transact_and_wait(engine, {id, {kCell}, {}}, [&](Transaction& transaction) {
      transaction.append(kCell, record);
      return Result<bool>(true);
    });
  }

  TemporaryDirectory directory_;
  ManualClock clock_;
  ManualTimers timers_{clock_};
  std::shared_ptr<FaultFileSystem> file_system_ = std::make_shared<FaultFileSystem>();
  std::unique_ptr<::rocksdb::Env> env_ = ::rocksdb::NewCompositeEnv(file_system_);
  RocksdbOptions options_;
};

}  // namespace

TEST_F(RocksdbEngineTest, MakesItsDirectory) {
  options_.path = directory_.path() + "/new/data";
  ASSERT_NE(open(), nullptr);
  EXPECT_TRUE(std::filesystem::exists(options_.path + "/FORMAT"));
}

TEST_F(RocksdbEngineTest, RefusesADirectoryInUse) {
  auto engine = open();
  EXPECT_THAT(open_error(), HasSubstr("unavailable: the data directory " + options_.path +
                                      " is in use: another millrace process holds its lock"));
}

TEST_F(RocksdbEngineTest, RefusesADirectoryThatCannotBeMade) {
  std::ofstream(directory_.path() + "/file") << "x";
  options_.path = directory_.path() + "/file/data";
  EXPECT_THAT(open_error(), HasSubstr("unavailable: the data directory"));
}

TEST_F(RocksdbEngineTest, RefusesADirectoryThatCannotBeWritten) {
  if (::geteuid() == 0) GTEST_SKIP() << "the superuser may write everywhere";
  std::filesystem::permissions(
      directory_.path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  EXPECT_THAT(open_error(), HasSubstr("is not writable"));
  std::filesystem::permissions(directory_.path(), std::filesystem::perms::owner_all);
}

TEST_F(RocksdbEngineTest, RefusesAnotherFormatVersion) {
  std::ofstream(directory_.path() + "/FORMAT") << "millrace storage 2\n";
  EXPECT_THAT(open_error(), HasSubstr("has the format \"millrace storage 2\", but this millrace "
                                      "reads only format version 1"));
}

TEST_F(RocksdbEngineTest, RefusesAForeignDatabase) {
  ASSERT_NE(open(), nullptr);
  std::filesystem::remove(directory_.path() + "/FORMAT");
  EXPECT_THAT(open_error(), HasSubstr("holds a database that millrace did not write"));
}

TEST_F(RocksdbEngineTest, RefusesADamagedDatabase) {
  ASSERT_NE(open(), nullptr);
  for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
    if (entry.path().filename().string().starts_with("MANIFEST")) {
      std::ofstream(entry.path(), std::ios::binary | std::ios::in) << std::string(40, '\xee');
    }
  }
  EXPECT_THAT(open_error(), HasSubstr("corrupt"));
}

TEST_F(RocksdbEngineTest, IntervalSyncsWhatAPowerCutMayTake) {
  options_.sync_mode = SyncMode::kInterval;
  options_.sync_interval = std::chrono::milliseconds(100);
  auto engine = open();
  EXPECT_TRUE(append(*engine, "synced"));
  EXPECT_EQ(timers_.pending(), 1u);
  uint64_t syncs = file_system_->syncs();
  timers_.advance(std::chrono::milliseconds(100));
  file_system_->wait_for_syncs(syncs + 1);
  EXPECT_TRUE(append(*engine, "lost"));
  EXPECT_EQ(timers_.pending(), 1u);
  file_system_->crash();
  engine.reset();
  file_system_->recover();
  engine = open();
  EXPECT_EQ(engine->log_range(kCell)->last, 1u);
}

TEST_F(RocksdbEngineTest, IntervalKeepsEverythingWhenClosed) {
  options_.sync_mode = SyncMode::kInterval;
  auto engine = open();
  EXPECT_TRUE(append(*engine, "a"));
  engine.reset();
  engine = open();
  EXPECT_EQ(engine->log_range(kCell)->last, 1u);
}

TEST_F(RocksdbEngineTest, AStopLeavesNothingToReplay) {
  auto engine = open();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(append(*engine, std::string(10'000, 'x')));
  engine.reset();
  uintmax_t log_bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(options_.path)) {
    if (file.path().extension() == ".log") log_bytes += file.file_size();
  }
  EXPECT_LT(log_bytes, 10'000u);
}

TEST_F(RocksdbEngineTest, TooManyPendingCommitsAreRefused) {
  options_.pending_max = 4;
  auto engine = open();
  auto start = [&](Outcome<Result<Committed>>& outcome) {
    engine->transact(
        {{}, {kCell}, {}},
        [](Transaction& transaction) {
          transaction.append(kCell, "r");
          return Result<bool>(true);
        },
        [&outcome](Result<Committed> done) { outcome.set(std::move(done)); });
  };
  file_system_->hold_syncs();
  Outcome<Result<Committed>> syncing, pending[4], refused[2];
  start(syncing);
  file_system_->wait_until_held();
  for (auto& outcome : pending) start(outcome);
  for (auto& outcome : refused) {
    start(outcome);
    ASSERT_TRUE(outcome.is_set());
    EXPECT_EQ(outcome_of(outcome.wait()), to_string(ErrorCode::kUnavailable));
  }
  file_system_->release_syncs();
  EXPECT_EQ(outcome_of(syncing.wait()), "ok");
  for (auto& outcome : pending) EXPECT_EQ(outcome_of(outcome.wait()), "ok");
  EXPECT_EQ(engine->log_range(kCell)->last, 5u);
  EXPECT_TRUE(append(*engine, "room again"));
}

TEST_F(RocksdbEngineTest, ExpiredIdsRunAgain) {
  auto engine = open();
  EXPECT_FALSE(append(*engine, "a", "id")->replayed);
  clock_.advance(TransactionIds::kRememberedFor + std::chrono::seconds(1));
  EXPECT_FALSE(append(*engine, "b", "id")->replayed);
  EXPECT_TRUE(append(*engine, "c", "id")->replayed);
}

TEST_F(RocksdbEngineTest, InMemoryWithAManualExecutorIsDeterministic) {
  ManualExecutor executor;
  options_.in_memory = true;
  options_.executor = &executor;
  auto engine = open();
  int woken = 0;
  engine->wait({{kCell, 0}}, std::nullopt, [&] { ++woken; });
  bool completed = false;
  engine->transact(
      {{}, {kCell}, {}},
      [](Transaction& transaction) {
        transaction.append(kCell, "a");
        return Result<bool>(true);
      },
      [&](Result<Committed> done) { completed = done.has_value(); });
  EXPECT_TRUE(completed);
  EXPECT_EQ(woken, 0);
  EXPECT_EQ(executor.run_all(), 1);
  EXPECT_EQ(woken, 1);
  engine->wait({{kCell, 1}}, clock_.now() + std::chrono::seconds(1), [&] { ++woken; });
  timers_.advance(std::chrono::seconds(1));
  EXPECT_EQ(executor.run_all(), 1);
  EXPECT_EQ(woken, 2);
}

TEST_F(RocksdbEngineTest, CompletesWhatIsPendingWhenItIsDestroyed) {
  auto engine = open();
  file_system_->hold_syncs();
  Outcome<Result<Committed>> outcome;
  engine->transact(
      {{}, {kCell}, {}},
      [](Transaction& transaction) {
        transaction.append(kCell, "a");
        return Result<bool>(true);
      },
      [&](Result<Committed> done) { outcome.set(std::move(done)); });
  bool woken = false;
  engine->wait({{kCell, 5}}, std::nullopt, [&] { woken = true; });
  file_system_->release_syncs();
  engine.reset();
  ASSERT_TRUE(outcome.is_set());
  EXPECT_TRUE(outcome.wait());
  EXPECT_FALSE(woken);
}

// The tail is a cache: whatever its size and whichever cells share it, logs read the same.
TEST_F(RocksdbEngineTest, LogTailsShareTheirBudget) {
  options_.in_memory = true;
  options_.log_tail_bytes = 2000;
  auto engine = open();
  SeededRandom random(7);
  Position ends[3] = {};
  for (int i = 0; i < 200; ++i) {
    uint64_t n = random.below(3);
    CellId cell{3000 + n};
    ASSERT_TRUE(transact_and_wait(*engine, {{}, {cell}, {}}, [&](Transaction& transaction) {
      ends[n] = transaction.append(cell, std::string(random.below(300), 'x'));
      transaction.append(cell, std::to_string(++ends[n]));
      return Result<bool>(true);
    }));
    for (uint64_t reader = 0; reader < 3; ++reader) {
      Position after = ends[reader] - std::min<Position>(ends[reader], 2 * random.below(4));
      auto page = engine->log_read(CellId{3000 + reader}, after, {});
      ASSERT_TRUE(page);
      ASSERT_EQ(page->records.size(), ends[reader] - after);
      if (!page->records.empty()) {
        EXPECT_EQ(page->records.back().record, std::to_string(ends[reader]));
      }
    }
  }
}

}  // namespace millrace::engine::rocks
