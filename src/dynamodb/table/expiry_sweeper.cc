#include "dynamodb/table/expiry_sweeper.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "dynamodb/item/item_codec.h"
#include "dynamodb/table/row_keys.h"

namespace millrace::dynamodb::table {

namespace {

constexpr int64_t kNever = INT64_MAX;
constexpr int64_t kAtOnce = INT64_MIN;
constexpr int64_t kRetrySeconds = 5;
// What one transaction deletes: as much as a client's may.
constexpr size_t kItemsPerBatch = 100;
constexpr size_t kBytesPerBatch = 4u << 20;

Timestamp at_second(int64_t seconds) {
  return Timestamp(std::chrono::seconds(seconds));
}

// Deletes the item unless it has been refreshed.
ItemWrite deletion_of(TablePtr table, Item key, const std::string& attribute, Timestamp now) {
  ItemWrite write;
  write.table = std::move(table);
  write.key = std::move(key);
  write.by_time_to_live = true;
  write.decide = [attribute, now](const StoredItem& old) -> aws::Result<Decision> {
    auto expiry = expiry_of(attribute, old.encoded());
    bool expired = expiry && is_expired(*expiry, now);
    return Decision{expired ? Decision::Action::kErase : Decision::Action::kKeep, {}};
  };
  return write;
}

}  // namespace

// One way through the rows that are due at `now`, in steps.
struct ExpirySweeper::Pass {
  uint64_t number;
  Timestamp now;
  TablePtr table;     // as it was when the step began
  std::string begin;  // where the next step begins

  // Assigned by each run of a step.
  std::vector<Item> keys;
  std::string last_row;
  bool more = false;  // rows that are due follow
  int64_t next = kNever;

  engine::Result<void> run(engine::Reader& reader);
};

engine::Result<void> ExpirySweeper::Pass::run(engine::Reader& reader) {
  keys.clear();
  last_row = begin;
  more = false;
  next = kNever;
  std::vector<std::string> key_names{table->partition_key.name};
  if (table->sort_key) key_names.push_back(table->sort_key->name);
  std::sort(key_names.begin(), key_names.end());
  engine::RangeOptions options;
  options.begin = begin;
  options.end = after_prefix(expiry_rows_prefix(number));
  size_t rows = 0, bytes = 0;
  engine::Result<void> failed;
  auto visit = [&](std::string_view key, std::string_view) {
    auto row = parse_expiry_row(*table, key);
    if (row && row->expiry > to_unix_seconds(now)) {
      next = row->expiry;
      return false;
    }
    more = rows == kItemsPerBatch || bytes >= kBytesPerBatch;
    if (more) return false;
    ++rows;
    last_row.assign(key);
    last_row.push_back('\0');
    if (!row) return true;
    auto item = reader.get(table->cell_for(row->hash_prefix), row->item_row_key);
    if (!item) {
      failed = Unexpected(std::move(item).error());
      return false;
    }
    // It can be gone where the table's cells are older than the rows.
    if (*item) {
      bytes += (*item)->size();
      keys.push_back(find_attributes(**item, key_names));
    }
    return true;
  };
  MILLRACE_CHECK_OK(reader.range(table->all_cells(), options, visit));
  return failed;
}

std::shared_ptr<ExpirySweeper> ExpirySweeper::create(engine::Engine& engine, TableCatalog& catalog,
                                                     Executor& executor, Timers& timers,
                                                     Write write) {
  std::shared_ptr<ExpirySweeper> sweeper(
      new ExpirySweeper(engine, catalog, executor, timers, std::move(write)));
  sweeper->upkeep_ = std::make_shared<ExpiryUpkeep>(
      engine, catalog, executor, [weak = std::weak_ptr(sweeper)](ExpiryNote note) {
        if (auto self = weak.lock()) self->note(note);
      });
  return sweeper;
}

void ExpirySweeper::start() {
  upkeep_->resume_erasing();
  for (const auto& table : catalog_.list_all()) follow(table);
}

void ExpirySweeper::follow(const TablePtr& table) {
  std::optional<uint64_t> ended;
  bool begun = false;
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    auto known = number_by_table_.find(table->number);
    uint64_t number = table->time_to_live ? table->time_to_live->number : 0;
    if (known != number_by_table_.end() && known->second != number) {
      ended = known->second;
      followed_.erase(known->second);
      number_by_table_.erase(known);
    }
    if (table->time_to_live) {
      begun = number_by_table_.emplace(table->number, number).second;
      if (begun) followed_[number].next = kAtOnce;
      followed_[number].table = table;
    }
    if (ended || begun) set_timer();
  }
  if (ended) upkeep_->erase_rows(*ended);
  if (begun) upkeep_->add_rows(table);
}

