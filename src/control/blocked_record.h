// A record that a mapping cannot get past: which item it is about, what waits for it, and how long
// until it is lost.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "dynamodb/stream/stream_store.h"
#include "lambda/trigger/mapping_manager.h"

namespace millrace::control {

nlohmann::json describe_blocked(const lambda::Mapping& mapping, const lambda::ShardStatus& shard,
                                const lambda::ConsumerProgress::Blocked& blocked,
                                const dynamodb::stream::StreamStore& streams, Timestamp now);

// The record of the mapping's stream; nothing if it is not there any more.
std::optional<dynamodb::stream::StreamRecord> read_record(
    const dynamodb::stream::StreamStore& streams, const std::string& stream_arn,
    const std::string& shard_id, engine::Position position);

}  // namespace millrace::control
