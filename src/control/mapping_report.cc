#include "control/mapping_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "control/blocked_record.h"
#include "dynamodb/stream/change_record.h"

namespace millrace::control {
namespace {

using dynamodb::stream::sequence_number;
using dynamodb::stream::StreamStore;
using lambda::ShardStatus;
using nlohmann::json;

const char* to_string(ShardStatus::Phase phase) {
  switch (phase) {
    case ShardStatus::Phase::kWaiting:
      return "Waiting";
    case ShardStatus::Phase::kRunning:
      return "Running";
    case ShardStatus::Phase::kFinished:
      return "Finished";
  }
  return "";
}

engine::Position behind(const ShardStatus& shard, engine::Position up_to) {
  engine::Position handled = shard.progress.handled;
  bool finished = shard.phase == ShardStatus::Phase::kFinished;
  return finished || handled >= up_to ? 0 : up_to - handled;
}

json describe_shard(const lambda::MappingStatus& status, const ShardStatus& shard,
                    const StreamStore& streams, Timestamp now) {
  json document = {{"shardId", shard.shard_id},
                   {"phase", to_string(shard.phase)},
                   {"handledSequenceNumber", sequence_number(shard.progress.handled)},
                   {"checkpointSequenceNumber", sequence_number(shard.progress.committed)},
                   {"lastSequenceNumber", sequence_number(shard.end)},
                   {"behind", behind(shard, shard.end)},
                   {"inFlight", shard.progress.in_flight}};
  if (shard.progress.iterator_age) {
    document["iteratorAgeSeconds"] = to_seconds(*shard.progress.iterator_age);
  }
  if (auto age = oldest_unhandled_age(status, shard, streams, now)) {
    document["oldestUnhandledAgeSeconds"] = to_seconds(*age);
  }
  json& blocked = document["blocked"] = json::array();
  for (const auto& one : shard.progress.blocked) {
    blocked.push_back(describe_blocked(*status.view.mapping, shard, one, streams, now));
  }
  return document;
}

}  // namespace

json describe_counts(const lambda::ConsumerCounts& counts) {
  return {{"polled", counts.polled},
          {"filtered", counts.filtered},
          {"invoked", counts.invoked},
          {"failedInvoke", counts.failed_invoke},
          {"succeeded", counts.succeeded},
          {"sentToDestination", counts.sent},
          {"dropped", counts.dropped},
          {"expired", counts.expired},
          {"sendFailures", counts.send_failures}};
}

engine::Position records_behind(const ShardStatus& shard) {
  return behind(shard, shard.end);
}

std::optional<Duration> oldest_unhandled_age(const lambda::MappingStatus& status,
                                             const ShardStatus& shard, const StreamStore& streams,
                                             Timestamp now) {
  if (records_behind(shard) == 0) return std::nullopt;
  auto record = read_record(streams, status.view.mapping->event_source_arn, shard.shard_id,
                            shard.progress.handled + 1);
  if (!record) return std::nullopt;
  return std::max(Duration(0), now - record->change.time);
}

json describe_mapping(const lambda::MappingStatus& status, const StreamStore& streams,
                      Timestamp now) {
  const lambda::Mapping& mapping = *status.view.mapping;
  json document = {{"uuid", mapping.uuid},
                   {"functionArn", mapping.settings.function.arn()},
                   {"eventSourceArn", mapping.event_source_arn},
                   {"state", lambda::to_string(status.view.state)},
                   {"lastProcessingResult", status.view.last_processing_result},
                   {"counts", describe_counts(status.counts)}};
  engine::Position behind_in_all = 0;
  size_t blocked = 0;
  double oldest = 0;
  json& shards = document["shards"] = json::array();
  for (const ShardStatus& shard : status.shards) {
    behind_in_all += records_behind(shard);
    if (!shard.progress.blocked.empty()) blocked++;
    shards.push_back(describe_shard(status, shard, streams, now));
    oldest = std::max(oldest, shards.back().value("oldestUnhandledAgeSeconds", 0.0));
  }
  document["behind"] = behind_in_all;
  document["blockedShards"] = blocked;
  if (behind_in_all > 0) document["oldestUnhandledAgeSeconds"] = oldest;
  return document;
}

std::string describe_lag(const lambda::MappingStatus& status, const ShardStatus& shard,
                         engine::Position up_to, Timestamp now) {
  const lambda::Mapping& mapping = *status.view.mapping;
  engine::Position records = behind(shard, up_to);
  std::string text = "function " + mapping.settings.function.name + ", shard " + shard.shard_id +
                     ": " + std::to_string(records) + (records == 1 ? " record" : " records") +
                     " behind";
  for (const auto& one : shard.progress.blocked) {
    text += "; record " + sequence_number(one.position) + " failing for " +
            std::to_string(std::chrono::floor<std::chrono::seconds>(now - one.since).count()) +
            " s: " + one.error;
  }
  if (!shard.progress.blocked.empty()) return text;
  if (shard.progress.in_flight > 0) {
    return text + "; the function is running with " + std::to_string(shard.progress.in_flight) +
           (shard.progress.in_flight == 1 ? " record" : " records");
  }
  if (shard.phase == ShardStatus::Phase::kWaiting) return text + "; its parent is not finished";
  if (mapping.settings.maximum_batching_window_in_seconds > 0) {
    return text + "; a batching window of " +
           std::to_string(mapping.settings.maximum_batching_window_in_seconds) +
           " s may be open: advance the clock by that";
  }
  return text;
}

}  // namespace millrace::control
