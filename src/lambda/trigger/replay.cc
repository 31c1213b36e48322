#include "lambda/trigger/replay.h"

#include <algorithm>

#include "base/limits.h"
#include "lambda/trigger/bounded_source.h"
#include "lambda/trigger/stream_source.h"

namespace millrace::lambda {
namespace {

// A replay that ends early is begun anew by whoever wants it: nothing is stored.
class NoCheckpoints final : public CheckpointSink {
 public:
  void commit(uint64_t, const std::string&, Checkpoint, std::string,
              UniqueFunction<void(bool)> done) override {
    done(true);
  }
};

ConsumerServices without_records(ConsumerServices services) {
  services.checkpoints = std::make_shared<NoCheckpoints>();
  services.failures = nullptr;
  services.attempts = nullptr;
  return services;
}

}  // namespace

Replays::Replays(const ConsumerServices& services, dynamodb::stream::StreamStore& streams)
    : services_(without_records(services)), streams_(streams) {}

std::optional<std::string> Replays::start(ReplayRequest request) {
  std::lock_guard lock(mutex_);
  auto running =
      std::count_if(jobs_.begin(), jobs_.end(), [](const auto& job) { return !job.second.ended; });
  if (closed_ || static_cast<size_t>(running) >= limits::kReplaysRunningMax) return std::nullopt;
  forget_oldest();
  std::string id = services_.random.uuid();
  Job job;
  job.number = next_number_++;
  job.started = services_.timers.clock().now();
  for (const auto& [shard_id, range] : request.shards) job.shards[shard_id].range = range;
  job.request = std::move(request);
  advance(id, jobs_.emplace(id, std::move(job)).first->second);
  return id;
}

void Replays::forget_oldest() {
  while (jobs_.size() >= limits::kReplaysRememberedMax) {
    auto oldest = jobs_.end();
    for (auto job = jobs_.begin(); job != jobs_.end(); ++job) {
      if (!job->second.ended) continue;
      if (oldest == jobs_.end() || job->second.number < oldest->second.number) oldest = job;
    }
    if (oldest == jobs_.end()) return;
    jobs_.erase(oldest);
  }
}

void Replays::advance(const std::string& id, Job& job) {
  if (job.ended || closed_) return;
  bool running = false, all_finished = true;
  for (const auto& described : job.request.stream->shards) {
    auto found = job.shards.find(described.id);
    if (found == job.shards.end()) continue;
    Shard& shard = found->second;
    if (!shard.finished && !shard.consumer && !job.stopping) {
      auto parent = described.parent_id ? job.shards.find(*described.parent_id) : job.shards.end();
      if (parent == job.shards.end() || parent->second.finished) {
        start_shard(id, job, described.id, shard);
      }
    }
    running |= shard.consumer != nullptr;
    all_finished &= shard.finished;
  }
  if (!running && (all_finished || job.stopping)) job.ended = services_.timers.clock().now();
}

void Replays::start_shard(const std::string& id, Job& job, const std::string& shard_id,
                          Shard& shard) {
  ConsumerDescription description;
  description.mapping = 0;
  description.mapping_uuid = job.request.mapping_uuid;
  description.function = job.request.function;
  description.stream_arn = job.request.stream->arn;
  description.shard_id = shard_id;
  description.settings = job.request.settings;
  description.settings.sends_failures = description.settings.keeps_failures = false;
  description.filters = job.request.filters;
  description.start = shard.range.after;
  shard.progress.handled = shard.range.after;
  shard.consumer = ShardConsumer::start(
      services_, std::move(description),
      bounded_source(open_stream_source(streams_, job.request.stream, shard_id), shard.range.up_to),
      std::make_shared<ConsumerObserver>(),
      [weak = weak_from_this(), id, shard_id](ShardConsumer::End how) {
        if (auto self = weak.lock()) self->ended(id, shard_id, how);
      });
}

void Replays::ended(const std::string& id, const std::string& shard_id, ShardConsumer::End how) {
  std::lock_guard lock(mutex_);
  auto job = jobs_.find(id);
  if (job == jobs_.end()) return;
  Shard& shard = job->second.shards[shard_id];
  if (!shard.consumer) return;
  shard.progress = shard.consumer->progress();
  shard.finished = how == ShardConsumer::End::kFinished;
  shard.consumer = nullptr;
  advance(id, job->second);
}

std::optional<ReplayProgress> Replays::find(const std::string& id) const {
  std::lock_guard lock(mutex_);
  auto job = jobs_.find(id);
  if (job == jobs_.end()) return std::nullopt;
  return describe(id, job->second);
}

std::vector<ReplayProgress> Replays::list() const {
  std::lock_guard lock(mutex_);
  std::vector<std::pair<uint64_t, ReplayProgress>> numbered;
  for (const auto& [id, job] : jobs_) numbered.emplace_back(job.number, describe(id, job));
  std::sort(numbered.begin(), numbered.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<ReplayProgress> list;
  for (auto& [number, progress] : numbered) list.push_back(std::move(progress));
  return list;
}

ReplayProgress Replays::describe(const std::string& id, const Job& job) {
  using State = ReplayProgress::State;
  bool stopped = job.ended && std::any_of(job.shards.begin(), job.shards.end(),
                                          [](const auto& one) { return !one.second.finished; });
  ReplayProgress progress;
  progress.id = id;
  progress.state = stopped ? State::kStopped : job.ended ? State::kFinished : State::kRunning;
  progress.stream_arn = job.request.stream->arn;
  progress.function_arn = job.request.function.arn();
  progress.mapping_uuid = job.request.mapping_uuid;
  progress.started = job.started;
  progress.ended = job.ended;
  for (const auto& [shard_id, shard] : job.shards) {
    progress.records += shard.range.up_to - std::min(shard.range.after, shard.range.up_to);
    ConsumerProgress now = shard.consumer ? shard.consumer->progress() : shard.progress;
    progress.handled += std::max(now.handled, shard.range.after) - shard.range.after;
    progress.counts += now.counts;
    for (auto& blocked : now.blocked) progress.blocked.emplace_back(shard_id, std::move(blocked));
  }
  return progress;
}

bool Replays::stop(const std::string& id) {
  std::lock_guard lock(mutex_);
  auto job = jobs_.find(id);
  if (job == jobs_.end()) return false;
  if (job->second.ended) return true;
  job->second.stopping = true;
  for (auto& [shard_id, shard] : job->second.shards) {
    if (shard.consumer) shard.consumer->stop();
  }
  advance(id, job->second);
  return true;
}

void Replays::close() {
  std::vector<std::shared_ptr<ShardConsumer>> abandoned;
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    for (auto& [id, job] : jobs_) {
      for (auto& [shard_id, shard] : job.shards) {
        if (shard.consumer) abandoned.push_back(std::move(shard.consumer));
        shard.consumer = nullptr;
      }
    }
  }
  for (auto& consumer : abandoned) consumer->abandon();
}

}  // namespace millrace::lambda
