// Reading of shards: a shard is a window on its cell's log, and what it ends at may become known
// while it is read.
#include <algorithm>

#include "dynamodb/stream/engine_stream_store.h"
#include "dynamodb/stream/log_search.h"

namespace millrace::dynamodb::stream {

using engine::ErrorCode;
using engine::Position;

EngineStreamStore::End EngineStreamStore::end_of(const Shard& shard) const {
  if (shard.last) return {shard.last, true, false};
  // In this order: a fence goes only after the description that replaces it is published.
  auto fence = fences_->lowest(shard.cell);
  StreamPtr stream = catalog_->find(shard.stream_arn);
  const Shard* current = stream ? stream->find_shard(shard.id) : nullptr;
  if (current == nullptr) return {shard.after, true, true};
  if (current->last) return {current->last, true, false};
  return {fence, false, false};
}

engine::Result<RecordPage> EngineStreamStore::read(const Shard& shard, Position after,
                                                   const engine::LogReadOptions& options) const {
  after = std::max(after, shard.after);
  End end = end_of(shard);
  if (end.expired) {
    return Unexpected(engine::Error{ErrorCode::kTooOld, "the shard has expired"});
  }
  RecordPage page;
  page.next_after = after;
  if (end.position && after >= *end.position) {
    page.at_end = true;
    page.shard_finished = end.closed;
    return page;
  }
  if (after < catalog_->hidden_until(shard.cell)) {
    return Unexpected(engine::Error{ErrorCode::kTooOld, "the records have expired"});
  }
  MILLRACE_TRY(auto log, engine_.log_read(shard.cell, after, options));
  if (!end.closed) end = end_of(shard);

  for (const engine::LogRecord& record : log.records) {
    if (end.position && record.position > *end.position) break;
    auto change = decode_change(record.record);
    if (!change) {
      return Unexpected(engine::Error{ErrorCode::kCorrupt, "a log record is not a change record"});
    }
    page.records.push_back({record.position, std::move(*change)});
    page.next_after = record.position;
  }
  bool reached_end = end.position && page.next_after >= *end.position;
  page.at_end = reached_end || page.next_after >= log.end;
  page.shard_finished = reached_end && end.closed;
  return page;
}

engine::Result<Position> EngineStreamStore::trim_horizon(const Shard& shard) const {
  MILLRACE_TRY(auto range, engine_.log_range(shard.cell));
  Position horizon = std::max({shard.after, range.first - 1, catalog_->hidden_until(shard.cell)});
  End end = end_of(shard);
  return end.position ? std::min(horizon, std::max(*end.position, shard.after)) : horizon;
}

engine::Result<Position> EngineStreamStore::latest(const Shard& shard) const {
  MILLRACE_TRY(auto range, engine_.log_range(shard.cell));
  Position latest = std::max(shard.after, range.last);
  End end = end_of(shard);
  return end.position ? std::min(latest, *end.position) : latest;
}

engine::Result<Position> EngineStreamStore::position_at_time(const Shard& shard,
                                                             Timestamp time) const {
  MILLRACE_TRY(Position newest, latest(shard));
  MILLRACE_TRY(Position oldest, trim_horizon(shard));
  return last_before(engine_, shard.cell, oldest, newest, time);
}

engine::WaitId EngineStreamStore::wait(const Shard& shard, Position after,
                                       std::optional<Timestamp> deadline,
                                       UniqueFunction<void()> wake) {
  // Registered before looking, so that a shard which closes meanwhile is not missed. At a fence
  // only the outcome of the closing transaction is waited for.
  bool fenced = false;
  if (auto fence = fences_->lowest(shard.cell)) fenced = after >= *fence;
  auto beyond = fenced ? std::nullopt : std::optional(std::max(after, shard.after));
  engine::WaitId id = waits_->add(shard.cell, beyond, deadline, std::move(wake));
  End end = end_of(shard);
  if (end.closed || (fenced && !end.position)) {
    // At once, but by the engine: not inside this call.
    engine_.wait({}, Timestamp{}, [waits = waits_, cell = shard.cell] { waits->wake_cell(cell); });
  }
  return id;
}

bool EngineStreamStore::cancel_wait(engine::WaitId id) {
  return waits_->cancel(id);
}

}  // namespace millrace::dynamodb::stream
