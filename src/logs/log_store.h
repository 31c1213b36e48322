// Log groups, log streams and their events, as CloudWatch Logs keeps them: what functions print. A
// bounded store: the oldest events of a group go first (limits::kLogGroupBytesMax, or the group's
// retention). Each group has a log of the engine to itself; layout: docs/formats/logs.md.
//
// Thread-safe. Nothing here waits: completions run on the store's own thread, in the order of the
// calls, and see everything that was appended before the call. Errors are those of the API
// (ResourceNotFoundException, ResourceAlreadyExistsException, LimitExceededException,
// ServiceUnavailableException). Completions must be short; they may call the store again.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/api_error.h"
#include "base/clock.h"
#include "base/unique_function.h"
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
  std::optional<Timestamp> first_event, last_event, last_ingested;
  std::string arn;
};

struct LogGroupDescription {
  std::string name;
  Timestamp created;
  std::optional<int> retention_days;
  std::map<std::string, std::string> tags;
  uint64_t stored_bytes = 0;  // about
  std::string arn;            // without the ":*" that some answers add
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
  // Creates group and stream as needed. Returns at once; events become durable a moment later, and
  // are dropped, which is logged, when more come than can be written. Of an event only `time` and
  // `message` are taken; of the message at most limits::kLogEventBytesMax.
  virtual void append(const LogScope& scope, const std::string& group, const std::string& stream,
                      std::vector<LogEvent> events) = 0;
};

// A place between two events of a group.
struct LogCursor {
  engine::Position position = 0;  // of the block
  uint32_t index = 0;             // events of that block before the cursor
  bool operator==(const LogCursor&) const = default;
};

struct LogQuery {
  LogScope scope;
  std::string group;
  // Null: all streams.
  std::function<bool(std::string_view stream)> streams;
  std::vector<std::string> required_streams;  // those that have to exist
  std::optional<Timestamp> start;             // inclusive
  std::optional<Timestamp> end;               // exclusive
  // Null: all events.
  std::function<bool(std::string_view message)> matches;
  // Absent: the beginning of the group, or its end if `backward`.
  std::optional<LogCursor> cursor;
  bool backward = false;
  size_t events_max = 10'000;
};

struct LogPage {
  std::vector<LogEvent> events;  // in the order in which they came
  LogCursor before, after;       // around what has been looked at
  bool complete = false;         // nothing is left in the query's direction
};

class LogStore : public LogSink {
 public:
  // The references must outlive the store. Fails with kCorrupt on rows that it cannot read.
  static engine::Result<std::unique_ptr<LogStore>> open(engine::Engine& engine, const Clock& clock);

  // Calls `listener` with every batch that a sink's user appends (for `millrace dev`); on the
  // appending thread. An empty one ends that; a call that has begun may still be running then.
  using Listener = std::function<void(const LogScope& scope, const std::string& group,
                                      const std::vector<LogEvent>& events)>;
  virtual void on_append(Listener listener) = 0;

  using Done = UniqueFunction<void(aws::Result<void>)>;
  virtual void create_group(const LogScope& scope, const std::string& group,
                            std::map<std::string, std::string> tags, Done done) = 0;
  virtual void delete_group(const LogScope& scope, const std::string& group, Done done) = 0;
  virtual void create_stream(const LogScope& scope, const std::string& group,
                             const std::string& stream, Done done) = 0;
  // Its events are no longer found.
  virtual void delete_stream(const LogScope& scope, const std::string& group,
                             const std::string& stream, Done done) = 0;
  // Events of a stream that has to exist. Answers how many of the first events were older than the
  // group's retention and not taken.
  using Put = UniqueFunction<void(aws::Result<size_t>)>;
  virtual void put(const LogScope& scope, const std::string& group, const std::string& stream,
                   std::vector<LogEvent> events, Put done) = 0;
  // Changes retention and tags; the rest of the description is not taken over, and nothing if it
  // returns an error.
  using Change = UniqueFunction<aws::Result<void>(LogGroupDescription&)>;
  virtual void change_group(const LogScope& scope, const std::string& group, Change change,
                            Done done) = 0;

  // By name.
  using Groups = UniqueFunction<void(aws::Result<std::vector<LogGroupDescription>>)>;
  virtual void describe_groups(const LogScope& scope, Groups done) = 0;
  // By name.
  using Streams = UniqueFunction<void(aws::Result<std::vector<LogStreamDescription>>)>;
  virtual void describe_streams(const LogScope& scope, const std::string& group, Streams done) = 0;
  using Page = UniqueFunction<void(aws::Result<LogPage>)>;
  virtual void read(LogQuery query, Page done) = 0;
};

}  // namespace millrace::logs
