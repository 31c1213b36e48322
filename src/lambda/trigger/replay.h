// Replays: records that a stream still has go to a function once more, in order, without touching
// any mapping's checkpoints. Each shard is read by a ShardConsumer over a bounded source, with its
// checkpoints in memory; a child shard begins when its parent is through. What is given up is
// counted and goes nowhere else.
//
// Replays end with the server. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "dynamodb/stream/stream_store.h"
#include "lambda/trigger/shard_consumer.h"

namespace millrace::lambda {

struct ReplayRange {
  engine::Position after, up_to;  // (after, up_to]
};

struct ReplayRequest {
  dynamodb::stream::StreamPtr stream;
  FunctionReference function;
  std::string mapping_uuid;  // whose settings these are; empty: none's
  ConsumerSettings settings;
  std::shared_ptr<const FilterSet> filters;
  std::map<std::string, ReplayRange> shards;  // by id
};

struct ReplayProgress {
  enum class State { kRunning, kFinished, kStopped };
  std::string id;
  State state;
  std::string stream_arn, function_arn, mapping_uuid;
  Timestamp started;
  std::optional<Timestamp> ended;
  uint64_t records = 0;  // in all
  uint64_t handled = 0;
  ConsumerCounts counts;
  std::vector<std::pair<std::string, ConsumerProgress::Blocked>> blocked;  // with the shard's id
};

class Replays : public std::enable_shared_from_this<Replays> {
 public:
  // All must outlive what runs: see ConsumerServices.
  Replays(const ConsumerServices& services, dynamodb::stream::StreamStore& streams);

  // Its id; nothing if kReplaysRunningMax are running.
  std::optional<std::string> start(ReplayRequest request);
  std::optional<ReplayProgress> find(const std::string& id) const;
  std::vector<ReplayProgress> list() const;  // oldest first
  // Lets running invocations end and begins nothing more. False if there is no such replay.
  bool stop(const std::string& id);
  // Abandons everything; nothing is started any more.
  void close();

 private:
  struct Shard {
    ReplayRange range;
    std::shared_ptr<ShardConsumer> consumer;  // while it runs
    bool finished = false;
    ConsumerProgress progress;  // once it has ended
  };
  struct Job {
    uint64_t number;  // in order of their start
    ReplayRequest request;
    Timestamp started;
    std::optional<Timestamp> ended;
    bool stopping = false;
    std::map<std::string, Shard> shards;
  };
  // REQUIRES: mutex_ is held.
  void advance(const std::string& id, Job& job);
  void start_shard(const std::string& id, Job& job, const std::string& shard_id, Shard& shard);
  void ended(const std::string& id, const std::string& shard_id, ShardConsumer::End how);
  void forget_oldest();
  static ReplayProgress describe(const std::string& id, const Job& job);

  const ConsumerServices services_;
  dynamodb::stream::StreamStore& streams_;
  mutable std::mutex mutex_;
  std::map<std::string, Job> jobs_;
  uint64_t next_number_ = 1;
  bool closed_ = false;
};

}  // namespace millrace::lambda
