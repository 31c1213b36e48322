// The conformance suite on RocksDB: on disk (synced always, synced at intervals) and in memory.
#include "engine/engine_conformance.h"

#include <rocksdb/env.h>

#include <atomic>

#include "engine/rocksdb/engine_implementation.h"
#include "engine/rocksdb/fault_file_system.h"
#include "engine/rocksdb/temporary_directory.h"

namespace millrace::engine::rocks {

namespace {

class RocksdbUnderTest final : public EngineUnderTest {
 public:
  explicit RocksdbUnderTest(RocksdbOptions options)
      : file_system_(std::make_shared<FaultFileSystem>()),
        env_(::rocksdb::NewCompositeEnv(file_system_)),
        options_(std::move(options)) {
    options_.path = directory_.path();
    options_.on_fatal = [this](const std::string&) { ++fatal_reports_; };
    open();
  }
  ~RocksdbUnderTest() override { file_system_->release_syncs(); }

  Engine& engine() override { return *engine_; }
  ManualTimers& timers() override { return timers_; }
  bool keeps_data() const override { return !options_.in_memory; }
  void reopen() override {
    engine_.reset();
    open();
  }

  bool has_faults() const override {
    return !options_.in_memory && options_.sync_mode == SyncMode::kAlways;
  }
  void hold_syncs() override { file_system_->hold_syncs(); }
  void release_syncs() override { file_system_->release_syncs(); }
  void fail_writes() override { file_system_->fail_writes(); }
  void crash_and_reopen(size_t bytes_kept) override {
    file_system_->crash(bytes_kept);
    engine_.reset();
    file_system_->recover();
    open();
  }
  int fatal_reports() const override { return fatal_reports_; }

 private:
  void open() {
    auto opened = open_rocksdb_engine_on(env_.get(), options_, timers_);
    ASSERT_TRUE(opened) << opened.error().message;
    engine_ = std::move(*opened);
  }

  TemporaryDirectory directory_;
  ManualClock clock_;
  ManualTimers timers_{clock_};
  std::shared_ptr<FaultFileSystem> file_system_;
  std::unique_ptr<::rocksdb::Env> env_;
  RocksdbOptions options_;
  std::atomic<int> fatal_reports_ = 0;
  std::unique_ptr<Engine> engine_;
};

EngineCase engine_case(std::string name, RocksdbOptions options) {
  return {std::move(name), [options] { return std::make_unique<RocksdbUnderTest>(options); }};
}

}  // namespace
}  // namespace millrace::engine::rocks

namespace millrace::engine {

INSTANTIATE_TEST_SUITE_P(
    Rocksdb, EngineConformance,
    testing::Values(rocks::engine_case("disk", {}),
                    rocks::engine_case("interval", {.sync_mode = SyncMode::kInterval}),
                    rocks::engine_case("memory", {.in_memory = true}),
                    // Logs come from files, not from the tail in memory.
                    rocks::engine_case("disk_without_tail", {.log_tail_bytes = 0})),
    engine_case_name);

}  // namespace millrace::engine
