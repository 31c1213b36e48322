// What is to go wrong on purpose: faults that a test has asked for, and the decision whether one of
// them happens now. Knows nothing of what they do. The same seed gives the same decisions.
//
// Thread-safe. Costs one relaxed load as long as there is no fault.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace millrace::control {

enum class FaultKind {
  // A request is not carried out:
  kThrottle,  // it gets the error with which AWS slows this operation down
  kError,     // it gets the error that the fault names
  // An invocation of a function
  kFailFunction,           // fails without running
  kLoseResult,             // runs, and its success is lost on the way
  kDeliverTwice,           // runs a second time after it succeeded
  kCrashBeforeCheckpoint,  // runs, and the mapping starts again from its stored checkpoint
  // At once:
  kExpireIterators,
  kRotate,
  kSplit,
};
std::string_view to_string(FaultKind kind);  // as in requests: "throttle", "deliverTwice"

struct Fault {
  FaultKind kind;
  // What it happens to; empty stands for anything. Services are named as in
  // aws::OperationRegistry.
  std::string service = {}, operation = {}, table_name = {};
  std::string function_name = {}, mapping = {};  // the mapping's UUID
  std::string error_type = {}, error_message = {};
  int http_status = 400;
  uint64_t count = 1;  // it happens so often, and never again
  double probability = 1;
  uint64_t seed = 1;
};

class FaultPlan {
 public:
  static constexpr size_t kFaultsMax = 100;

  // What could go wrong here; a fault matches if it names nothing else.
  struct Request {
    std::string_view service, operation;
    const std::string& body;  // JSON, looked at only if a fault names a table
  };
  struct Call {
    std::string_view function_name, mapping;
  };

  // Its number; nothing if there are too many.
  std::optional<uint64_t> add(Fault fault);
  void clear();

  // The first fault that happens to this request, counted as having happened.
  std::optional<Fault> on_request(const Request& request);
  // Before a function runs (kFailFunction), and after it has succeeded (the other three).
  std::optional<Fault> before_call(const Call& call);
  std::optional<Fault> after_success(const Call& call);
  // Whether a fault that comes by itself happens now.
  bool happens(uint64_t number);

  struct Description {
    uint64_t number;
    Fault fault;
    uint64_t looked = 0;  // how often it could have happened
    uint64_t fired = 0;   // how often it did
  };
  std::vector<Description> list() const;

  // Whether anything above can happen.
  bool is_empty() const { return !armed_.load(std::memory_order_relaxed); }

 private:
  struct Entry {
    Description description;
    std::unique_ptr<SeededRandom> random;
  };
  // REQUIRES for both: the mutex is held.
  static bool decide(Entry& entry);
  template <class Matches>
  std::optional<Fault> first(Matches matches);

  std::atomic<bool> armed_{false};
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
  uint64_t next_number_ = 1;
};

}  // namespace millrace::control
