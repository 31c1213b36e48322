#include "dynamodb/table/index_followers.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <utility>

#include "dynamodb/table/cell_head.h"
#include "dynamodb/table/index_rows.h"
#include "dynamodb/table/row_keys.h"

namespace millrace::dynamodb::table {

namespace {

constexpr Duration kCatchUpMax = std::chrono::seconds(1);

// Applies one change to the index. Runs in the follower's transaction, perhaps more than once.
engine::Result<void> apply_change(const Table& table, const Index& index,
                                  engine::Transaction& transaction,
                                  const stream::ChangeRecord& record) {
  MILLRACE_TRY(auto head, read_cell_head(transaction, index.cell, 1));
  if (!head) return {};  // the table has been removed, and its rows are going
  auto place = item_place(table, record.keys);
  if (!place) {
    return Unexpected(
        engine::Error{engine::ErrorCode::kCorrupt, "a change record without the table's keys"});
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
  for (const auto& [number, followers] : by_index_) {
    for (const auto& each : followers) {
      streams_.log_holds().release(each.cell, hold_name(number));
    }
  }
}

void IndexFollowers::start(const TablePtr& table) {
  for (const auto& index : table->indexes) {
    if (!index.global || !following(index.number).empty()) continue;
    auto followers = start_index(table, index);
    std::unique_lock lock(mutex_);
    by_index_.emplace(index.number, std::move(followers));
  }
}

std::vector<IndexFollowers::Following> IndexFollowers::start_index(const TablePtr& table,
                                                                   const Index& index) {
  std::vector<Following> followers;
  for (const auto& range : table->cells) {
    stream::FollowerEffect effect;
    effect.name = index_follower_name(index, range.cell);
    effect.cell = range.cell;
    effect.effect_cells = {index.cell};
    effect.apply = [table, &index](engine::Transaction& transaction, engine::Position,
                                   const stream::ChangeRecord& record) {
      return apply_change(*table, index, transaction, record);
    };
    std::shared_ptr<stream::Follower> follower = stream::Follower::start(
        engine_, executor_, timers_, std::move(effect), engine::Position{0});
    streams_.log_holds().hold(range.cell, hold_name(index.number),
                              [follower] { return follower->position(); });
    followers.push_back({range.cell, std::move(follower)});
  }
  return followers;
}

void IndexFollowers::stop(const Table& table) {
  for (const auto& index : table.indexes) {
    std::vector<Following> stopped;
    {
      std::unique_lock lock(mutex_);
      auto found = by_index_.find(index.number);
      if (found == by_index_.end()) continue;
      stopped = std::move(found->second);
      by_index_.erase(found);
    }
    for (const auto& each : stopped) {
      streams_.log_holds().release(each.cell, hold_name(index.number));
    }
  }
}

std::vector<IndexFollowers::Following> IndexFollowers::following(uint64_t index_number) const {
  std::shared_lock lock(mutex_);
  auto found = by_index_.find(index_number);
  return found == by_index_.end() ? std::vector<Following>() : found->second;
}

void IndexFollowers::when_caught_up(const Index& index, UniqueFunction<void()> done) {
  struct Waiting {
    std::atomic<size_t> behind{1};  // one for the loop below, so that `done` is called after it
    UniqueFunction<void()> done;
    void arrived() {
      if (behind.fetch_sub(1) == 1) done();
    }
  };
  auto waiting = std::make_shared<Waiting>();
  waiting->done = std::move(done);
  Timestamp deadline = timers_.clock().now() + kCatchUpMax;
  for (const auto& each : following(index.number)) {
    // A log that cannot be read is the follower's to report; the index is served as it is.
    auto log = engine_.log_range(each.cell);
    if (!log || each.follower->position() >= log->last) continue;
    waiting->behind.fetch_add(1);
    each.follower->when_reached(log->last, deadline, [waiting](bool) { waiting->arrived(); });
  }
  waiting->arrived();
}

}  // namespace millrace::dynamodb::table
