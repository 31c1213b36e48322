// The inside of MappingManager; only mapping_manager.cc and mapping_consumers.cc include this.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "lambda/trigger/attempt_log.h"
#include "lambda/trigger/checkpoint.h"
#include "lambda/trigger/failure_store.h"
#include "lambda/trigger/mapping_manager.h"
#include "lambda/trigger/mapping_metrics.h"
#include "lambda/trigger/replay.h"

namespace millrace::lambda {

// Everything below `mutex` is guarded by it. Consumers call back on the executor, never inside a
// call, so they may be started and stopped while it is held. The engine may call back inside a
// call, so it is only asked to change something while the mutex is free.
struct MappingManager::Implementation : std::enable_shared_from_this<Implementation> {
  struct Entry {
    std::shared_ptr<const Mapping> stored;   // as committed last
    std::shared_ptr<const Mapping> applied;  // as the consumers run by
    MappingState state = MappingState::kCreating;
    Timestamp last_modified;
    std::shared_ptr<const FilterSet> filters;
    std::shared_ptr<MappingMetrics> metrics;
    std::shared_ptr<AttemptLog> attempts;
    std::map<std::string, Checkpoint> checkpoints;
    struct Running {
      std::shared_ptr<ShardConsumer> consumer;
      uint64_t number = 0;  // tells a consumer from another one of the same shard
      bool stopping = false;
    };
    std::map<std::string, Running> running;
    bool erasing = false;  // its rows are being removed
  };

  explicit Implementation(const MappingServices& given)
      : services(given),
        catalog(given.engine),
        checkpoints(std::make_shared<CheckpointStore>(given.engine)),
        failures(std::make_shared<FailureStore>(given.engine)),
        replays(std::make_shared<Replays>(consumer_services(nullptr), given.streams)) {}

  // mapping_manager.cc
  Entry make_entry(Mapping mapping);
  void change(const std::string& uuid, std::function<void(Mapping&)> change, MappingState state,
              Done done);
  void created(const Mapping& mapping, Done& done);
  void changed(const Mapping& mapping, MappingState state, Done& done);
  MappingView view(const Entry& entry) const;
  size_t count() const {
    std::lock_guard lock(mutex);
    return entries.size();
  }
  Timestamp now() const { return services.timers.clock().now(); }

  // Runs `work` on the executor, without the mutex. REQUIRES: the mutex is held.
  void later(UniqueFunction<void(Implementation&)> work);

  ConsumerServices consumer_services(std::shared_ptr<AttemptLog> attempts) const {
    return {services.executor,    services.timers, services.random, services.invoker,
            services.destination, checkpoints,     failures,        std::move(attempts)};
  }

  // mapping_consumers.cc
  void advance_later(const std::string& uuid);
  void advance(Entry& entry);
  void apply(Entry& entry);
  void settle(Entry& entry);
  void start_consumers(Entry& entry);
  void start_consumer(Entry& entry, const dynamodb::stream::StreamPtr& stream,
                      const dynamodb::stream::Shard& shard);
  bool is_finished(const Entry& entry, const dynamodb::stream::Stream& stream,
                   const dynamodb::stream::Shard& shard) const;
  void forget_expired_shards(Entry& entry, const dynamodb::stream::Stream* stream);
  void note_progress(Entry& entry, const std::string& shard_id, const ShardConsumer& consumer);
  void ended(const std::string& uuid, const std::string& shard_id, uint64_t number,
             ShardConsumer::End how);
  void erase_rows(Entry& entry);
  void erase_outcomes(const std::shared_ptr<const Mapping>& mapping,
                      std::function<void(bool)> erased);
  void rows_erased(const std::string& uuid, bool all);
  void stream_changed(const std::string& arn);
  void check_stopped(std::unique_lock<std::mutex>& lock);
  MappingStatus status_of(const Entry& entry) const;

  const MappingServices services;
  MappingCatalog catalog;
  // Shared with the consumers, which may outlive the manager by a moment.
  const std::shared_ptr<CheckpointStore> checkpoints;
  const std::shared_ptr<FailureStore> failures;
  const std::shared_ptr<Replays> replays;
  std::function<void()> progress_listener = [] {};

  mutable std::mutex mutex;
  std::map<std::string, Entry> entries;  // by UUID
  uint64_t next_consumer = 1;
  bool started = false;
  UniqueFunction<void()> stopped;  // set by stop()
  bool stopping = false;
  bool closed = false;  // the manager is gone, and the executor may be
};

}  // namespace millrace::lambda
