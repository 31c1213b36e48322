// What runs for a mapping, and why.
#include <algorithm>

#include "base/log.h"
#include "lambda/trigger/mapping_manager_implementation.h"
#include "lambda/trigger/stream_source.h"

namespace millrace::lambda {

using dynamodb::stream::Shard;
using dynamodb::stream::Stream;
using dynamodb::stream::StreamPtr;

namespace {

constexpr size_t kErasedAtOnce = 100;

}  // namespace

void MappingManager::Implementation::advance_later(const std::string& uuid) {
  later([uuid](Implementation& self) {
    std::lock_guard lock(self.mutex);
    auto found = self.entries.find(uuid);
    if (found != self.entries.end()) self.advance(found->second);
  });
}

// Brings one mapping a step nearer to what is stored; called again after whatever it waits for.
void MappingManager::Implementation::advance(Entry& entry) {
  if (!started || stopping || entry.erasing) return;
  bool same_settings = entry.applied->settings == entry.stored->settings;
  if (same_settings && !entry.stored->deleting) entry.applied = entry.stored;
  bool must_pause =
      entry.stored->deleting || entry.applied != entry.stored || !entry.stored->settings.enabled;
  if (must_pause) {
    for (auto& [shard_id, running] : entry.running) {
      if (!running.stopping) running.consumer->stop();
      running.stopping = true;
    }
    if (!entry.running.empty()) return;
  }
  if (entry.stored->deleting) {
    erase_rows(entry);
    return;
  }
  if (entry.applied != entry.stored) {
    entry.applied = entry.stored;
    apply(entry);
  }
  if (entry.applied->settings.enabled && entry.filters) start_consumers(entry);
  settle(entry);
}

// Derives what follows from the settings.
void MappingManager::Implementation::apply(Entry& entry) {
  const MappingSettings& settings = entry.applied->settings;
  auto filters = FilterSet::compile(settings.filters);
  entry.filters = nullptr;
  if (filters) {
    entry.filters = std::make_shared<const FilterSet>(std::move(filters).value());
  } else {
    // It was accepted when it was given: rather stand still than lose records.
    log_error("stored filter pattern refused, the mapping does not run",
              {{"mapping", entry.applied->uuid}, {"detail", filters.error()}});
  }
  auto notify = [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->progress_listener();
  };
  if (!entry.metrics) {
    entry.metrics = std::make_shared<MappingMetrics>(services.metrics, entry.applied->uuid,
                                                     settings.function.name, notify);
  }
  if (!entry.attempts) {
    entry.attempts = std::make_shared<AttemptLog>(services.engine, entry.applied->number,
                                                  services.timers.clock());
  }
}

void MappingManager::Implementation::settle(Entry& entry) {
  MappingState settled =
      entry.applied->settings.enabled ? MappingState::kEnabled : MappingState::kDisabled;
  if (entry.state == settled) return;
  entry.state = settled;
  entry.last_modified = now();
  progress_listener();
}

void MappingManager::Implementation::start_consumers(Entry& entry) {
  StreamPtr stream = services.streams.find(entry.applied->event_source_arn);
  if (stream) {
    for (const Shard& shard : stream->shards) {
      if (entry.running.contains(shard.id) || is_finished(entry, *stream, shard)) continue;
      const Shard* parent = shard.parent_id ? stream->find_shard(*shard.parent_id) : nullptr;
      if (parent != nullptr && !is_finished(entry, *stream, *parent)) continue;
      start_consumer(entry, stream, shard);
    }
  }
  forget_expired_shards(entry, stream.get());
}

// A shard is behind us if its checkpoint says so, or if a child of it has been begun.
bool MappingManager::Implementation::is_finished(const Entry& entry, const Stream& stream,
                                                 const Shard& shard) const {
  auto own = entry.checkpoints.find(shard.id);
  if (own != entry.checkpoints.end() && own->second.shard_finished) return true;
  return std::any_of(stream.shards.begin(), stream.shards.end(), [&](const Shard& child) {
    if (child.parent_id != shard.id) return false;
    return entry.checkpoints.contains(child.id) ||
           entry.applied->start_positions.contains(child.id) || is_finished(entry, stream, child);
  });
}

void MappingManager::Implementation::start_consumer(Entry& entry, const StreamPtr& stream,
                                                    const Shard& shard) {
  const Mapping& mapping = *entry.applied;
  auto checkpoint = entry.checkpoints.find(shard.id);
  auto start = mapping.start_positions.find(shard.id);
  // Where a shard continues a parent that this mapping has read, what expired in between is a loss;
  // where the mapping begins, it is not.
  engine::Position position = shard.after;
  if (checkpoint != entry.checkpoints.end()) {
    position = checkpoint->second.position;
  } else if (start != mapping.start_positions.end()) {
    position = start->second;
  } else if (!shard.parent_id || !entry.checkpoints.contains(*shard.parent_id)) {
    position = services.streams.trim_horizon(shard).value_or(shard.after);
  }
  ConsumerDescription description;
  description.mapping = mapping.number;
  description.mapping_uuid = mapping.uuid;
  description.function = mapping.settings.function;
  description.stream_arn = mapping.event_source_arn;
  description.shard_id = shard.id;
  description.destination_arn = mapping.settings.on_failure_destination;
  description.settings = consumer_settings(mapping.settings);
  description.settings.keeps_failures = true;
  description.filters = entry.filters;
  description.start = position;
  Entry::Running& running = entry.running[shard.id];
  running.number = next_consumer++;
  running.consumer =
      ShardConsumer::start(consumer_services(entry.attempts), std::move(description),
                           open_stream_source(services.streams, stream, shard.id), entry.metrics,
                           [weak = weak_from_this(), uuid = mapping.uuid, id = shard.id,
                            number = running.number](auto how) {
                             if (auto self = weak.lock()) self->ended(uuid, id, number, how);
                           });
}

void MappingManager::Implementation::note_progress(Entry& entry, const std::string& shard_id,
                                                   const ShardConsumer& consumer) {
  Checkpoint& checkpoint = entry.checkpoints[shard_id];
  checkpoint.position = std::max(checkpoint.position, consumer.progress().committed);
}

void MappingManager::Implementation::ended(const std::string& uuid, const std::string& shard_id,
                                           uint64_t number, ShardConsumer::End how) {
  std::unique_lock lock(mutex);
  auto found = entries.find(uuid);
  if (found == entries.end()) return;
  Entry& entry = found->second;
  auto running = entry.running.find(shard_id);
  if (running == entry.running.end() || running->second.number != number) return;
  note_progress(entry, shard_id, *running->second.consumer);
  entry.checkpoints[shard_id].shard_finished |= how == ShardConsumer::End::kFinished;
  entry.running.erase(running);
  advance(entry);
  check_stopped(lock);
}

// Rows of shards that no longer exist would pile up for ever.
void MappingManager::Implementation::forget_expired_shards(Entry& entry, const Stream* stream) {
  std::vector<std::string> expired;
  for (const auto& [shard_id, checkpoint] : entry.checkpoints) {
    bool exists = stream != nullptr && stream->find_shard(shard_id) != nullptr;
    if (exists || entry.running.contains(shard_id)) continue;
    expired.push_back(shard_id);
    if (expired.size() == kErasedAtOnce) break;
  }
  if (expired.empty()) return;
  for (const std::string& shard_id : expired) entry.checkpoints.erase(shard_id);
  later([number = entry.applied->number, expired = std::move(expired)](Implementation& self) {
    self.checkpoints->erase(number, expired, [](bool) {});
  });
}

// Removes a mapping that nothing runs for: its checkpoints, then itself. After a failure or a crash
// the next start goes on with it.
void MappingManager::Implementation::erase_rows(Entry& entry) {
  entry.erasing = true;
  std::vector<std::string> shard_ids;
  for (const auto& [shard_id, checkpoint] : entry.checkpoints) {
    shard_ids.push_back(shard_id);
    if (shard_ids.size() == kErasedAtOnce) break;
  }
  for (const std::string& shard_id : shard_ids) entry.checkpoints.erase(shard_id);
  later([mapping = entry.stored, shard_ids = std::move(shard_ids)](Implementation& self) {
    auto erased = [alive = self.shared_from_this(), uuid = mapping->uuid](bool all) {
      alive->rows_erased(uuid, all);
    };
    if (shard_ids.empty()) {
      self.erase_outcomes(mapping, erased);
    } else {
      self.checkpoints->erase(mapping->number, shard_ids, [erased](bool done) {
        if (done) erased(false);
      });
    }
  });
}

// What is remembered of the mapping's deliveries, then the mapping itself.
void MappingManager::Implementation::erase_outcomes(const std::shared_ptr<const Mapping>& mapping,
                                                    std::function<void(bool)> erased) {
  failures->erase_some(mapping->number, [alive = shared_from_this(), mapping,
                                         erased = std::move(erased)](engine::Result<bool> all) {
    if (!all) {
      log_warning("kept failures not removed", {{"detail", all.error().message}});
      return;
    }
    if (!*all) return erased(false);
    AttemptLog(alive->services.engine, mapping->number, alive->services.timers.clock()).clear();
    alive->catalog.erase(*mapping, [erased](CatalogResult<Mapping> result) {
      if (result) erased(true);
    });
  });
}

void MappingManager::Implementation::rows_erased(const std::string& uuid, bool all) {
  {
    std::lock_guard lock(mutex);
    auto found = entries.find(uuid);
    if (found == entries.end()) return;
    if (all) {
      entries.erase(found);
    } else {
      found->second.erasing = false;
      advance_later(uuid);
    }
  }
  if (all) progress_listener();
}

void MappingManager::Implementation::stream_changed(const std::string& arn) {
  std::lock_guard lock(mutex);
  for (auto& [uuid, entry] : entries) {
    if (entry.stored->event_source_arn == arn) advance(entry);
  }
}

void MappingManager::Implementation::check_stopped(std::unique_lock<std::mutex>& lock) {
  if (!stopping || !stopped) return;
  bool all = std::all_of(entries.begin(), entries.end(),
                         [](const auto& entry) { return entry.second.running.empty(); });
  if (!all) return;
  UniqueFunction<void()> call = std::move(stopped);
  stopped = nullptr;
  lock.unlock();
  call();
}

MappingStatus MappingManager::Implementation::status_of(const Entry& entry) const {
  MappingStatus status{view(entry), entry.metrics->totals(), {}};
  StreamPtr stream = services.streams.find(entry.applied->event_source_arn);
  if (!stream) return status;
  for (const Shard& shard : stream->shards) {
    ShardStatus row;
    row.shard_id = shard.id;
    row.end = services.streams.latest(shard).value_or(shard.after);
    auto running = entry.running.find(shard.id);
    auto checkpoint = entry.checkpoints.find(shard.id);
    if (running != entry.running.end()) {
      row.phase = ShardStatus::Phase::kRunning;
      row.progress = running->second.consumer->progress();
    } else if (is_finished(entry, *stream, shard)) {
      row.phase = ShardStatus::Phase::kFinished;
      row.progress.handled = row.progress.committed = row.end;
    } else {
      row.phase = ShardStatus::Phase::kWaiting;
      auto start = entry.applied->start_positions.find(shard.id);
      engine::Position position =
          start != entry.applied->start_positions.end() ? start->second : shard.after;
      if (checkpoint != entry.checkpoints.end()) position = checkpoint->second.position;
      row.progress.handled = row.progress.committed = position;
    }
    status.shards.push_back(std::move(row));
  }
  return status;
}

}  // namespace millrace::lambda
