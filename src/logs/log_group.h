// A log group in memory, and the rows it is kept in. Layout: docs/formats/logs.md.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "logs/log_store.h"

namespace millrace::logs {

struct LogStreamState {
  Timestamp created;
  // The end of the group's log when it was created: events before are of a deleted stream of that
  // name.
  engine::Position after = 0;
  // All three or none.
  std::optional<Timestamp> first_event, last_event, last_ingested;
};

// Everything up to `position` was appended by `time`; after the mark before it came `bytes`, at
// least kMarkBytes.
struct LogMark {
  engine::Position position;
  Timestamp time;
  uint64_t bytes;
};
inline constexpr uint64_t kMarkBytes = 1024 * 1024;

struct LogGroup {
  LogScope scope;
  std::string name;
  engine::CellId cell{};
  Timestamp created;
  std::optional<int> retention_days;
  std::map<std::string, std::string> tags;
  std::deque<LogMark> marks;
  std::map<std::string, LogStreamState, std::less<>> streams;
  // Not stored: absent until it is counted, at the first append after a start.
  std::optional<uint64_t> bytes_since_mark;
};

std::string group_key(const LogScope& scope, const std::string& name);
std::string group_prefix();
std::string stream_key(const LogGroup& group, const std::string& stream);
std::string stream_prefix(const LogGroup& group);
// The first key after all those with the prefix.
std::string end_of_prefix(std::string prefix);
std::string stream_name_of(std::string_view key);

std::string encode_group(const LogGroup& group);
std::optional<LogGroup> decode_group(std::string_view bytes);
std::string encode_stream(const LogStreamState& stream);
std::optional<LogStreamState> decode_stream(std::string_view bytes);

// The time before which events are forgotten, if the group has a retention.
std::optional<Timestamp> kept_since(const LogGroup& group, Timestamp now);

LogGroupDescription describe(const LogGroup& group);
LogStreamDescription describe(const LogGroup& group, const std::string& name,
                              const LogStreamState& stream);

}  // namespace millrace::logs
