// The streams that exist, in memory: immutable descriptions behind one lock that is held for a
// lookup only. The rows in storage decide; whoever changes them publishes the new description here
// after the commit. Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dynamodb/stream/stream.h"

namespace millrace::dynamodb::stream {

class StreamCatalog {
 public:
  StreamPtr find(std::string_view arn) const;
  std::vector<StreamPtr> list(const std::function<bool(const Stream&)>& wanted) const;
  StreamPtr live(uint64_t table_number) const;
  // Records of the cell at or below this position are not shown.
  engine::Position hidden_until(engine::CellId cell) const;
  // The time at which the cell's newest shard was created.
  Timestamp newest_shard_created(engine::CellId cell) const;

  // Replaces the description unless a later revision has been published already: completions of two
  // transactions may run in either order.
  void publish(StreamPtr stream);
  // `last` is the stream without shards, for listeners.
  void remove(StreamPtr last);
  void hide_until(engine::CellId cell, engine::Position position);
  void forget_hidden(engine::CellId cell);

  void on_change(std::function<void(StreamPtr)> listener);

 private:
  void notify(const StreamPtr& stream);

  mutable std::shared_mutex mutex_;
  std::map<std::string, StreamPtr, std::less<>> streams_;
  std::unordered_map<uint64_t, StreamPtr> live_;
  std::unordered_map<engine::CellId, engine::Position> hidden_until_;
  std::unordered_map<engine::CellId, Timestamp> newest_shard_created_;
  std::mutex listeners_mutex_;
  std::vector<std::function<void(StreamPtr)>> listeners_;
};

}  // namespace millrace::dynamodb::stream
