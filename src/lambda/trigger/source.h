// What a shard consumer reads from: one shard of one stream. Streams of tables are the only
// implementation (stream_source.h); tests have their own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/unique_function.h"
#include "engine/engine.h"

namespace millrace::lambda {

struct SourceRecord {
  engine::Position position;
  Timestamp time;  // of the change; never runs backwards within a shard
};

// Consecutive records of a shard, as read at once.
class SourcePage {
 public:
  virtual ~SourcePage() = default;
  // The record as functions see it, appended as a JSON object.
  virtual void append_json(size_t index, std::string& out) const = 0;
  // Equal for records of items with the same partition key.
  virtual uint64_t key_hash(size_t index) const = 0;

  std::vector<SourceRecord> records;
  engine::Position next_after = 0;  // where the next read goes on, if all records are taken
  bool at_end = false;              // nothing more is there now
  bool shard_finished = false;      // nothing more will ever be there
};

// Thread-safe.
class Source {
 public:
  virtual ~Source() = default;

  // Oldest first, at most `records_max`. Never waits. kTooOld if record after + 1 was trimmed.
  virtual engine::Result<std::unique_ptr<SourcePage>> read(engine::Position after,
                                                           size_t records_max) = 0;
  // The position after which the shard still has all records.
  virtual engine::Result<engine::Position> trim_horizon() = 0;
  // Calls `wake` once when the shard has a record beyond `after` or has closed. A hint: it may come
  // early. cancel_wait() returns true if it will not come.
  using WaitId = uint64_t;
  virtual WaitId wait(engine::Position after, UniqueFunction<void()> wake) = 0;
  virtual bool cancel_wait(WaitId id) = 0;
};

}  // namespace millrace::lambda
