#include "dynamodb/table/index_filler.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/crash_point.h"
#include "base/log.h"
#include "dynamodb/item/item_codec.h"
#include "dynamodb/table/cell_head.h"
#include "dynamodb/table/index_filling.h"
#include "dynamodb/table/index_rows.h"
#include "dynamodb/table/item_slice.h"
#include "dynamodb/table/row_keys.h"

namespace millrace::dynamodb::table {

namespace {

// A step holds the cell of its items for about as long as a large request does.
constexpr size_t kRowsPerStep = 500;
constexpr size_t kBytesPerStep = 2u << 20;
// A follower that cannot go on is looked at so often.
constexpr Duration kFollowerDelay = std::chrono::milliseconds(100);

}  // namespace

// The filling of one index.
struct IndexFiller::Work {
  TablePtr table;
  uint64_t index_number;
  std::string next;  // where the next step begins; empty: to be read
  bool waited = false;

  enum class Outcome {
    kFailed,
    kStepped,   // or it was further than had been known
    kWaits,     // for the followers
    kLostCell,  // the cell of the items has no head
    kFull,
    kGone,  // the index is complete already, or being deleted, or its table is
  };
  // Assigned by each run of a step.
  Outcome outcome = Outcome::kFailed;
  std::string next_after_step;

  const Index& index() const { return *table->find_index(index_number); }
  std::string end() const { return after_prefix(item_rows_prefix(table->number)); }
  std::vector<engine::CellId> cells() const {
    std::vector<engine::CellId> cells{index().cell};
    if (!next.empty() && next != end()) cells.push_back(item_slice_at(*table, next).cell);
    return cells;
  }

  engine::Result<bool> run(engine::Transaction& transaction);
  engine::Result<bool> take_items(engine::Transaction& transaction, CellHead& index_head);
};

// True if it has written something.
engine::Result<bool> IndexFiller::Work::run(engine::Transaction& transaction) {
  outcome = Outcome::kGone;
  MILLRACE_TRY(auto head, read_cell_head(transaction, index().cell, 1));
  if (!head) return false;
  MILLRACE_TRY(auto filling, read_index_filling(transaction, index()));
  if (!filling) return false;
  if (filling->next != next) {
    outcome = Outcome::kStepped;
    next_after_step = filling->next;
    return false;
  }
  MILLRACE_TRY(bool followed,
               has_followed(transaction, *table, index(), filling->cell, filling->position));
  outcome = followed ? Outcome::kFull : Outcome::kWaits;
  if (!followed || next == end()) return false;
  return take_items(transaction, *head);
}

engine::Result<bool> IndexFiller::Work::take_items(engine::Transaction& transaction,
                                                   CellHead& index_head) {
  ItemSlice slice = item_slice_at(*table, next);
  outcome = Outcome::kLostCell;
  MILLRACE_TRY(auto head, read_cell_head(transaction, slice.cell, table_cell_counts(*table)));
  if (!head) return false;
  engine::RangeOptions options;
  options.begin = next;
  options.end = slice.end;
  options.rows_max = kRowsPerStep;
  std::vector<IndexRow> rows;
  std::string last;
  size_t taken = 0, bytes = 0;
  bool bad = false;
  MILLRACE_CHECK_OK(
      transaction.range({slice.cell}, options, [&](std::string_view key, std::string_view encoded) {
        last.assign(key);
        ++taken;
        bytes += encoded.size();
        auto place = item_place(*table, encoded);
        bad = !place;
        if (bad) return false;
        if (auto row = index_row(index(), *place, encoded)) rows.push_back(std::move(*row));
        return bytes < kBytesPerStep;
      }));
  if (bad) {
    return Unexpected(
        engine::Error{engine::ErrorCode::kCorrupt, "an item without its table's keys"});
  }
  ItemCounts& counts = index_head.counts[0];
  for (const auto& row : rows) {
    transaction.put(index().cell, row.key, row.value);
    counts.items += 1;
    counts.bytes += static_cast<int64_t>(encoded_item_size_bytes(row.value));
  }
  put_cell_head(transaction, index().cell, index_head);
  // Assigned whole: the index's cell is locked, and this may run again.
  index().counters->items = counts.items;
  index().counters->bytes = counts.bytes;
  bool more = taken == kRowsPerStep || bytes >= kBytesPerStep;
  MILLRACE_TRY(auto position, transaction.log_end(slice.cell));
  next_after_step = more ? last + '\0' : slice.end;
  put_index_filling(transaction, index(), {next, next_after_step, slice.cell, position});
  outcome = Outcome::kStepped;
  MILLRACE_CRASH_POINT("index.step-assembled");
  return true;
}

PendingCalls::Token IndexFiller::begin_call() {
  std::lock_guard lock(mutex_);
  return stopping_ ? nullptr : calls_.begin();
}

void IndexFiller::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  calls_.wait();
}

