#include "lambda/trigger/mapping_manager.h"

#include <algorithm>

#include "base/limits.h"
#include "base/log.h"
#include "lambda/trigger/mapping_manager_implementation.h"

namespace millrace::lambda {
namespace {

using dynamodb::stream::Shard;
using dynamodb::stream::Stream;

bool is_leaf(const Stream& stream, const Shard& shard) {
  return std::none_of(stream.shards.begin(), stream.shards.end(),
                      [&](const Shard& other) { return other.parent_id == shard.id; });
}

}  // namespace

std::string_view to_string(MappingState state) {
  switch (state) {
    case MappingState::kCreating:
      return "Creating";
    case MappingState::kEnabling:
      return "Enabling";
    case MappingState::kEnabled:
      return "Enabled";
    case MappingState::kDisabling:
      return "Disabling";
    case MappingState::kDisabled:
      return "Disabled";
    case MappingState::kUpdating:
      return "Updating";
    case MappingState::kDeleting:
      return "Deleting";
  }
  return "";
}

engine::Result<std::unique_ptr<MappingManager>> MappingManager::open(
    const MappingServices& services) {
  auto implementation = std::make_shared<Implementation>(services);
  MILLRACE_TRY(auto mappings, implementation->catalog.load());
  for (Mapping& mapping : mappings) {
    MILLRACE_TRY(auto checkpoints, implementation->checkpoints->load(mapping.number));
    std::string uuid = mapping.uuid;
    auto entry = implementation->make_entry(std::move(mapping));
    entry.checkpoints = std::move(checkpoints);
    bool enabled = entry.stored->settings.enabled;
    entry.state = enabled ? MappingState::kEnabled : MappingState::kDisabled;
    if (entry.stored->deleting) entry.state = MappingState::kDeleting;
    implementation->entries.emplace(std::move(uuid), std::move(entry));
  }
  services.streams.on_change(
      [weak = std::weak_ptr(implementation)](const dynamodb::stream::StreamPtr& stream) {
        auto self = weak.lock();
        if (!self) return;
        std::lock_guard lock(self->mutex);
        self->later([arn = stream->arn](Implementation& alive) { alive.stream_changed(arn); });
      });
  return std::unique_ptr<MappingManager>(new MappingManager(std::move(implementation)));
}

MappingManager::MappingManager(std::shared_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}

MappingManager::~MappingManager() {
  std::vector<std::shared_ptr<ShardConsumer>> abandoned;
  {
    std::lock_guard lock(implementation_->mutex);
    implementation_->stopping = implementation_->closed = true;
    for (auto& [uuid, entry] : implementation_->entries) {
      for (auto& [shard_id, running] : entry.running) {
        abandoned.push_back(std::move(running.consumer));
      }
      entry.running.clear();
    }
  }
  for (auto& consumer : abandoned) consumer->abandon();
  implementation_->replays->close();
}

void MappingManager::start() {
  std::lock_guard lock(implementation_->mutex);
  implementation_->started = true;
  for (auto& [uuid, entry] : implementation_->entries) implementation_->advance_later(uuid);
}

void MappingManager::stop(UniqueFunction<void()> stopped) {
  std::unique_lock lock(implementation_->mutex);
  implementation_->stopping = true;
  implementation_->stopped = std::move(stopped);
  for (auto& [uuid, entry] : implementation_->entries) {
    for (auto& [shard_id, running] : entry.running) {
      if (!running.stopping) running.consumer->stop();
      running.stopping = true;
    }
  }
  implementation_->check_stopped(lock);
}

std::optional<MappingView> MappingManager::find(const std::string& uuid) const {
  std::lock_guard lock(implementation_->mutex);
  auto found = implementation_->entries.find(uuid);
  if (found == implementation_->entries.end()) return std::nullopt;
  return implementation_->view(found->second);
}

std::vector<MappingView> MappingManager::list(const std::string& account,
                                              const std::string& region) const {
  std::vector<MappingView> views;
  std::lock_guard lock(implementation_->mutex);
  for (const auto& [uuid, entry] : implementation_->entries) {
    if (entry.stored->account != account || entry.stored->region != region) continue;
    views.push_back(implementation_->view(entry));
  }
  return views;
}

void MappingManager::create(Mapping mapping, Done done) {
  Implementation& self = *implementation_;
  auto stream = self.services.streams.find(mapping.event_source_arn);
  if (!stream) return done(Unexpected(CatalogFailure{CatalogFailure::Kind::kNotFound, {}}));
  if (self.count() >= limits::kMappingsMax) {
    return done(Unexpected(CatalogFailure{CatalogFailure::Kind::kTooMany, {}}));
  }
  if (mapping.starting_position == StartingPosition::kLatest) {
    // Whatever is written from here on is delivered, however long the creation takes.
    for (const Shard& shard : stream->shards) {
      if (!is_leaf(*stream, shard)) continue;
      auto latest = self.services.streams.latest(shard);
      if (!latest) {
        log_error("shard cannot be read",
                  {{"shard", shard.id}, {"detail", latest.error().message}});
        return done(Unexpected(CatalogFailure{CatalogFailure::Kind::kStorage, {}}));
      }
      mapping.start_positions[shard.id] = *latest;
    }
  }
  mapping.uuid = self.services.random.uuid();
  mapping.created = mapping.last_modified = self.now();
  self.catalog.create(std::move(mapping),
                      [implementation = implementation_,
                       done = std::move(done)](CatalogResult<Mapping> result) mutable {
                        if (!result) return done(Unexpected(std::move(result).error()));
                        implementation->created(*result, done);
                      });
}

void MappingManager::update(const std::string& uuid, std::function<void(MappingSettings&)> change,
                            Done done) {
  auto current = find(uuid);
  if (!current) return done(Unexpected(CatalogFailure{CatalogFailure::Kind::kNotFound, {}}));
  MappingSettings changed = current->mapping->settings;
  bool was_enabled = changed.enabled;
  change(changed);
  MappingState state = changed.enabled == was_enabled ? MappingState::kUpdating
                       : changed.enabled              ? MappingState::kEnabling
                                                      : MappingState::kDisabling;
  implementation_->change(
      uuid, [change = std::move(change)](Mapping& mapping) { change(mapping.settings); }, state,
      std::move(done));
}

void MappingManager::erase(const std::string& uuid, Done done) {
  if (!find(uuid)) return done(Unexpected(CatalogFailure{CatalogFailure::Kind::kNotFound, {}}));
  implementation_->change(
      uuid, [](Mapping& mapping) { mapping.deleting = true; }, MappingState::kDeleting,
      std::move(done));
}

void MappingManager::set_tags(const std::string& uuid,
                              std::function<void(std::map<std::string, std::string>&)> change,
                              Done done) {
  auto current = find(uuid);
  if (!current) return done(Unexpected(CatalogFailure{CatalogFailure::Kind::kNotFound, {}}));
  implementation_->change(
      uuid, [change = std::move(change)](Mapping& mapping) { change(mapping.tags); },
      current->state, std::move(done));
}

void MappingManager::function_changed(const FunctionReference& function) {
  std::lock_guard lock(implementation_->mutex);
  for (auto& [uuid, entry] : implementation_->entries) {
    const FunctionReference& used = entry.applied->settings.function;
    if (used.name != function.name || used.account != function.account ||
        used.region != function.region) {
      continue;
    }
    for (auto& [shard_id, running] : entry.running) running.consumer->hurry();
  }
}

void MappingManager::restart(const std::string& uuid) {
  std::vector<std::shared_ptr<ShardConsumer>> abandoned;
  std::unique_lock lock(implementation_->mutex);
  auto found = implementation_->entries.find(uuid);
  if (found == implementation_->entries.end()) return;
  Implementation::Entry& entry = found->second;
  for (auto& [shard_id, running] : entry.running) {
    implementation_->note_progress(entry, shard_id, *running.consumer);
    // Before another one begins, which reads what this one must not take on any more.
    running.consumer->abandon();
    abandoned.push_back(std::move(running.consumer));
  }
  entry.running.clear();
  implementation_->advance_later(uuid);
  implementation_->check_stopped(lock);
}

std::shared_ptr<AttemptLog> MappingManager::attempts(const std::string& uuid) const {
  std::lock_guard lock(implementation_->mutex);
  auto found = implementation_->entries.find(uuid);
  return found == implementation_->entries.end() ? nullptr : found->second.attempts;
}

std::shared_ptr<FailureStore> MappingManager::failures() const {
  return implementation_->failures;
}

void MappingManager::redrive(Redrive redrive,
                             UniqueFunction<void(engine::Result<InvokeOutcome>)> done) {
  auto log = attempts(redrive.mapping->uuid);
  if (!log) {
    return done(
        Unexpected(engine::Error{engine::ErrorCode::kUnavailable, "the mapping is being removed"}));
  }
  const MappingServices& services = implementation_->services;
  lambda::redrive(std::move(redrive), services.invoker, services.timers.clock(),
                  implementation_->failures, std::move(log), std::move(done));
}

Replays& MappingManager::replays() const {
  return *implementation_->replays;
}

std::vector<MappingStatus> MappingManager::status() const {
  std::vector<MappingStatus> statuses;
  std::lock_guard lock(implementation_->mutex);
  for (const auto& [uuid, entry] : implementation_->entries) {
    statuses.push_back(implementation_->status_of(entry));
  }
  return statuses;
}

void MappingManager::on_progress(std::function<void()> listener) {
  implementation_->progress_listener = std::move(listener);
}

MappingManager::Implementation::Entry MappingManager::Implementation::make_entry(Mapping mapping) {
  Entry entry;
  entry.last_modified = mapping.last_modified;
  entry.stored = entry.applied = std::make_shared<const Mapping>(std::move(mapping));
  apply(entry);
  return entry;
}

void MappingManager::Implementation::change(const std::string& uuid,
                                            std::function<void(Mapping&)> change,
                                            MappingState state, Done done) {
  catalog.update(
      uuid,
      [change = std::move(change), time = now()](Mapping& mapping) {
        MappingSettings before = mapping.settings;
        change(mapping);
        if (mapping.settings != before || mapping.deleting) mapping.last_modified = time;
      },
      [self = shared_from_this(), state,
       done = std::move(done)](CatalogResult<Mapping> result) mutable {
        if (!result) return done(Unexpected(std::move(result).error()));
        self->changed(*result, state, done);
      });
}

void MappingManager::Implementation::created(const Mapping& mapping, Done& done) {
  std::optional<MappingView> answer;
  {
    std::lock_guard lock(mutex);
    auto entry = entries.emplace(mapping.uuid, make_entry(mapping)).first;
    answer = view(entry->second);
    advance_later(mapping.uuid);
  }
  done(std::move(*answer));
}

// Takes over what has been stored and answers with the transitional state; the transition itself
// comes later, on the executor. Two changes may come here in the other order than they were made
// in, and even after the mapping is gone.
void MappingManager::Implementation::changed(const Mapping& mapping, MappingState state,
                                             Done& done) {
  std::optional<MappingView> answer;
  {
    std::lock_guard lock(mutex);
    auto found = entries.find(mapping.uuid);
    if (found != entries.end()) {
      Entry& entry = found->second;
      if (mapping.revision > entry.stored->revision) {
        entry.stored = std::make_shared<const Mapping>(mapping);
        entry.state = state;
        entry.last_modified = mapping.last_modified;
      }
      answer = view(entry);
      advance_later(mapping.uuid);
    }
  }
  if (!answer) return done(Unexpected(CatalogFailure{CatalogFailure::Kind::kNotFound, {}}));
  done(std::move(*answer));
}

void MappingManager::Implementation::later(UniqueFunction<void(Implementation&)> work) {
  if (closed) return;
  services.executor.post([weak = weak_from_this(), work = std::move(work)]() mutable {
    if (auto self = weak.lock()) work(*self);
  });
}

MappingView MappingManager::Implementation::view(const Entry& entry) const {
  return {entry.applied, entry.state, entry.last_modified, entry.metrics->last_processing_result()};
}

}  // namespace millrace::lambda
