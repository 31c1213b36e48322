#include "lambda/trigger/failure_store.h"

#include <memory>

#include "base/encoding.h"
#include "base/limits.h"
#include "engine/cells.h"
#include "lambda/trigger/checkpoint.h"
#include "lambda/trigger/failure_rows.h"

namespace millrace::lambda {
namespace {

using engine::Reader;
using engine::Result;
using engine::Transaction;

constexpr size_t kErasedAtOnce = 100;

Result<FailureState> read_state(Reader& reader, uint64_t mapping) {
  MILLRACE_TRY(auto row, reader.get(CheckpointStore::cell(mapping), failure_state_key(mapping)));
  if (!row) return FailureState();
  auto state = decode_failure_state(*row);
  if (!state) return Unexpected(engine::Error{engine::ErrorCode::kCorrupt, "state of failures"});
  return *state;
}

// Headers from the oldest on, or from the newest back.
Result<std::vector<KeptFailure>> read_headers(Reader& reader, uint64_t mapping, bool newest_first,
                                              size_t failures_max) {
  std::vector<KeptFailure> failures;
  bool good = true;
  engine::RangeOptions range;
  range.begin = failure_key(mapping, 0);
  range.end = failure_key(mapping, UINT64_MAX);
  range.reverse = newest_first;
  range.rows_max = failures_max;
  MILLRACE_CHECK_OK(reader.range({CheckpointStore::cell(mapping)}, range,
                                 [&](std::string_view, std::string_view value) {
                                   auto failure = decode_failure(value);
                                   good &= failure.has_value();
                                   if (failure) failures.push_back(std::move(*failure));
                                   return good;
                                 }));
  if (!good) return Unexpected(engine::Error{engine::ErrorCode::kCorrupt, "a kept failure"});
  return failures;
}

void erase_rows(Transaction& transaction, uint64_t mapping, const KeptFailure& failure,
                FailureState& state) {
  engine::CellId cell = CheckpointStore::cell(mapping);
  transaction.erase(cell, failure_key(mapping, failure.number));
  transaction.erase(cell, failure_place_key(mapping, failure));
  for (size_t chunk = 0; chunk < failure_chunks(failure.payload_bytes); chunk++) {
    transaction.erase(cell, failure_chunk_key(mapping, failure.number, chunk));
  }
  state.count--;
  state.bytes -= failure.payload_bytes;
}

// Makes room for `bytes` more.
Result<void> push_out(Transaction& transaction, uint64_t mapping, uint64_t bytes,
                      FailureState& state) {
  auto is_full = [&] {
    return state.count > 0 && (state.count >= limits::kKeptFailuresMax ||
                               state.bytes + bytes > limits::kKeptFailuresBytesMax);
  };
  while (is_full()) {
    MILLRACE_TRY(auto oldest, read_headers(transaction, mapping, false, 16));
    if (oldest.empty()) break;
    for (const KeptFailure& failure : oldest) {
      if (!is_full()) break;
      erase_rows(transaction, mapping, failure, state);
      state.pushed_out++;
    }
  }
  return {};
}

// The number that it has now.
Result<uint64_t> write(Transaction& transaction, uint64_t mapping, KeptFailure failure,
                       const std::string& payload) {
  engine::CellId cell = CheckpointStore::cell(mapping);
  std::string place = failure_place_key(mapping, failure);
  MILLRACE_TRY(auto known, transaction.get(cell, place));
  if (known && known->size() == 8) return read_u64(*known);
  MILLRACE_TRY(FailureState state, read_state(transaction, mapping));
  MILLRACE_CHECK_OK(push_out(transaction, mapping, payload.size(), state));
  failure.number = state.next++;
  failure.payload_bytes = payload.size();
  state.count++;
  state.bytes += payload.size();
  std::string number;
  append_u64(number, failure.number);
  transaction.put(cell, place, number);
  transaction.put(cell, failure_key(mapping, failure.number), encode_failure(failure));
  for (size_t chunk = 0; chunk < failure_chunks(payload.size()); chunk++) {
    transaction.put(
        cell, failure_chunk_key(mapping, failure.number, chunk),
        std::string_view(payload).substr(chunk * kFailureChunkBytes, kFailureChunkBytes));
  }
  transaction.put(cell, failure_state_key(mapping), encode_failure_state(state));
  return failure.number;
}

engine::TransactOptions options_for(uint64_t mapping) {
  engine::TransactOptions options;
  options.cells = {CheckpointStore::cell(mapping)};
  return options;
}

// Runs `read` in a snapshot and hands its result over.
template <class T>
void read_snapshot(engine::Engine& engine, uint64_t mapping, std::function<Result<T>(Reader&)> read,
                   UniqueFunction<void(Result<T>)> done) {
  auto value = std::make_shared<std::optional<T>>();
  engine.snapshot(
      {CheckpointStore::cell(mapping)},
      [value, read = std::move(read)](Reader& reader) -> Result<void> {
        MILLRACE_TRY(T found, read(reader));
        *value = std::move(found);
        return {};
      },
      [value, done = std::move(done)](Result<void> result) mutable {
        if (!result) return done(Unexpected(result.error()));
        done(std::move(**value));
      });
}

Result<std::optional<FailureStore::Whole>> read_whole(Reader& reader, uint64_t mapping,
                                                      uint64_t number) {
  engine::CellId cell = CheckpointStore::cell(mapping);
  std::optional<FailureStore::Whole> none;
  MILLRACE_TRY(auto row, reader.get(cell, failure_key(mapping, number)));
  if (!row) return none;
  auto failure = decode_failure(*row);
  if (!failure) return Unexpected(engine::Error{engine::ErrorCode::kCorrupt, "a kept failure"});
  FailureStore::Whole whole{std::move(*failure), {}};
  for (size_t chunk = 0; chunk < failure_chunks(whole.failure.payload_bytes); chunk++) {
    MILLRACE_TRY(auto bytes, reader.get(cell, failure_chunk_key(mapping, number, chunk)));
    whole.payload += bytes.value_or("");
  }
  return std::optional(std::move(whole));
}

}  // namespace

void FailureStore::keep(uint64_t mapping, KeptFailure failure, std::string payload,
                        UniqueFunction<void(Result<uint64_t>)> done) {
  auto number = std::make_shared<uint64_t>(0);
  engine_.transact(
      options_for(mapping),
      [mapping, number, failure = std::move(failure),
       payload = std::move(payload)](Transaction& transaction) -> Result<bool> {
        MILLRACE_TRY(*number, write(transaction, mapping, failure, payload));
        return true;
      },
      [number, done = std::move(done)](Result<engine::Committed> result) mutable {
        if (!result) return done(Unexpected(result.error()));
        done(*number);
      });
}

void FailureStore::list(uint64_t mapping, size_t failures_max,
                        UniqueFunction<void(Result<KeptFailures>)> done) {
  read_snapshot<KeptFailures>(
      engine_, mapping,
      [mapping, failures_max](Reader& reader) -> Result<KeptFailures> {
        KeptFailures kept;
        MILLRACE_TRY(FailureState state, read_state(reader, mapping));
        MILLRACE_TRY(kept.failures, read_headers(reader, mapping, true, failures_max));
        kept.count = state.count;
        kept.bytes = state.bytes;
        kept.pushed_out = state.pushed_out;
        return kept;
      },
      std::move(done));
}

void FailureStore::find(uint64_t mapping, uint64_t number,
                        UniqueFunction<void(Result<std::optional<Whole>>)> done) {
  read_snapshot<std::optional<Whole>>(
      engine_, mapping,
      [mapping, number](Reader& reader) { return read_whole(reader, mapping, number); },
      std::move(done));
}

void FailureStore::erase(uint64_t mapping, uint64_t number,
                         UniqueFunction<void(Result<bool>)> done) {
  auto found = std::make_shared<bool>(false);
  engine_.transact(
      options_for(mapping),
      [mapping, number, found](Transaction& transaction) -> Result<bool> {
        engine::CellId cell = CheckpointStore::cell(mapping);
        MILLRACE_TRY(auto row, transaction.get(cell, failure_key(mapping, number)));
        auto failure = row ? decode_failure(*row) : std::nullopt;
        *found = failure.has_value();
        if (!failure) return true;
        MILLRACE_TRY(FailureState state, read_state(transaction, mapping));
        erase_rows(transaction, mapping, *failure, state);
        transaction.put(cell, failure_state_key(mapping), encode_failure_state(state));
        return true;
      },
      [found, done = std::move(done)](Result<engine::Committed> result) mutable {
        if (!result) return done(Unexpected(result.error()));
        done(*found);
      });
}

void FailureStore::erase_some(uint64_t mapping, UniqueFunction<void(Result<bool>)> done) {
  auto rest = std::make_shared<bool>(true);
  engine_.transact(
      options_for(mapping),
      [mapping, rest](Transaction& transaction) -> Result<bool> {
        std::vector<std::string> keys;
        engine::RangeOptions range;
        range.begin = failures_begin(mapping);
        range.end = failures_begin(mapping + 1);
        range.rows_max = kErasedAtOnce;
        MILLRACE_CHECK_OK(transaction.range({CheckpointStore::cell(mapping)}, range,
                                            [&](std::string_view key, std::string_view) {
                                              keys.emplace_back(key);
                                              return true;
                                            }));
        for (const std::string& key : keys) transaction.erase(CheckpointStore::cell(mapping), key);
        *rest = keys.size() == kErasedAtOnce;
        return true;
      },
      [rest, done = std::move(done)](Result<engine::Committed> result) mutable {
        if (!result) return done(Unexpected(result.error()));
        done(!*rest);
      });
}

}  // namespace millrace::lambda