void ExpirySweeper::forget(const Table& table) {
  if (!table.time_to_live) return;
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    followed_.erase(table.time_to_live->number);
    number_by_table_.erase(table.number);
    set_timer();
  }
  upkeep_->erase_rows(table.time_to_live->number);
}

void ExpirySweeper::note(const ExpiryNote& note) {
  std::lock_guard lock(mutex_);
  auto entry = followed_.find(note.number);
  if (entry == followed_.end() || note.expiry >= entry->second.next) return;
  // What is too old by now is never deleted.
  if (note.expiry < to_unix_seconds(timers_.clock().now()) - kExpiryAgeMaxSeconds) return;
  entry->second.next = note.expiry;
  if (!entry->second.sweeping && note.expiry < timer_at_) wake_at(note.expiry);
}

void ExpirySweeper::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    if (timer_) timers_.cancel(*timer_);
  }
  calls_.wait();
  upkeep_->stop();
}

void ExpirySweeper::set_timer() {
  int64_t first = kNever;
  for (const auto& [number, followed] : followed_) {
    if (!followed.sweeping) first = std::min(first, followed.next);
  }
  wake_at(first);
}

void ExpirySweeper::wake_at(int64_t seconds) {
  if (timer_) timers_.cancel(*timer_);
  timer_.reset();
  timer_at_ = seconds;
  if (stopping_ || seconds == kNever) return;
  auto work = [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->wake();
  };
  if (seconds <= to_unix_seconds(timers_.clock().now())) return executor_.post(std::move(work));
  timer_ = timers_.schedule(at_second(seconds), [this, weak = weak_from_this(), work] {
    if (auto self = weak.lock()) executor_.post(work);
  });
}

void ExpirySweeper::wake() {
  Timestamp now = timers_.clock().now();
  int64_t seconds = to_unix_seconds(now);
  std::vector<std::shared_ptr<Pass>> passes;
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    for (auto& [number, followed] : followed_) {
      if (followed.sweeping || followed.next > seconds) continue;
      followed.sweeping = true;
      followed.next = kNever;
      auto pass = std::make_shared<Pass>();
      pass->number = number;
      pass->now = now;
      pass->begin = expiry_rows_begin(number, std::max<int64_t>(0, seconds - kExpiryAgeMaxSeconds));
      passes.push_back(std::move(pass));
    }
    set_timer();
  }
  for (auto& pass : passes) step(std::move(pass));
}

void ExpirySweeper::step(std::shared_ptr<Pass> pass) {
  PendingCalls::Token call;
  {
    std::lock_guard lock(mutex_);
    auto entry = followed_.find(pass->number);
    if (stopping_ || entry == followed_.end()) return;
    call = calls_.begin();
    pass->table = entry->second.table;
  }
  read_some(pass, call);
}

void ExpirySweeper::read_some(const std::shared_ptr<Pass>& pass, const PendingCalls::Token& call) {
  engine_.snapshot(
      pass->table->all_cells(), [pass](engine::Reader& reader) { return pass->run(reader); },
      [self = shared_from_this(), pass, call](engine::Result<void> read) {
        if (!read) {
          log_warning("what has expired can not be read, trying again",
                      {{"table", pass->table->arn}, {"message", read.error().message}});
          return self->finish(*pass, to_unix_seconds(pass->now) + kRetrySeconds);
        }
        if (pass->keys.empty()) return self->go_on(pass);
        self->delete_some(pass, call);
      });
}

void ExpirySweeper::delete_some(const std::shared_ptr<Pass>& pass,
                                const PendingCalls::Token& call) {
  auto writes = std::make_shared<std::vector<ItemWrite>>();
  writes->reserve(pass->keys.size());
  for (auto& key : pass->keys) {
    writes->push_back(
        deletion_of(pass->table, std::move(key), pass->table->time_to_live->attribute, pass->now));
  }
  write_(std::move(writes), [self = shared_from_this(), pass, call](WriteResult written) {
    if (written) return self->go_on(pass);
    // Of a table that was just removed, or logged where it happened.
    self->finish(*pass, to_unix_seconds(pass->now) + kRetrySeconds);
  });
}

void ExpirySweeper::go_on(const std::shared_ptr<Pass>& pass) {
  if (!pass->more) return finish(*pass, pass->next);
  pass->begin = pass->last_row;
  executor_.post([self = shared_from_this(), pass] { self->step(pass); });
}

void ExpirySweeper::finish(const Pass& pass, int64_t next) {
  std::lock_guard lock(mutex_);
  auto entry = followed_.find(pass.number);
  if (entry == followed_.end()) return;
  entry->second.sweeping = false;
  entry->second.next = std::min(entry->second.next, next);
  set_timer();
}

}  // namespace millrace::dynamodb::table
