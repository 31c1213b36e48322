// What event source mappings are doing, as JSON for people and tools.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "dynamodb/stream/stream_store.h"
#include "lambda/trigger/mapping_manager.h"

namespace millrace::control {

// {"uuid", "functionArn", "eventSourceArn", "state", "lastProcessingResult", "counts": {...},
//  "behind": 7, "oldestUnhandledAgeSeconds": 3.5, "blockedShards": 1,
//  "shards": [{"shardId", "phase", "handledSequenceNumber", "behind", "inFlight",
//              "oldestUnhandledAgeSeconds", ...,
//              "blocked": [{"sequenceNumber", "eventId", "keys", "error", "since", "attempts",
//                           "attemptsMax", "waitingBehind", "secondsUntilExpiry",
//                           "secondsUntilGivenUp", "secondsUntilLost"}]}]}
// Reads a record of each shard that is behind: not for threads that answer requests.
nlohmann::json describe_mapping(const lambda::MappingStatus& status,
                                const dynamodb::stream::StreamStore& streams, Timestamp now);

nlohmann::json describe_counts(const lambda::ConsumerCounts& counts);

// How long ago the oldest record was written that the shard has and the mapping has not handled.
std::optional<Duration> oldest_unhandled_age(const lambda::MappingStatus& status,
                                             const lambda::ShardStatus& shard,
                                             const dynamodb::stream::StreamStore& streams,
                                             Timestamp now);
engine::Position records_behind(const lambda::ShardStatus& shard);

// One sentence for each shard that has records which were not handled, and why as far as known.
// "function orders, shard shardId-1: 3 records behind; record 100...7 failing for 12 s: Boom"
std::string describe_lag(const lambda::MappingStatus& status, const lambda::ShardStatus& shard,
                         engine::Position up_to, Timestamp now);

}  // namespace millrace::control
