// How far each mapping has got in each shard, durably (docs/formats/mappings.md). The rows of a
// mapping are in a cell of its own, so that mappings never wait for each other.
//
// Thread-safe.
#pragma once

#include <map>
#include <string>

#include "engine/engine.h"

namespace millrace::lambda {

struct Checkpoint {
  engine::Position position = 0;  // all records up to here are handled
  bool shard_finished = false;    // and there are no others
};

// Where consumers bring their checkpoints.
class CheckpointSink {
 public:
  virtual ~CheckpointSink() = default;
  // Never moves a checkpoint back: a lower position than the stored one is accepted and ignored.
  // `attempts` is a page of the mapping's attempt log to be written with it, or empty. `done` gets
  // whether the checkpoint is durably there.
  virtual void commit(uint64_t mapping, const std::string& shard_id, Checkpoint checkpoint,
                      std::string attempts, UniqueFunction<void(bool)> done) = 0;
};

class CheckpointStore final : public CheckpointSink {
 public:
  explicit CheckpointStore(engine::Engine& engine) : engine_(engine) {}

  // By shard id. `mapping` is the mapping's number. Waits: for start-up.
  engine::Result<std::map<std::string, Checkpoint>> load(uint64_t mapping);

  void commit(uint64_t mapping, const std::string& shard_id, Checkpoint checkpoint,
              std::string attempts, UniqueFunction<void(bool)> done) override;

  // Removes the rows of these shards.
  void erase(uint64_t mapping, const std::vector<std::string>& shard_ids,
             UniqueFunction<void(bool)> done);

  static engine::CellId cell(uint64_t mapping) { return engine::CellId{mapping}; }

 private:
  engine::Engine& engine_;
};

}  // namespace millrace::lambda
