// Streams and shards as values: what a stream is, which shards it has and how they descend from
// each other. Immutable snapshots, shared freely; StreamStore replaces them when a stream changes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "dynamodb/stream/change_record.h"
#include "engine/engine.h"

namespace millrace::dynamodb::stream {

// A segment of one cell's log: records at positions (after, last] of `cell` belong to the shard.
// Its parent may be a shard of another cell, whose hash range this cell took over.
struct Shard {
  std::string id;  // "shardId-" 20 digits of epoch milliseconds "-" 8 hexadecimal digits
  std::optional<std::string> parent_id;  // may name a shard that has expired
  engine::CellId cell;
  engine::Position after = 0;
  std::optional<engine::Position> last;  // set when the shard has closed; == after if it is empty
  Timestamp created;
  std::optional<Timestamp> closed;
  std::string stream_arn;

  bool is_open() const { return !last.has_value(); }
};

enum class StreamStatus : uint8_t { kEnabling = 1, kEnabled, kDisabling, kDisabled };
std::string_view to_string(StreamStatus status);

struct KeyAttribute {
  std::string name;
  std::string key_type;  // "HASH" or "RANGE"
};

struct Stream {
  std::string arn;
  std::string label;
  std::string account;
  std::string region;
  std::string table_name;
  uint64_t table_number;  // tells a table from an earlier one of the same name
  ViewType view_type;
  StreamStatus status;
  Timestamp created;
  std::optional<Timestamp> disabled;
  std::vector<KeyAttribute> key_schema;
  // How long records are kept, also after the table is gone; nothing: as long as the server's
  // default says. Duration::max(): for ever.
  std::optional<Duration> retention;
  // In order of their ids, which is also parents before children: a child is created at least one
  // millisecond after its parent.
  std::vector<Shard> shards;
  uint64_t revision = 0;  // rises with every change

  const Shard* find_shard(std::string_view id) const;
  // The shard that takes the records of `cell` now, null if the stream has none there.
  const Shard* open_shard(engine::CellId cell) const;
};
using StreamPtr = std::shared_ptr<const Stream>;

}  // namespace millrace::dynamodb::stream
