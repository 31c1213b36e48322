#include "dynamodb/backup/item_copy.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/log.h"
#include "dynamodb/item/item_codec.h"
#include "dynamodb/item/key_codec.h"
#include "dynamodb/stream/change_record.h"
#include "dynamodb/stream/follower.h"
#include "dynamodb/table/cell_head.h"
#include "dynamodb/table/index_rows.h"
#include "dynamodb/table/item_slice.h"
#include "dynamodb/table/row_keys.h"

namespace millrace::dynamodb::backup {

using engine::CellId;
using engine::Position;
using table::CellHead;
using table::ItemCounts;
using table::ItemPlace;
using table::Table;

namespace {

// A step's writes stay below the engine's limit for a transaction, 8 MiB, when each of five local
// indexes projects all of the items and the last item is as large as one can be.
constexpr size_t kRowsPerStep = 200;
constexpr size_t kBytesPerStep = 512 * 1024;
constexpr char kVersion = 1;

// The prefix, the hash and the sort key of an item's row key.
constexpr size_t kPrefixSize = 9;
constexpr size_t kHashSize = 16;

ItemPlace place_of(std::string_view row_key) {
  ItemPlace place;
  std::copy_n(row_key.begin() + kPrefixSize, kHashSize, place.hash.begin());
  place.sort = row_key.substr(kPrefixSize + kHashSize);
  return place;
}

// How far the copy has come: the key of the source's item that comes next.
std::string progress_key(const Table& target) {
  return stream::follower_key("copy/" + std::to_string(target.number));
}

Unexpected<engine::Error> corrupt(const char* what) {
  return Unexpected(engine::Error{engine::ErrorCode::kCorrupt, what});
}

ItemCounts counts_of(std::string_view encoded) {
  if (encoded.empty()) return {};
  return {1, static_cast<int64_t>(encoded_item_size_bytes(encoded))};
}

}  // namespace

ItemCopy::ItemCopy(engine::Engine& engine, table::TableCatalog& catalog, Executor& executor,
                   Plan plan, UniqueFunction<void()> done)
    : engine_(engine),
      catalog_(catalog),
      executor_(executor),
      plan_(std::move(plan)),
      done_(std::move(done)) {}

ItemCopy::Call ItemCopy::begin_call() {
  std::lock_guard lock(mutex_);
  return stopping_ ? nullptr : calls_.begin();
}

void ItemCopy::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  calls_.wait();
}

void ItemCopy::post(Step step) {
  executor_.post([self = shared_from_this(), step] {
    if (Call call = self->begin_call()) (self.get()->*step)(call);
  });
}

void ItemCopy::start() {
  post(&ItemCopy::read_progress);
}

void ItemCopy::read_progress(const Call& call) {
  CellId cell = plan_.target->cells.front().cell;
  auto stored = std::make_shared<std::optional<std::string>>();
  engine_.snapshot(
      {cell},
      [this, cell, stored](engine::Reader& reader) -> engine::Result<void> {
        MILLRACE_TRY(*stored, reader.get(cell, progress_key(*plan_.target)));
        return {};
      },
      [self = shared_from_this(), stored, call](engine::Result<void> read) {
        if (!read) return self->fail(read.error());
        bool known = *stored && !(*stored)->empty() && (**stored)[0] == kVersion;
        self->next_ =
            known ? (*stored)->substr(1) : table::item_rows_prefix(self->plan_.source->number);
        self->post(&ItemCopy::take_items);
      });
}

void ItemCopy::take_items(const Call& call) {
  if (auto newer = catalog_.newer(*plan_.source)) plan_.source = std::move(newer);
  if (next_ == table::after_prefix(table::item_rows_prefix(plan_.source->number))) {
    return begin_undoing(call);
  }
  table::ItemSlice slice = table::item_slice_at(*plan_.source, next_);
  engine::RangeOptions options;
  options.begin = next_;
  options.end = slice.end;
  options.rows_max = kRowsPerStep;
  engine_.snapshot(
      {slice.cell},
      [this, options, slice](engine::Reader& reader) -> engine::Result<void> {
        rows_.clear();
        size_t bytes = 0;
        MILLRACE_CHECK_OK(reader.range({slice.cell}, options,
                                       [&](std::string_view key, std::string_view encoded) {
                                         rows_.push_back({std::string(key), std::string(encoded)});
                                         bytes += encoded.size();
                                         return bytes < kBytesPerStep;
                                       }));
        bool more = rows_.size() == kRowsPerStep || bytes >= kBytesPerStep;
        next_after_ = more ? rows_.back().key + '\0' : slice.end;
        return {};
      },
      [self = shared_from_this(), call](engine::Result<void> read) {
        if (!read) return self->fail(read.error());
        // What was seen by way of a cell that is no more may not be durable.
        if (!self->plan_.source->is_outdated()) return self->post(&ItemCopy::write_items);
        self->catalog_.when_settled([self, call] { self->post(&ItemCopy::take_items); });
      });
}

void ItemCopy::write_items(const Call& call) {
  std::string prefix = table::item_rows_prefix(plan_.target->number);
  for (auto& row : rows_) row.key.replace(0, kPrefixSize, prefix);
  write_rows(call, next_after_, &ItemCopy::take_items);
}

