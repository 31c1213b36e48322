#include "control/blocked_record.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "dynamodb/stream/change_search.h"
#include "lambda/trigger/delivery.h"

namespace millrace::control {
namespace {

using dynamodb::stream::StreamPtr;
using dynamodb::stream::StreamStore;
using lambda::ConsumerProgress;
using nlohmann::json;

// Nothing if the stream keeps its records for ever.
std::optional<Timestamp> expiry(const dynamodb::stream::Stream& stream, Timestamp written) {
  Duration retention = stream.retention.value_or(std::chrono::hours(limits::kStreamRetentionHours));
  if (retention == Duration::max()) return std::nullopt;
  return written + retention;
}

// When the mapping's policy lets the record go, if the function fails at once each time; nothing if
// it never does, or at once.
std::optional<Timestamp> give_up(const lambda::MappingSettings& settings, Timestamp written,
                                 const ConsumerProgress::Blocked& blocked, Timestamp now) {
  std::optional<Timestamp> time;
  if (settings.maximum_record_age_in_seconds >= 0) {
    time = written + std::chrono::seconds(settings.maximum_record_age_in_seconds);
  }
  if (settings.maximum_retry_attempts >= 0) {
    Timestamp last = now;
    for (int n = blocked.attempts; n <= settings.maximum_retry_attempts; n++) {
      last += lambda::retry_backoff(std::max(n, 1));
      if (time && last >= *time) break;
    }
    time = time ? std::min(*time, last) : last;
  }
  return time;
}

}  // namespace

std::optional<dynamodb::stream::StreamRecord> read_record(const StreamStore& streams,
                                                          const std::string& stream_arn,
                                                          const std::string& shard_id,
                                                          engine::Position position) {
  StreamPtr stream = streams.find(stream_arn);
  const auto* shard = stream ? stream->find_shard(shard_id) : nullptr;
  if (shard == nullptr || position == 0) return std::nullopt;
  engine::LogReadOptions one;
  one.records_max = 1;
  auto page = streams.read(*shard, position - 1, one);
  if (!page || page->records.empty()) return std::nullopt;
  return std::move(page->records[0]);
}

json describe_blocked(const lambda::Mapping& mapping, const lambda::ShardStatus& shard,
                      const ConsumerProgress::Blocked& blocked, const StreamStore& streams,
                      Timestamp now) {
  json described = {{"sequenceNumber", dynamodb::stream::sequence_number(blocked.position)},
                    {"since", to_iso8601(blocked.since)},
                    {"forSeconds", to_seconds(now - blocked.since)},
                    {"error", blocked.error},
                    {"attempts", blocked.attempts},
                    {"waitingBehind", shard.end - std::min(shard.end, blocked.position)}};
  int retries = mapping.settings.maximum_retry_attempts;
  if (retries >= 0) described["attemptsMax"] = retries + 1;
  StreamPtr stream = streams.find(mapping.event_source_arn);
  const auto* found = stream ? stream->find_shard(shard.shard_id) : nullptr;
  auto record = read_record(streams, mapping.event_source_arn, shard.shard_id, blocked.position);
  if (found == nullptr || !record) return described;
  described["eventId"] = dynamodb::stream::event_id(found->cell, blocked.position);
  described["eventName"] = dynamodb::stream::to_string(record->change.kind);
  described["keys"] = json::parse(dynamodb::stream::keys_json(record->change.keys), nullptr, false);
  auto expires = expiry(*stream, record->change.time);
  auto given_up = give_up(mapping.settings, record->change.time, blocked, now);
  auto left = [now](Timestamp time) { return to_seconds(std::max(Duration(0), time - now)); };
  if (expires) described["secondsUntilExpiry"] = left(*expires);
  if (given_up) described["secondsUntilGivenUp"] = left(*given_up);
  if (expires || given_up) {
    described["secondsUntilLost"] =
        left(std::min(expires.value_or(Timestamp::max()), given_up.value_or(Timestamp::max())));
  }
  return described;
}

}  // namespace millrace::control
