#include "engine/engine.h"

#include <future>
#include <memory>

namespace millrace::engine {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kConflict: return "conflict";
    case ErrorCode::kUnavailable: return "unavailable";
    case ErrorCode::kUnknown: return "unknown outcome";
    case ErrorCode::kFenced: return "fenced";
    case ErrorCode::kTooLarge: return "too large";
    case ErrorCode::kTooOld: return "too old";
    case ErrorCode::kCorrupt: return "corrupt";
    case ErrorCode::kAborted: return "aborted";
  }
  return "?";
}

Result<Committed> transact_and_wait(Engine& engine, TransactOptions options,
                                    Engine::TransactFunction fn) {
  std::promise<Result<Committed>> promise;
  auto outcome = promise.get_future();
  engine.transact(std::move(options), std::move(fn),
                  [&promise](Result<Committed> result) { promise.set_value(std::move(result)); });
  return outcome.get();
}

Result<void> snapshot_and_wait(Engine& engine, std::vector<CellId> cells,
                               Engine::SnapshotFunction fn) {
  std::promise<Result<void>> promise;
  auto outcome = promise.get_future();
  engine.snapshot(std::move(cells), std::move(fn),
                  [&promise](Result<void> result) { promise.set_value(std::move(result)); });
  return outcome.get();
}

}  // namespace millrace::engine
