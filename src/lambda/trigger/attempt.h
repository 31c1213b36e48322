// What happened to records of one shard on their way through a mapping, as the attempt log keeps it
// (docs/formats/attempts.md). Values and their bytes; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "engine/engine.h"
#include "lambda/trigger/delivery.h"
#include "lambda/trigger/position_ranges.h"

namespace millrace::lambda {

struct Attempt {
  enum class Kind : uint8_t {
    kInvoked = 1,   // handed to the function
    kFiltered = 2,  // no filter of the mapping, as it was then, let them through
    kGivenUp = 3,   // by the mapping's policy
    kExpired = 4,   // left the stream before they were read
    kRedriven = 5,  // kept as a failure, and handled by the function later
  };
  enum class Fate : uint8_t { kSent = 1, kNotSent = 2, kDropped = 3 };

  Kind kind = Kind::kInvoked;
  PositionRanges records;
  Timestamp time{};  // it began (kInvoked), else when it happened

  // kInvoked, kRedriven
  Duration duration{0};
  InvokeOutcome::Kind outcome = InvokeOutcome::Kind::kSucceeded;
  engine::Position failed_from = 0;  // kFailedFrom: the first record that is not done
  std::string request_id;            // finds the output in the function's log group
  std::string function_error;
  std::string error;  // bounded by kAttemptErrorBytesMax

  // kGivenUp
  GiveUpReason reason = GiveUpReason::kRetryAttemptsExhausted;
  Fate fate = Fate::kDropped;
  // kGivenUp, kRedriven: the number of the kept failure; 0: none.
  uint64_t failure = 0;
};

inline constexpr size_t kAttemptErrorBytesMax = 500;

// One record of the log: what happened in one shard between two commits.
struct AttemptPage {
  // Of all pages that were ever written before this one: the difference of two is what lies
  // between.
  uint64_t bytes_before = 0;
  Timestamp time{};  // of the commit
  std::string shard_id;
  // Where the checkpoint moved by the same commit; 0: it did not.
  engine::Position checkpoint = 0;
  std::vector<Attempt> attempts;
};

std::string encode_attempt_page(const AttemptPage& page);
// Nothing if the bytes are not a page.
std::optional<AttemptPage> decode_attempt_page(std::string_view encoded);

}  // namespace millrace::lambda
