// What event source mappings are doing, as JSON for people and tools.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "lambda/trigger/mapping_manager.h"

namespace millrace::control {

// {"uuid", "functionArn", "eventSourceArn", "state", "lastProcessingResult", "counts": {...},
//  "shards": [{"shardId", "phase", "handledSequenceNumber", "behind", "inFlight", ...}]}
nlohmann::json describe_mapping(const lambda::MappingStatus& status, Timestamp now);

// One sentence for each shard that has records which were not handled, and why as far as known.
// "function orders, shard shardId-1: 3 records behind; record 100...7 failing for 12 s: Boom"
std::string describe_lag(const lambda::MappingStatus& status, const lambda::ShardStatus& shard,
                         engine::Position up_to, Timestamp now);

}  // namespace millrace::control