void IndexFiller::start(const TablePtr& table) {
  // An index is filled from items that are there.
  using Phase = RestoreOrigin::Phase;
  if (table->restored_from && table->restored_from->phase == Phase::kItems) return;
  for (const auto& index : table->indexes) {
    if (index.status != IndexStatus::kCreating) continue;
    {
      std::lock_guard lock(mutex_);
      if (!filled_.insert(index.number).second) continue;
    }
    auto work = std::make_shared<Work>();
    work->table = table;
    work->index_number = index.number;
    step(std::move(work));
  }
}

void IndexFiller::step(WorkPtr work) {
  executor_.post([self = shared_from_this(), work] {
    auto call = self->begin_call();
    if (!call) return;
    work->outcome = Work::Outcome::kFailed;
    self->engine_.transact(
        {.id = {}, .cells = work->cells(), .fences = {}},
        [work](engine::Transaction& transaction) { return work->run(transaction); },
        [self, work, call](engine::Result<engine::Committed> committed) {
          if (committed || committed.error().code == engine::ErrorCode::kAborted) {
            return self->go_on(work);
          }
          if (committed.error().code == engine::ErrorCode::kConflict) return self->step(work);
          log_warning("an index is filled after the next start",
                      {{"table", work->table->arn},
                       {"index", work->index().name},
                       {"code", engine::to_string(committed.error().code)},
                       {"message", committed.error().message}});
          self->end(*work);
        });
  });
}

void IndexFiller::go_on(const WorkPtr& work) {
  bool waits = work->outcome == Work::Outcome::kWaits;
  if (waits) return wait_for_followers(work);
  work->waited = false;
  switch (work->outcome) {
    case Work::Outcome::kStepped:
      MILLRACE_CRASH_POINT("index.stepped");
      work->next = std::move(work->next_after_step);
      return step(work);
    case Work::Outcome::kLostCell:
      return look_again(work);
    case Work::Outcome::kFull:
      MILLRACE_CRASH_POINT("index.full");
      return finish(work);
    default:
      return end(*work);
  }
}

void IndexFiller::wait_for_followers(const WorkPtr& work) {
  auto again = [weak = weak_from_this(), work] {
    if (auto self = weak.lock()) self->step(work);
  };
  if (work->waited) {
    timers_.after(kFollowerDelay, again);
    return;
  }
  work->waited = true;
  followers_.when_caught_up(work->index(), again);
}

void IndexFiller::look_again(const WorkPtr& work) {
  catalog_.when_settled([self = shared_from_this(), work, call = begin_call()] {
    if (!call) return;
    const Table& before = *work->table;
    TablePtr now = self->catalog_.find(before.account, before.region, before.name);
    bool there = now && now->number == before.number && now->splits != before.splits &&
                 now->find_index(work->index_number) != nullptr;
    if (!there) return self->end(*work);
    work->table = std::move(now);
    self->step(work);
  });
}

void IndexFiller::finish(const WorkPtr& work) {
  auto call = begin_call();
  if (!call) return;
  catalog_.finish_index_change(
      work->table, work->index_number, IndexStatus::kCreating,
      [self = shared_from_this(), work, call](const aws::Result<TablePtr>&) { self->end(*work); });
}

void IndexFiller::end(const Work& work) {
  std::lock_guard lock(mutex_);
  filled_.erase(work.index_number);
}

}  // namespace millrace::dynamodb::table
