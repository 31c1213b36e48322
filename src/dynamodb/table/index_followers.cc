#include "dynamodb/table/index_followers.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <utility>

#include "dynamodb/table/cell_head.h"
#include "dynamodb/table/index_filling.h"
#include "dynamodb/table/index_rows.h"
#include "dynamodb/table/row_keys.h"

namespace millrace::dynamodb::table {

namespace {

constexpr Duration kCatchUpMax = std::chrono::seconds(1);
// A century: beyond what any clock is moved by.
constexpr Duration kNever = std::chrono::hours(24 * 365 * 100);

// Applies one change to the index. Runs in the follower's transaction, perhaps more than once.
engine::Result<void> apply_change(const Table& table, const Index& index,
                                  engine::Transaction& transaction, engine::Position position,
                                  const stream::ChangeRecord& record) {
  MILLRACE_TRY(auto head, read_cell_head(transaction, index.cell, 1));
  if (!head) return {};  // the table or the index has been removed, and its rows are going
  auto place = item_place(table, record.keys);
  if (!place) {
    return Unexpected(
        engine::Error{engine::ErrorCode::kCorrupt, "a change record without the table's keys"});
  }
  if (index.status == IndexStatus::kCreating) {
    // Looked for as long as this snapshot of the index is used: afterwards there is none.
    MILLRACE_TRY(auto filling, read_index_filling(transaction, index));
    if (filling && !filling->leaves_to_follower(item_row_key(table, *place), position)) return {};
  }
  ItemCounts added = change_index_row(transaction, index.cell, index, *place,
                                      record.old_image.value_or(std::string()),
                                      record.new_image.value_or(std::string()));
  if (added == ItemCounts{}) return {};
  ItemCounts& counts = head->counts[0];
  counts.items += added.items;
  counts.bytes += added.bytes;
  put_cell_head(transaction, index.cell, *head);
  // Assigned whole: the cell is locked, and this may run again.
  index.counters->items = counts.items;
  index.counters->bytes = counts.bytes;
  return {};
}

std::string hold_name(uint64_t index_number) {
  return "index/" + std::to_string(index_number);
}

}  // namespace

std::string index_follower_name(const Index& index, engine::CellId cell) {
  return "index/" + std::to_string(index.number) + '/' +
         std::to_string(static_cast<uint64_t>(cell));
}

IndexFollowers::~IndexFollowers() {
  std::unordered_map<uint64_t, Followed> stopped;
  {
    std::unique_lock lock(mutex_);
    stopped.swap(by_index_);  // who hands over now finds nothing to start
  }
  for (const auto& [number, followed] : stopped) {
    for (const auto& each : followed.cells) {
      streams_.log_holds().release(each.cell, hold_name(number));
    }
  }
}

IndexFollowers::Following* IndexFollowers::Followed::find(engine::CellId cell) {
  auto found = std::find_if(cells.begin(), cells.end(),
                            [cell](const Following& each) { return each.cell == cell; });
  return found == cells.end() ? nullptr : &*found;
}

const CellSplit* IndexFollowers::Followed::split_of(engine::CellId parent) const {
  for (const auto& split : table->splits) {
    if (split.parent == parent) return &split;
  }
  return nullptr;
}

void IndexFollowers::start(const TablePtr& table) {
  for (const auto& index : table->indexes) {
    if (!index.global || index.status == IndexStatus::kDeleting) continue;
    std::vector<engine::CellId> running;
    {
      std::unique_lock lock(mutex_);
      Followed& followed = by_index_[index.number];
      followed.table = table;
      followed.index = &index;
      for (const auto& cells : {table->ended_cells(), table->all_cells()}) {
        for (engine::CellId cell : cells) {
          if (table->split_into(cell) == nullptr) add_cell(followed, cell, 0);
        }
      }
      for (const auto& split : table->splits) {
        add_cell(followed, split.lower, split.last);
        add_cell(followed, split.upper, split.last);
      }
      for (const auto& each : followed.cells) {
        if (each.follower || table->split_into(each.cell) == nullptr) {
          running.push_back(each.cell);
        }
      }
    }
    for (engine::CellId cell : running) begin(index.number, cell);
  }
}

// Holds the log from now on, whenever its follower starts.
void IndexFollowers::add_cell(Followed& followed, engine::CellId cell,
                              engine::Position start_after) {
  if (followed.find(cell) != nullptr) return;
  followed.cells.push_back({cell, start_after, nullptr});
  streams_.log_holds().hold(cell, hold_name(followed.index->number),
                            [start_after] { return start_after; });
}

void IndexFollowers::begin(uint64_t index_number, engine::CellId cell) {
  std::shared_ptr<stream::Follower> follower;
  engine::Position last = 0;
  {
    std::unique_lock lock(mutex_);
    auto entry = by_index_.find(index_number);
    if (entry == by_index_.end()) return;
    Followed& followed = entry->second;
    Following* following = followed.find(cell);
    if (!following->follower) {
      stream::FollowerEffect effect;
      effect.name = index_follower_name(*followed.index, cell);
      effect.cell = cell;
      effect.effect_cells = {followed.index->cell};
      effect.apply = [table = followed.table, index = followed.index](
                         engine::Transaction& transaction, engine::Position position,
                         const stream::ChangeRecord& record) {
        return apply_change(*table, *index, transaction, position, record);
      };
      following->follower = stream::Follower::start(engine_, executor_, timers_, std::move(effect),
                                                    following->start_after);
      streams_.log_holds().hold(cell, hold_name(index_number),
                                [follower = following->follower] { return follower->position(); });
    }
    const CellSplit* split = followed.split_of(cell);
    if (split == nullptr || following->hands_over) return;
    following->hands_over = true;
    follower = following->follower;
    last = split->last;
  }
  // Without the lock: it may be there already.
  follower->when_reached(last, timers_.clock().now() + kNever,
                         [this, index_number, cell](bool reached) {
                           if (reached) hand_over(index_number, cell);
                         });
}

// The parent's follower stays, with nothing to do: its end is known to those that start later.
void IndexFollowers::hand_over(uint64_t index_number, engine::CellId parent) {
  CellSplit split;
  {
    std::shared_lock lock(mutex_);
    auto entry = by_index_.find(index_number);
    if (entry == by_index_.end()) return;
    split = *entry->second.split_of(parent);
  }
  begin(index_number, split.lower);
  begin(index_number, split.upper);
}

void IndexFollowers::stop(uint64_t index_number) {
  Followed stopped;
  {
    std::unique_lock lock(mutex_);
    auto found = by_index_.find(index_number);
    if (found == by_index_.end()) return;
    stopped = std::move(found->second);
    by_index_.erase(found);
  }
  for (const auto& each : stopped.cells) {
    streams_.log_holds().release(each.cell, hold_name(index_number));
  }
}

struct IndexFollowers::CatchUp {
  uint64_t index_number;
  Timestamp deadline;
  UniqueFunction<void()> done;
  std::atomic<size_t> behind{1};  // one for when_caught_up(), so that `done` is called after it
  void arrived() {
    if (behind.fetch_sub(1) == 1) done();
  }
};

void IndexFollowers::when_caught_up(const Index& index, UniqueFunction<void()> done) {
  auto waiting = std::make_shared<CatchUp>();
  waiting->index_number = index.number;
  waiting->deadline = timers_.clock().now() + kCatchUpMax;
  waiting->done = std::move(done);
  std::vector<engine::CellId> cells;
  {
    std::shared_lock lock(mutex_);
    auto entry = by_index_.find(index.number);
    if (entry != by_index_.end()) cells = entry->second.table->all_cells();
  }
  for (engine::CellId cell : cells) catch_up(waiting, cell);
  waiting->arrived();
}

// Waits for the cell's follower, or first for that of the nearest ancestor that has one.
void IndexFollowers::catch_up(std::shared_ptr<CatchUp> waiting, engine::CellId cell) {
  std::shared_ptr<stream::Follower> follower;
  engine::CellId followed_cell = cell;
  engine::Position target = 0;
  {
    std::shared_lock lock(mutex_);
    auto entry = by_index_.find(waiting->index_number);
    if (entry == by_index_.end()) return;
    while ((follower = entry->second.find(followed_cell)->follower) == nullptr) {
      const CellSplit* split = entry->second.table->split_into(followed_cell);
      if (split == nullptr) return;  // the table is just being created
      followed_cell = split->parent;
      target = split->last;
    }
  }
  if (followed_cell == cell) {
    // A log that cannot be read is the follower's to report; the index is served as it is.
    auto log = engine_.log_range(cell);
    if (!log || follower->position() >= log->last) return;
    waiting->behind.fetch_add(1);
    follower->when_reached(log->last, waiting->deadline, [waiting](bool) { waiting->arrived(); });
    return;
  }
  waiting->behind.fetch_add(1);
  follower->when_reached(target, waiting->deadline,
                         [this, waiting, cell, followed_cell](bool reached) {
                           if (reached) {
                             hand_over(waiting->index_number, followed_cell);
                             catch_up(waiting, cell);
                           }
                           waiting->arrived();
                         });
}

}  // namespace millrace::dynamodb::table
