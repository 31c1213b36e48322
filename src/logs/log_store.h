// Log groups, log streams and their events, as CloudWatch Logs keeps them: what functions print. A
// bounded store: the oldest events of a group go first. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aws/api_error.h"
#include "base/clock.h"
#include "base/random.h"
#include "engine/engine.h"

namespace millrace::logs {

struct LogEvent {
  Timestamp time;  // when it was printed
  Timestamp ingested;
  std::string message;
  std::string stream_name;
  std::string event_id;
};

struct LogStreamDescription {
  std::string name;
  Timestamp created;
  std::optional<Timestamp> first_event, last_event;
  std::string arn;
};

// Which account and region a call is about.
struct LogScope {
  std::string account;
  std::string region;
};

// The writing side: what those who print need.
class LogSink {
 public:
  virtual ~LogSink() = default;
  // Creates group and stream as needed. Returns at once; events become durable a moment later. Of
  // an event only `time` and `message` are taken.
  virtual void append(const LogScope& scope, const std::string& group, const std::string& stream,
                      std::vector<LogEvent> events) = 0;
};

class LogStore : public LogSink {
 public:
  static engine::Result<std::unique_ptr<LogStore>> open(engine::Engine& engine, const Clock& clock,
                                                        Random& random);

  // Calls `listener` with every batch appended (for `millrace dev`); on the appending thread.
  using Listener = std::function<void(const LogScope& scope, const std::string& group,
                                      const std::vector<LogEvent>& events)>;
  virtual void on_append(Listener listener) = 0;
};

}  // namespace millrace::logs
