#include "lambda/trigger/attempt_log.h"

#include <algorithm>

#include "base/limits.h"
#include "base/log.h"
#include "lambda/trigger/checkpoint.h"

namespace millrace::lambda {

using engine::Position;

namespace {

constexpr Duration kFlushEvery = std::chrono::seconds(1);
// More than this does not pile up while nothing can be stored.
constexpr size_t kPendingMax = 1000;
// A page must fit into a log record whatever is in it; an attempt may have a range for each record
// of its batch.
constexpr size_t kPageBytesMax = limits::kLogRecordBytesMax / 4;
constexpr size_t kFlushedPagesMax = 16;
constexpr uint64_t kTrimEveryBytes = limits::kAttemptLogBytesMax / 32;

// At most so many bytes encoded.
size_t bytes_of(const Attempt& attempt) {
  constexpr size_t kFixed = 64, kRange = 20;
  return kFixed + kRange * attempt.records.ranges().size() + attempt.request_id.size() +
         attempt.function_error.size() + attempt.error.size();
}

}  // namespace

void AttemptLog::add(const std::string& shard_id, Attempt attempt) {
  std::lock_guard lock(mutex_);
  Attempts& pending = pending_[shard_id];
  if (pending.size() >= kPendingMax) pending.erase(pending.begin());
  pending.push_back(std::move(attempt));
}

AttemptLog::Taken AttemptLog::take(const std::string& shard_id, Position checkpoint) {
  std::lock_guard lock(mutex_);
  auto found = pending_.find(shard_id);
  if (found == pending_.end()) return {};
  return make_page(found, checkpoint);
}

// Of as many attempts as a page holds; what is left goes with the next one.
AttemptLog::Taken AttemptLog::make_page(std::map<std::string, Attempts>::iterator shard,
                                        Position checkpoint) {
  auto& [shard_id, pending] = *shard;
  auto end = pending.begin();
  for (size_t bytes = 0; end != pending.end() && bytes < kPageBytesMax; ++end) {
    bytes += bytes_of(*end);
  }
  if (!bytes_) load();
  if (bytes_since_trim_ >= kTrimEveryBytes) trim();
  AttemptPage page;
  page.bytes_before = *bytes_;
  page.time = clock_.now();
  page.shard_id = shard_id;
  page.checkpoint = checkpoint;
  page.attempts.assign(std::make_move_iterator(pending.begin()), std::make_move_iterator(end));
  pending.erase(pending.begin(), end);
  Taken taken{next_number_++, encode_attempt_page(page)};
  *bytes_ += taken.page.size();
  bytes_since_trim_ += taken.page.size();
  in_commit_[taken.number] = {shard_id, std::move(page.attempts)};
  if (pending.empty()) pending_.erase(shard);
  return taken;
}

void AttemptLog::settled(uint64_t number, bool durable) {
  std::lock_guard lock(mutex_);
  auto found = in_commit_.extract(number);
  if (found.empty() || durable) return;
  // For the next commit. What came meanwhile is younger.
  InCommit& failed = found.mapped();
  Attempts& pending = pending_[failed.shard_id];
  size_t room = kPendingMax - std::min(kPendingMax, pending.size());
  size_t kept = std::min(room, failed.attempts.size());
  pending.insert(pending.begin(), failed.attempts.end() - static_cast<ptrdiff_t>(kept),
                 failed.attempts.end());
  if (pending.empty()) pending_.erase(failed.shard_id);
}

void AttemptLog::flush(bool hurried) {
  std::vector<Taken> taken;
  {
    std::lock_guard lock(mutex_);
    Timestamp now = clock_.now();
    if (!hurried && flushed_ && now >= *flushed_ && now < *flushed_ + kFlushEvery) return;
    if (pending_.empty()) return;
    flushed_ = now;
    while (!pending_.empty() && taken.size() < kFlushedPagesMax) {
      taken.push_back(make_page(pending_.begin(), 0));
    }
  }
  engine::TransactOptions options;
  options.cells = {CheckpointStore::cell(mapping_)};
  engine_.transact(
      std::move(options),
      [taken, mapping = mapping_](engine::Transaction& transaction) -> engine::Result<bool> {
        for (const Taken& one : taken) {
          transaction.append(CheckpointStore::cell(mapping), one.page);
        }
        return true;
      },
      [self = shared_from_this(), taken](engine::Result<engine::Committed> result) {
        for (const Taken& one : taken) self->settled(one.number, result.has_value());
      });
}

engine::Result<void> AttemptLog::read(const Visitor& visit) const {
  engine::CellId cell = CheckpointStore::cell(mapping_);
  std::vector<AttemptPage> pending;
  {
    // Before the log is read: what is stored meanwhile is rather shown twice than not at all.
    std::lock_guard lock(mutex_);
    auto add = [&](const std::string& shard_id, const Attempts& attempts) {
      AttemptPage page;
      page.time = clock_.now();
      page.shard_id = shard_id;
      page.attempts = attempts;
      pending.push_back(std::move(page));
    };
    for (const auto& [number, one] : in_commit_) add(one.shard_id, one.attempts);
    for (const auto& [shard_id, attempts] : pending_) add(shard_id, attempts);
  }
  MILLRACE_TRY(auto range, engine_.log_range(cell));
  Position last = range.last;
  for (Position after = range.first - 1; after < last;) {
    auto read = engine_.log_read(cell, after, {});
    if (!read && read.error().code == engine::ErrorCode::kTooOld) {
      MILLRACE_TRY(range, engine_.log_range(cell));
      after = std::max(after + 1, range.first - 1);
      continue;
    }
    if (!read) return Unexpected(read.error());
    if (read->records.empty()) break;
    for (const engine::LogRecord& record : read->records) {
      if (record.position > last) break;
      auto page = decode_attempt_page(record.record);
      if (page && !visit(*page)) return {};
    }
    after = read->records.back().position;
  }
  for (const AttemptPage& page : pending) {
    if (!visit(page)) break;
  }
  return {};
}

void AttemptLog::clear() {
  engine::CellId cell = CheckpointStore::cell(mapping_);
  auto range = engine_.log_range(cell);
  if (!range || range->last < range->first) return;
  auto trimmed = engine_.log_trim(cell, range->last);
  if (!trimmed) log_warning("attempts not removed", {{"detail", trimmed.error().message}});
}

std::optional<AttemptPage> AttemptLog::page_at(Position position) const {
  engine::LogReadOptions one;
  one.records_max = 1;
  auto read = engine_.log_read(CheckpointStore::cell(mapping_), position - 1, one);
  if (!read || read->records.empty()) return std::nullopt;
  return decode_attempt_page(read->records[0].record);
}

void AttemptLog::load() {
  bytes_ = 0;
  auto range = engine_.log_range(CheckpointStore::cell(mapping_));
  if (!range || range->last < range->first) return;
  auto newest = page_at(range->last);
  if (newest) bytes_ = newest->bytes_before + encode_attempt_page(*newest).size();
  bytes_since_trim_ = kTrimEveryBytes;
}

// A binary search of single pages: their counters and times rise (but for a few that were committed
// in another order than they were made, which moves the cut by as much).
void AttemptLog::trim() {
  bytes_since_trim_ = 0;
  auto range = engine_.log_range(CheckpointStore::cell(mapping_));
  if (!range) return;
  Timestamp oldest = clock_.now() - std::chrono::hours(limits::kAttemptLogHours);
  Position low = range->first, high = range->last + 1;  // the first one to keep is in [low, high]
  while (low < high) {
    Position middle = low + (high - low) / 2;
    auto page = page_at(middle);
    bool keep =
        page && page->time >= oldest && page->bytes_before + limits::kAttemptLogBytesMax >= *bytes_;
    keep ? high = middle : low = middle + 1;
  }
  if (low <= range->first) return;
  auto trimmed = engine_.log_trim(CheckpointStore::cell(mapping_), low - 1);
  if (!trimmed) log_warning("attempts not trimmed", {{"detail", trimmed.error().message}});
}

}  // namespace millrace::lambda
