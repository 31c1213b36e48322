// Records that a mapping gave up, kept whole until they are redriven, removed, or too many
// (docs/formats/attempts.md). The rows are in the mapping's own cell.
//
// Thread-safe. Completions run as those of the engine do.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "lambda/trigger/delivery.h"

namespace millrace::lambda {

struct KeptFailure {
  uint64_t number = 0;  // within the mapping, from 1
  std::string shard_id;
  std::string stream_arn;
  engine::Position first = 0, last = 0;
  size_t records = 0;
  GiveUpReason reason = GiveUpReason::kRetryAttemptsExhausted;
  int invoke_count = 0;  // 0: the function never ran
  std::string request_id;
  std::string error;
  Timestamp time{};            // it was given up
  std::string function_arn;    // that failed
  std::string destination;     // ARN that is told; empty: none
  uint64_t payload_bytes = 0;  // of the event
};

// Of one mapping.
struct KeptFailures {
  std::vector<KeptFailure> failures;  // newest first
  uint64_t count = 0;                 // of all that are kept
  uint64_t bytes = 0;                 // of their events
  uint64_t pushed_out = 0;            // by newer ones, ever
};

class FailureStore {
 public:
  explicit FailureStore(engine::Engine& engine) : engine_(engine) {}

  // Keeps {"Records": [...]}; gives it a number. Records of the same shard and positions that are
  // kept already, from before a crash, keep theirs. The oldest go beyond kKeptFailuresMax or
  // kKeptFailuresBytesMax.
  void keep(uint64_t mapping, KeptFailure failure, std::string payload,
            UniqueFunction<void(engine::Result<uint64_t>)> done);

  void list(uint64_t mapping, size_t failures_max,
            UniqueFunction<void(engine::Result<KeptFailures>)> done);

  struct Whole {
    KeptFailure failure;
    std::string payload;
  };
  void find(uint64_t mapping, uint64_t number,
            UniqueFunction<void(engine::Result<std::optional<Whole>>)> done);

  // `done` gets whether it was there.
  void erase(uint64_t mapping, uint64_t number, UniqueFunction<void(engine::Result<bool>)> done);
  // Removes some of the mapping's rows; `done` gets whether none is left.
  void erase_some(uint64_t mapping, UniqueFunction<void(engine::Result<bool>)> done);

 private:
  engine::Engine& engine_;
};

}  // namespace millrace::lambda
