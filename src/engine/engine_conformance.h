// One suite that holds every engine to the text of engine.h. An engine's tests link
// millrace_engine_conformance and say how to open the engine:
//
//     INSTANTIATE_TEST_SUITE_P(Memory, EngineConformance,
//                              testing::Values(EngineCase{"memory", [] { ... }}),
//                              engine_case_name);
//
// The suite moves the engine's clock by hand and never sleeps.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/executor.h"
#include "engine/engine.h"

namespace millrace::engine {

// An engine, its data and its surroundings.
class EngineUnderTest {
 public:
  virtual ~EngineUnderTest() = default;
  virtual Engine& engine() = 0;
  // The clock and the timers that the engine was opened with.
  virtual ManualTimers& timers() = 0;

  // Closes the engine in good order and opens it on the same data.
  virtual void reopen() = 0;
  // False if reopen() finds nothing: an engine in memory.
  virtual bool keeps_data() const = 0;

  // Whether the four below work.
  virtual bool has_faults() const { return false; }
  // Nothing becomes durable until release_syncs().
  virtual void hold_syncs() {}
  virtual void release_syncs() {}
  // Loses what is not durable, as a power cut does, and opens the engine again. So many bytes of it
  // reach the disk all the same, perhaps half a transaction.
  virtual void crash_and_reopen(size_t /*bytes_kept*/ = 0) {}
  // Every write and sync fails from here on, until the engine is opened again.
  virtual void fail_writes() {}
  // How often the engine has reported that it has stopped.
  virtual int fatal_reports() const { return 0; }
};

struct EngineCase {
  std::string name;
  std::function<std::unique_ptr<EngineUnderTest>()> open;
};
inline std::string engine_case_name(const testing::TestParamInfo<EngineCase>& info) {
  return info.param.name;
}

// A value that one thread leaves and another one waits for.
template <class T>
class Outcome {
 public:
  void set(T value) {
    std::lock_guard lock(mutex_);
    value_.emplace(std::move(value));
    set_.notify_all();
  }
  T wait() {
    std::unique_lock lock(mutex_);
    set_.wait(lock, [this] { return value_.has_value(); });
    return *value_;
  }
  bool is_set() const {
    std::lock_guard lock(mutex_);
    return value_.has_value();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable set_;
  std::optional<T> value_;
};

// Shared by all suites: each test starts with an empty engine.
class EngineConformance : public testing::TestWithParam<EngineCase> {
 protected:
  static constexpr CellId kCell{2001};
  static constexpr CellId kOther{2002};

  EngineConformance() : under_test_(GetParam().open()) {}

  Engine& engine() { return under_test_->engine(); }
  EngineUnderTest& under_test() { return *under_test_; }

  Result<Committed> transact(TransactOptions options, Engine::TransactFunction fn) {
    return transact_and_wait(engine(), std::move(options), std::move(fn));
  }
  Result<Committed> transact(std::vector<CellId> cells, std::function<void(Transaction&)> changes) {
    return transact(TransactOptions{{}, std::move(cells), {}},
                    [changes = std::move(changes)](Transaction& transaction) -> Result<bool> {
                      changes(transaction);
                      return true;
                    });
  }
  // These fail the test if the engine does.
  void put(CellId cell, const std::string& key, const std::string& value);
  void erase(CellId cell, const std::string& key);
  std::optional<std::string> get(CellId cell, const std::string& key);
  Position append(CellId cell, const std::string& record);
  std::vector<Row> range(std::vector<CellId> cells, RangeOptions options);
  // "position:record ..." of one page.
  std::string log_text(CellId cell, Position after, LogReadOptions options = {});
  static std::string rows_text(const std::vector<Row>& rows);  // "key=value ..."
  static std::string rows_text(Reader& reader, const std::vector<CellId>& cells,
                               const RangeOptions& options);

  std::unique_ptr<EngineUnderTest> under_test_;
};

// The code of a failed result, "ok" of a successful one: for EXPECT_EQ with a readable message.
template <class T>
std::string outcome_of(const Result<T>& result) {
  return result ? "ok" : std::string(to_string(result.error().code));
}

}  // namespace millrace::engine
