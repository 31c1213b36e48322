// Changes of streams. Each reads the stream from its rows (the cached description may be older),
// writes the rows that differ and hands back the new description, to be published once it is
// durable.
#include <algorithm>
#include <cassert>
#include <set>

#include "base/encoding.h"
#include "dynamodb/stream/engine_stream_store.h"
#include "dynamodb/stream/stream_rows.h"
#include "engine/cells.h"

namespace millrace::dynamodb::stream {
namespace {

using engine::kTableCatalogCell;
using engine::Position;

std::string shard_id(Timestamp created, Random& random) {
  constexpr size_t kMillisDigits = 20;
  std::string millis = std::to_string(to_unix_millis(created));
  return "shardId-" + std::string(kMillisDigits - millis.size(), '0') + millis + '-' +
         random.hex(8);
}

// Ids must be in order of age, and their resolution is a millisecond.
Timestamp after_parent(const Shard& parent, Timestamp now) {
  return std::max(now, from_unix_millis(to_unix_millis(parent.created) + 1));
}

void insert_shard(Stream& stream, Shard shard) {
  auto place = std::lower_bound(stream.shards.begin(), stream.shards.end(), shard,
                                [](const Shard& a, const Shard& b) { return a.id < b.id; });
  stream.shards.insert(place, std::move(shard));
}

}  // namespace

Shard EngineStreamStore::new_shard(const Stream& stream, engine::CellId cell, Position after,
                                   Timestamp created) const {
  Shard shard;
  do {
    shard.id = shard_id(created, random_);
  } while (stream.find_shard(shard.id) != nullptr);
  shard.cell = cell;
  shard.after = after;
  shard.created = created;
  shard.stream_arn = stream.arn;
  return shard;
}

StreamStore::PendingChange EngineStreamStore::pending(std::shared_ptr<const Stream> stream,
                                                      std::vector<std::shared_ptr<void>> fences) {
  // The fences go after the description is published, or when the change is dropped.
  auto apply = [catalog = catalog_, stream, fences = std::move(fences)]() mutable {
    catalog->publish(stream);
    fences.clear();
  };
  return {stream, std::move(apply)};
}

engine::Result<StreamStore::PendingChange> EngineStreamStore::create(
    engine::Transaction& transaction, const NewStream& description) {
  Stream stream;
  stream.account = description.account;
  stream.region = description.region;
  stream.table_name = description.table_name;
  stream.table_number = description.table_number;
  stream.view_type = description.view_type;
  stream.status = StreamStatus::kEnabled;
  stream.key_schema = description.key_schema;
  stream.retention = description.retention;
  stream.revision = 1;
  std::string prefix = "arn:" + description.partition + ":dynamodb:" + description.region + ':' +
                       description.account + ":table/" + description.table_name + "/stream/";
  // A label is unique for its account and table name, also beside streams of earlier tables.
  for (stream.created = clock_.now();; stream.created += std::chrono::milliseconds(1)) {
    stream.label = to_iso8601(stream.created);
    stream.label.pop_back();  // without the zone's "Z"
    stream.arn = prefix + stream.label;
    MILLRACE_TRY(auto taken, transaction.get(kTableCatalogCell, stream_key(stream.arn)));
    if (!taken) break;
  }
  for (engine::CellId cell : description.cells) {
    MILLRACE_TRY(Position end, transaction.log_end(cell));
    Shard shard = new_shard(stream, cell, end, stream.created);
    write_shard(transaction, shard);
    insert_shard(stream, std::move(shard));
  }
  write_stream(transaction, stream);
  transaction.put(kTableCatalogCell, live_stream_key(stream.table_number), stream.arn);
  return pending(std::make_shared<Stream>(std::move(stream)), {});
}

engine::Result<StreamStore::PendingChange> EngineStreamStore::disable(
    engine::Transaction& transaction, uint64_t table_number) {
  MILLRACE_TRY(auto stream, read_live_stream(transaction, table_number));
  if (!stream) return PendingChange{};
  Timestamp now = clock_.now();
  std::vector<std::shared_ptr<void>> fences;
  for (Shard& shard : stream->shards) {
    if (!shard.is_open()) continue;
    MILLRACE_TRY(Position end, transaction.log_end(shard.cell));
    fences.push_back(fences_->place(shard.cell, end));
    shard.last = end;
    shard.closed = now;
    write_shard(transaction, shard);
  }
  stream->status = StreamStatus::kDisabled;
  stream->disabled = now;
  ++stream->revision;
  write_stream(transaction, *stream);
  transaction.erase(kTableCatalogCell, live_stream_key(table_number));
  return pending(std::make_shared<Stream>(std::move(*stream)), std::move(fences));
}

engine::Result<StreamStore::PendingChange> EngineStreamStore::set_retention(
    engine::Transaction& transaction, uint64_t table_number, std::optional<Duration> retention) {
  MILLRACE_TRY(auto stream, read_live_stream(transaction, table_number));
  if (!stream || stream->retention == retention) return PendingChange{};
  stream->retention = retention;
  ++stream->revision;
  write_stream(transaction, *stream);
  return pending(std::make_shared<Stream>(std::move(*stream)), {});
}

engine::Result<StreamStore::PendingChange> EngineStreamStore::rotate(
    engine::Transaction& transaction, uint64_t table_number, engine::CellId cell) {
  return replace_shard(transaction, table_number, cell, {cell}, clock_.now());
}

engine::Result<StreamStore::PendingChange> EngineStreamStore::split(
    engine::Transaction& transaction, uint64_t table_number, engine::CellId parent,
    const std::vector<engine::CellId>& children, Timestamp lineage_time) {
  MILLRACE_TRY(Position end, transaction.log_end(parent));
  for (engine::CellId child : children) transaction.start_log(child, end);
  return replace_shard(transaction, table_number, parent, children,
                       std::max(clock_.now(), lineage_time));
}

engine::Result<StreamStore::PendingChange> EngineStreamStore::replace_shard(
    engine::Transaction& transaction, uint64_t table_number, engine::CellId parent,
    const std::vector<engine::CellId>& children, Timestamp not_before) {
  MILLRACE_TRY(auto stream, read_live_stream(transaction, table_number));
  auto open = stream ? std::find_if(stream->shards.begin(), stream->shards.end(),
                                    [parent](const Shard& shard) {
                                      return shard.cell == parent && shard.is_open();
                                    })
                     : std::vector<Shard>::iterator();
  if (!stream || open == stream->shards.end()) return PendingChange{};

  MILLRACE_TRY(Position end, transaction.log_end(parent));
  Timestamp created = after_parent(*open, not_before);
  open->last = end;
  open->closed = created;
  write_shard(transaction, *open);
  std::string parent_id = open->id;
  for (engine::CellId child : children) {
    Shard shard = new_shard(*stream, child, end, created);
    shard.parent_id = parent_id;
    write_shard(transaction, shard);
    insert_shard(*stream, std::move(shard));
  }
  ++stream->revision;
  write_stream(transaction, *stream);
  return pending(std::make_shared<Stream>(std::move(*stream)), {fences_->place(parent, end)});
}

engine::Result<StreamStore::PendingChange> EngineStreamStore::expire_shards(
    engine::Transaction& transaction, const std::string& arn,
    const std::set<std::string>& shard_ids) {
  MILLRACE_TRY(auto stream, read_stream(transaction, arn));
  if (!stream) return PendingChange{};
  std::set<engine::CellId> cells = own_cells(*stream);
  size_t expired = std::erase_if(stream->shards, [&](const Shard& shard) {
    bool gone = !shard.is_open() && shard_ids.count(shard.id) != 0;
    if (gone) erase_shard(transaction, shard);
    return gone;
  });
  if (expired == 0) return PendingChange{};
  ++stream->revision;
  write_stream(transaction, *stream);
  // Cells that were split have no shard any more: nothing can show what was hidden of them.
  for (const Shard& shard : stream->shards) cells.erase(shard.cell);
  for (engine::CellId cell : cells) transaction.erase(kTableCatalogCell, hidden_key(cell));
  auto after = std::make_shared<const Stream>(std::move(*stream));
  auto apply = [catalog = catalog_, after, cells = std::move(cells)] {
    catalog->publish(after);
    for (engine::CellId cell : cells) catalog->forget_hidden(cell);
  };
  return PendingChange{after, std::move(apply)};
}

engine::Result<StreamStore::PendingChange> EngineStreamStore::expire_stream(
    engine::Transaction& transaction, const std::string& arn) {
  MILLRACE_TRY(auto stream, read_stream(transaction, arn));
  if (!stream || stream->status != StreamStatus::kDisabled) return PendingChange{};
  transaction.erase(kTableCatalogCell, stream_key(arn));
  for (const Shard& shard : stream->shards) erase_shard(transaction, shard);
  std::set<engine::CellId> cells = own_cells(*stream);
  for (engine::CellId cell : cells) transaction.erase(kTableCatalogCell, hidden_key(cell));

  stream->shards.clear();
  ++stream->revision;
  auto last = std::make_shared<const Stream>(std::move(*stream));
  auto apply = [catalog = catalog_, waits = waits_, last, cells = std::move(cells)] {
    for (engine::CellId cell : cells) catalog->forget_hidden(cell);
    catalog->remove(last);
    for (engine::CellId cell : cells) waits->wake_cell(cell);
  };
  return PendingChange{last, std::move(apply)};
}

// A stream that is being created now on one of these cells begins behind what was hidden of it.
std::set<engine::CellId> EngineStreamStore::own_cells(const Stream& stream) const {
  std::set<engine::CellId> cells;
  for (const Shard& shard : stream.shards) cells.insert(shard.cell);
  for (const StreamPtr& other : list_all()) {
    if (other->arn == stream.arn) continue;
    for (const Shard& shard : other->shards) cells.erase(shard.cell);
  }
  return cells;
}

StreamStore::PendingChange EngineStreamStore::hide_until(engine::Transaction& transaction,
                                                         engine::CellId cell, Position position) {
  std::string value;
  append_u64(value, position);
  transaction.put(kTableCatalogCell, hidden_key(cell), value);
  return {nullptr, [catalog = catalog_, cell, position] { catalog->hide_until(cell, position); }};
}

}  // namespace millrace::dynamodb::stream
