#include "control/await.h"

#include "control/mapping_report.h"

namespace millrace::control {
namespace {

using lambda::MappingState;
using lambda::MappingStatus;
using lambda::ShardStatus;

bool has_reached(const ShardStatus& shard, engine::Position target) {
  return shard.phase == ShardStatus::Phase::kFinished || shard.progress.handled >= target;
}

}  // namespace

Awaiter::Awaiter(StatusSource status, Executor& executor, Timers& machine_timers,
                 const Clock& clock)
    : status_(std::move(status)),
      executor_(executor),
      machine_timers_(machine_timers),
      clock_(clock) {}

bool Awaiter::is_asked_for(const MappingStatus& status, const AwaitRequest& request) {
  MappingState state = status.view.state;
  if (state == MappingState::kDisabled || state == MappingState::kDeleting) return false;
  const lambda::Mapping& mapping = *status.view.mapping;
  return (request.uuid.empty() || mapping.uuid == request.uuid) &&
         (request.function_name.empty() ||
          mapping.settings.function.name == request.function_name) &&
         (request.event_source_arn.empty() || mapping.event_source_arn == request.event_source_arn);
}

Awaiter::Targets Awaiter::targets_of(const std::vector<MappingStatus>& statuses,
                                     const AwaitRequest& request) {
  Targets targets;
  for (const MappingStatus& status : statuses) {
    if (!is_asked_for(status, request)) continue;
    for (const ShardStatus& shard : status.shards) {
      targets[{status.view.mapping->uuid, shard.shard_id}] = request.position.value_or(shard.end);
    }
  }
  return targets;
}

void Awaiter::await(AwaitRequest request, UniqueFunction<void(AwaitResult)> done) {
  Wait wait;
  wait.targets = targets_of(status_(), request);
  wait.request = std::move(request);
  wait.done = std::move(done);
  {
    std::lock_guard lock(mutex_);
    if (stopped_) wait.request.timeout = Duration::zero();
    uint64_t id = next_id_++;
    wait.timer = machine_timers_.after(wait.request.timeout, [weak = weak_from_this(), id] {
      if (auto self = weak.lock()) self->time_out(id);
    });
    waits_.emplace(id, std::move(wait));
  }
  on_progress();
}

void Awaiter::on_progress() {
  {
    std::lock_guard lock(mutex_);
    if (waits_.empty() || look_posted_) return;
    look_posted_ = true;
  }
  executor_.post([weak = weak_from_this()] {
    if (auto self = weak.lock()) self->look();
  });
}

AwaitResult Awaiter::check(const Wait& wait, const std::vector<MappingStatus>& statuses) const {
  AwaitResult result;
  Timestamp now = clock_.now();
  for (const MappingStatus& status : statuses) {
    if (!is_asked_for(status, wait.request)) continue;
    result.mappings.push_back(status);
    for (const ShardStatus& shard : status.shards) {
      engine::Position target = shard.end;
      if (!wait.request.settle) {
        auto found = wait.targets.find({status.view.mapping->uuid, shard.shard_id});
        if (found == wait.targets.end()) continue;
        target = found->second;
      }
      if (has_reached(shard, target)) continue;
      result.stuck.push_back(describe_lag(status, shard, target, now));
    }
  }
  result.done = result.stuck.empty();
  return result;
}

void Awaiter::look() {
  {
    std::lock_guard lock(mutex_);
    look_posted_ = false;
  }
  std::vector<MappingStatus> statuses = status_();
  std::vector<std::pair<UniqueFunction<void(AwaitResult)>, AwaitResult>> finished;
  bool look_again = false;
  {
    std::lock_guard lock(mutex_);
    for (auto entry = waits_.begin(); entry != waits_.end();) {
      Wait& wait = entry->second;
      AwaitResult result = check(wait, statuses);
      bool done = result.done;
      if (wait.request.settle) {
        // Mappings are read one after another, so one that looks idle may have been given more
        // while a later one was read. Nothing was if two looks in a row find all idle at the same
        // ends.
        std::optional<Targets> idle_at;
        if (done) idle_at = targets_of(statuses, wait.request);
        bool is_settled = done && wait.idle_at == idle_at;
        look_again |= done && !is_settled;
        done = is_settled;
        wait.idle_at = std::move(idle_at);
      }
      if (!done) {
        ++entry;
        continue;
      }
      machine_timers_.cancel(wait.timer);
      finished.emplace_back(std::move(wait.done), std::move(result));
      entry = waits_.erase(entry);
    }
  }
  if (look_again) on_progress();
  for (auto& [done, result] : finished) done(std::move(result));
}

void Awaiter::time_out(uint64_t id) {
  std::vector<MappingStatus> statuses = status_();
  Wait wait;
  {
    std::lock_guard lock(mutex_);
    auto found = waits_.find(id);
    if (found == waits_.end()) return;
    wait = std::move(found->second);
    waits_.erase(found);
  }
  AwaitResult result = check(wait, statuses);
  wait.done(std::move(result));
}

void Awaiter::stop() {
  std::vector<uint64_t> ids;
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    for (const auto& [id, wait] : waits_) ids.push_back(id);
  }
  for (uint64_t id : ids) time_out(id);
}

}  // namespace millrace::control
