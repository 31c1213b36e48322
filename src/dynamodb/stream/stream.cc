#include "dynamodb/stream/stream.h"

#include <algorithm>

namespace millrace::dynamodb::stream {

std::string_view to_string(StreamStatus status) {
  switch (status) {
    case StreamStatus::kEnabling:
      return "ENABLING";
    case StreamStatus::kEnabled:
      return "ENABLED";
    case StreamStatus::kDisabling:
      return "DISABLING";
    case StreamStatus::kDisabled:
      return "DISABLED";
  }
  return "?";
}

const Shard* Stream::find_shard(std::string_view id) const {
  auto found = std::lower_bound(
      shards.begin(), shards.end(), id,
      [](const Shard& shard, std::string_view wanted) { return shard.id < wanted; });
  return found != shards.end() && found->id == id ? &*found : nullptr;
}

const Shard* Stream::open_shard(engine::CellId cell) const {
  // Newest first: the open ones are at the end.
  auto found = std::find_if(shards.rbegin(), shards.rend(), [cell](const Shard& shard) {
    return shard.cell == cell && shard.is_open();
  });
  return found != shards.rend() ? &*found : nullptr;
}

}  // namespace millrace::dynamodb::stream
