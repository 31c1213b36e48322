// Keys and values of the rows that keep failures (docs/formats/attempts.md). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lambda/trigger/failure_store.h"

namespace millrace::lambda {

// Below the engine's bound of a value.
inline constexpr size_t kFailureChunkBytes = 256 * 1024;
inline size_t failure_chunks(uint64_t payload_bytes) {
  return (payload_bytes + kFailureChunkBytes - 1) / kFailureChunkBytes;
}

struct FailureState {
  uint64_t next = 1;
  uint64_t count = 0;
  uint64_t bytes = 0;
  uint64_t pushed_out = 0;
};

std::string failures_begin(uint64_t mapping);  // of all rows of the mapping
std::string failure_state_key(uint64_t mapping);
std::string failure_key(uint64_t mapping, uint64_t number);
std::string failure_chunk_key(uint64_t mapping, uint64_t number, size_t chunk);
// Where the records are in the stream: tells whether they are kept already.
std::string failure_place_key(uint64_t mapping, const KeptFailure& failure);

std::string encode_failure_state(const FailureState& state);
std::optional<FailureState> decode_failure_state(std::string_view value);
std::string encode_failure(const KeptFailure& failure);
std::optional<KeptFailure> decode_failure(std::string_view value);

}  // namespace millrace::lambda
