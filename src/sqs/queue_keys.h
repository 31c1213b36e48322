// Row keys of queues and messages. All begin with KeyPrefix::kQueue and a kind.
//
// - 'q' account region name: in the catalog cell, a queue (JSON)
// - 'x' cell: in the catalog cell, a deleted queue whose rows are not yet erased
// - 'n' cell: in the queue's own cell as those below, its counters
// - 'm' cell sequence: a message's state
// - 'b' cell sequence chunk: a piece of its body and attributes
// - 'v' cell visible-at sequence: empty; messages in the order in which they may be received
//
// Integers are big-endian, names are preceded by their length; visible-at is in microseconds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "engine/cells.h"

namespace millrace::sqs {

std::string catalog_key(std::string_view account, std::string_view region, std::string_view name);
std::string deleted_queue_key(engine::CellId cell);
std::string counters_key(engine::CellId cell);
std::string message_key(engine::CellId cell, uint64_t sequence);
std::string body_key(engine::CellId cell, uint64_t sequence, uint32_t chunk);
std::string visible_key(engine::CellId cell, Timestamp visible_at, uint64_t sequence);

// [begin, end) of all rows of one kind, in the catalog or of one queue.
std::pair<std::string, std::string> kind_range(char kind);
std::pair<std::string, std::string> kind_range(char kind, engine::CellId cell);

// REQUIRES: made by visible_key(), message_key() or deleted_queue_key().
std::pair<Timestamp, uint64_t> parse_visible_key(std::string_view key);
uint64_t parse_message_key(std::string_view key);  // the sequence
engine::CellId parse_deleted_queue_key(std::string_view key);

}  // namespace millrace::sqs
