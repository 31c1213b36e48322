// Damage of stored files: told from an unfinished write, refused, or left out on request.
#include "engine/rocksdb/log_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engine/engine_conformance.h"
#include "engine/rocksdb/engine_implementation.h"
#include "engine/rocksdb/fault_file_system.h"
#include "engine/rocksdb/temporary_directory.h"

namespace millrace::engine::rocks {

namespace {

using testing::HasSubstr;

constexpr CellId kCell{2001};

class LogCheckTest : public testing::Test {
 protected:
  LogCheckTest() { options_.path = directory_.path() + "/data"; }

  Result<std::unique_ptr<Engine>> open() {
    return open_rocksdb_engine_on(env_.get(), options_, timers_);
  }

  // Writes so many records, and makes the directory what a crash behind the last one leaves.
  void write(int records, size_t bytes = 1000) {
    std::filesystem::remove_all(options_.path);
    options_.path = directory_.path() + "/running";
    auto engine = open();
    ASSERT_TRUE(engine);
    for (int i = 0; i < records; ++i) {
      ASSERT_TRUE(transact_and_wait(**engine, {{}, {kCell}, {}}, [&](Transaction& transaction) {
        transaction.append(kCell, std::string(bytes, 'x'));
        return Result<bool>(true);
      }));
    }
    std::filesystem::copy(options_.path, directory_.path() + "/data");
    engine->reset();
    std::filesystem::remove_all(options_.path);
    options_.path = directory_.path() + "/data";
  }

  std::filesystem::path log_path() const {
    std::filesystem::path newest;
    for (const auto& file : std::filesystem::directory_iterator(options_.path)) {
      if (file.path().extension() == ".log" && file.path() > newest) newest = file.path();
    }
    return newest;
  }
  void flip(uintmax_t at) const {
    std::fstream file(log_path(), std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(static_cast<std::streamoff>(at));
    auto byte = static_cast<char>(file.get() ^ 0x40);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte);
  }
  uintmax_t log_bytes() const { return std::filesystem::file_size(log_path()); }

  Position records() {
    auto engine = open();
    EXPECT_TRUE(engine) << engine.error().message;
    return engine ? (*engine)->log_range(kCell)->last : 0;
  }
  std::string refusal() {
    auto engine = open();
    EXPECT_FALSE(engine);
    return engine ? "" : engine.error().message;
  }

  TemporaryDirectory directory_;
  ManualClock clock_;
  ManualTimers timers_{clock_};
  std::shared_ptr<FaultFileSystem> file_system_ = std::make_shared<FaultFileSystem>();
  std::unique_ptr<::rocksdb::Env> env_ = ::rocksdb::NewCompositeEnv(file_system_);
  RocksdbOptions options_;
};

}  // namespace

TEST_F(LogCheckTest, AWholeLogIsFine) {
  write(100);
  EXPECT_TRUE(check_logs(options_.path));
  EXPECT_EQ(records(), 100u);
}

TEST_F(LogCheckTest, ADirectoryWithoutLogsIsFine) {
  EXPECT_TRUE(check_logs(options_.path));
}

TEST_F(LogCheckTest, AnUnfinishedWriteAtTheEndIsLeftOut) {
  for (uintmax_t missing : {1, 500, 1000}) {
    write(5);
    std::filesystem::resize_file(log_path(), log_bytes() - missing);
    EXPECT_EQ(records(), 4u) << missing;
  }
}

TEST_F(LogCheckTest, ALastWriteThatIsHalfWrittenIsLeftOut) {
  write(5);
  flip(log_bytes() - 10);
  EXPECT_EQ(records(), 4u);
}

// Whatever byte of the log it is, and whether a block ends behind it or not.
TEST_F(LogCheckTest, DamageBeforeAcknowledgedWritesIsRefused) {
  write(100);
  for (uintmax_t at : {uintmax_t{0}, uintmax_t{5}, uintmax_t{6}, uintmax_t{200}, log_bytes() / 2,
                       uintmax_t{32767}, uintmax_t{32768 + 4}, log_bytes() - 2000}) {
    flip(at);
    EXPECT_THAT(refusal(), HasSubstr("is damaged at byte ")) << at;
    flip(at);
  }
  EXPECT_EQ(records(), 100u);
}

TEST_F(LogCheckTest, WhatFollowsDamageIsGivenUpOnRequest) {
  write(100);
  flip(log_bytes() / 2);
  EXPECT_THAT(refusal(), HasSubstr("start with --accept-lost-writes"));
  options_.accept_lost_writes = true;
  Position left = records();
  EXPECT_GT(left, 40u);
  EXPECT_LT(left, 60u);
  options_.accept_lost_writes = false;
  EXPECT_EQ(records(), left);
}

TEST_F(LogCheckTest, AnEarlierLogMustBeWhole) {
  write(5);
  auto earlier = log_path();
  auto later = log_path();
  later.replace_filename("999999.log");
  std::filesystem::copy_file(log_path(), later);
  EXPECT_TRUE(check_logs(options_.path));
  std::filesystem::rename(later, options_.path + "/kept");
  flip(log_bytes() - 10);
  EXPECT_TRUE(check_logs(options_.path));
  std::filesystem::rename(options_.path + "/kept", later);
  auto checked = check_logs(options_.path);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message, HasSubstr(earlier.string()));
}

}  // namespace millrace::engine::rocks
