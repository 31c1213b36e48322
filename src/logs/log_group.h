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
  std::optional<Timestamp> first_event, last_event;
};

// Everything up to `position` was appended by `time`, and is about kMarkBytes after the mark
// before.
struct LogMark {
  engine::Position position;
  Timestamp time;
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
  std::map<std::string, LogStreamState> streams;
  uint64_t bytes_since_mark = 0;  // not stored: after a start it counts from 0
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

LogGroupDescription describe(const LogGroup& group);
LogStreamDescription describe(const LogGroup& group, const std::string& name,
                              const LogStreamState& stream);

}  // namespace millrace::logs