void ItemCopy::write_rows(const Call& call, std::string progress, Step next) {
  engine_.transact(
      {.id = {}, .cells = plan_.target->all_cells(), .fences = {}},
      [this, progress](engine::Transaction& transaction) -> engine::Result<bool> {
        MILLRACE_CHECK_OK(apply(transaction));
        transaction.put(plan_.target->cells.front().cell, progress_key(*plan_.target),
                        kVersion + progress);
        return true;
      },
      [self = shared_from_this(), progress, next,
       call](engine::Result<engine::Committed> committed) {
        if (!committed) return self->fail(committed.error());
        for (const auto& [counters, added] : self->counted_) {
          counters->items += added.first;
          counters->bytes += added.second;
        }
        self->next_ = progress;
        self->post(next);
      });
}

engine::Result<void> ItemCopy::apply(engine::Transaction& transaction) {
  const Table& target = *plan_.target;
  std::map<CellId, CellHead> heads;
  counted_.clear();
  for (const auto& [key, encoded] : rows_) {
    ItemPlace place = place_of(key);
    CellId cell = target.cell_for(hash_prefix(place.hash));
    auto head = heads.find(cell);
    if (head == heads.end()) {
      // A backup's cell has none before its first item.
      MILLRACE_TRY(auto stored,
                   table::read_cell_head(transaction, cell, table::table_cell_counts(target)));
      head = heads.emplace(cell, stored.value_or(CellHead{})).first;
      head->second.counts.resize(table::table_cell_counts(target));
    }
    MILLRACE_TRY(auto old, transaction.get(cell, key));
    std::string_view before = old ? std::string_view(*old) : std::string_view();
    if (before == encoded) continue;
    if (encoded.empty()) {
      transaction.erase(cell, key);
    } else {
      transaction.put(cell, key, encoded);
    }
    auto count = [&](size_t position, table::ItemCounters& counters, const ItemCounts& added) {
      head->second.counts[position].items += added.items;
      head->second.counts[position].bytes += added.bytes;
      counted_.push_back({&counters, {added.items, added.bytes}});
    };
    ItemCounts was = counts_of(before), is = counts_of(encoded);
    count(0, *target.counters, {is.items - was.items, is.bytes - was.bytes});
    for (size_t i = 0; i + 1 < head->second.counts.size(); ++i) {
      const table::Index& index = target.indexes[i];
      count(i + 1, *index.counters,
            table::change_index_row(transaction, cell, index, place, before, encoded));
    }
  }
  for (const auto& [cell, head] : heads) table::put_cell_head(transaction, cell, head);
  return {};
}

void ItemCopy::begin_undoing(const Call& call) {
  if (plan_.moment) {
    undone_from_.reset();
    // The last one is undone first: children before the cells that they were split from.
    cells_ = plan_.source->ended_cells();
    for (CellId cell : plan_.source->all_cells()) cells_.push_back(cell);
  }
  undo_changes(call);
}

void ItemCopy::undo_changes(const Call& call) {
  auto read = read_changes();
  if (!read) return fail(read.error());
  if (!*read) return finish(call);
  write_rows(call, next_, &ItemCopy::undo_changes);
}

// The next changes to undo, as rows_; false if there are none any more.
engine::Result<bool> ItemCopy::read_changes() {
  while (!cells_.empty()) {
    CellId cell = cells_.back();
    auto known = plan_.moment->find(cell);
    const table::CellSplit* split = plan_.source->split_into(cell);
    Position moment = known != plan_.moment->end() ? known->second : split ? split->last : 0;
    if (!undone_from_) {
      MILLRACE_TRY(auto range, engine_.log_range(cell));
      undone_from_ = range.last;
      window_ = kRowsPerStep;
    }
    if (*undone_from_ <= moment) {
      cells_.pop_back();
      undone_from_.reset();
      continue;
    }
    window_ = std::min<size_t>(window_, *undone_from_ - moment);
    MILLRACE_TRY(auto page, engine_.log_read(cell, *undone_from_ - window_,
                                             {.records_max = window_, .bytes_max = kBytesPerStep}));
    if (page.records.empty()) return corrupt("a log without the records before its end");
    if (page.records.size() < window_) {
      window_ = page.records.size();
      continue;
    }
    rows_.clear();
    for (auto record = page.records.rbegin(); record != page.records.rend(); ++record) {
      auto change = stream::decode_change(record->record);
      if (!change) return corrupt("a change record");
      auto place = table::item_place(*plan_.target, change->keys);
      if (!place) return corrupt("a change record's keys");
      rows_.push_back(
          {table::item_row_key(*plan_.target, *place), change->old_image.value_or(std::string())});
    }
    *undone_from_ -= window_;
    return true;
  }
  return false;
}

void ItemCopy::finish(const Call& call) {
  CellId cell = plan_.target->cells.front().cell;
  engine_.transact(
      {.id = {}, .cells = {cell}, .fences = {}},
      [this, cell](engine::Transaction& transaction) -> engine::Result<bool> {
        transaction.erase(cell, progress_key(*plan_.target));
        return true;
      },
      [self = shared_from_this(), call](engine::Result<engine::Committed> erased) {
        if (!erased) return self->fail(erased.error());
        self->done_();
      });
}

void ItemCopy::fail(const engine::Error& error) {
  if (error.code == engine::ErrorCode::kConflict) return post(&ItemCopy::read_progress);
  log_warning("items are copied after the next start", {{"table", plan_.source->arn},
                                                        {"code", engine::to_string(error.code)},
                                                        {"message", error.message}});
}

}  // namespace millrace::dynamodb::backup
