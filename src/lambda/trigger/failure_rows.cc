#include "lambda/trigger/failure_rows.h"

#include "base/encoding.h"
#include "engine/cells.h"

namespace millrace::lambda {
namespace {

constexpr char kVersion = 1;
constexpr size_t kStateBytes = 1 + 4 * 8;

enum class RowKind : char { kState = 0, kFailure = 1, kChunk = 2, kPlace = 3 };

std::string key_of(uint64_t mapping, RowKind kind) {
  std::string key = failures_begin(mapping);
  key += static_cast<char>(kind);
  return key;
}

}  // namespace

std::string failures_begin(uint64_t mapping) {
  std::string key(1, static_cast<char>(engine::KeyPrefix::kAttemptLog));
  append_u64(key, mapping);
  return key;
}

std::string failure_state_key(uint64_t mapping) {
  return key_of(mapping, RowKind::kState);
}

std::string failure_key(uint64_t mapping, uint64_t number) {
  std::string key = key_of(mapping, RowKind::kFailure);
  append_u64(key, number);
  return key;
}

std::string failure_chunk_key(uint64_t mapping, uint64_t number, size_t chunk) {
  std::string key = key_of(mapping, RowKind::kChunk);
  append_u64(key, number);
  append_u16(key, static_cast<uint16_t>(chunk));
  return key;
}

std::string failure_place_key(uint64_t mapping, const KeptFailure& failure) {
  std::string key = key_of(mapping, RowKind::kPlace);
  append_u64(key, failure.first);
  append_u64(key, failure.last);
  return key + failure.shard_id;
}

std::string encode_failure_state(const FailureState& state) {
  std::string value(1, kVersion);
  for (uint64_t number : {state.next, state.count, state.bytes, state.pushed_out}) {
    append_u64(value, number);
  }
  return value;
}

std::optional<FailureState> decode_failure_state(std::string_view value) {
  if (value.size() != kStateBytes || value[0] != kVersion) return std::nullopt;
  return FailureState{read_u64(value.substr(1)), read_u64(value.substr(9)),
                      read_u64(value.substr(17)), read_u64(value.substr(25))};
}

std::string encode_failure(const KeptFailure& failure) {
  std::string value(1, kVersion);
  append_u64(value, static_cast<uint64_t>(failure.time.time_since_epoch().count()));
  value += static_cast<char>(failure.reason == GiveUpReason::kRecordAgeExceeded ? 2 : 1);
  for (uint64_t number :
       {failure.number, failure.first, failure.last, static_cast<uint64_t>(failure.records),
        static_cast<uint64_t>(failure.invoke_count), failure.payload_bytes}) {
    append_varint(value, number);
  }
  for (const std::string* text : {&failure.shard_id, &failure.stream_arn, &failure.request_id,
                                  &failure.error, &failure.function_arn, &failure.destination}) {
    append_sized(value, *text);
  }
  return value;
}

std::optional<KeptFailure> decode_failure(std::string_view value) {
  if (value.size() < 10 || value[0] != kVersion) return std::nullopt;
  KeptFailure failure;
  failure.time = Timestamp(Duration(static_cast<int64_t>(read_u64(value.substr(1)))));
  if (value[9] == 2) failure.reason = GiveUpReason::kRecordAgeExceeded;
  value.remove_prefix(10);
  uint64_t records = 0, invoke_count = 0;
  for (uint64_t* number : {&failure.number, &failure.first, &failure.last, &records, &invoke_count,
                           &failure.payload_bytes}) {
    auto taken = take_varint(value);
    if (!taken) return std::nullopt;
    *number = *taken;
  }
  failure.records = records;
  failure.invoke_count = static_cast<int>(invoke_count);
  for (std::string* text : {&failure.shard_id, &failure.stream_arn, &failure.request_id,
                            &failure.error, &failure.function_arn, &failure.destination}) {
    auto taken = take_sized(value);
    if (!taken) return std::nullopt;
    text->assign(*taken);
  }
  if (!value.empty()) return std::nullopt;
  return failure;
}

}  // namespace millrace::lambda
