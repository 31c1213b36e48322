// Waits until event source mappings have handled the changes that were there when the wait began:
// what a test does instead of sleeping.
//
// Thread-safe. A wait costs nothing but a look at the mappings' status after each of their steps.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/executor.h"
#include "base/unique_function.h"
#include "lambda/trigger/mapping_manager.h"

namespace millrace::control {

struct AwaitRequest {
  Duration timeout = std::chrono::seconds(30);  // of the machine's time
  // Which mappings; empty: all. Those that are disabled are never waited for.
  std::string uuid, function_name, event_source_arn;
  // Up to this position of a shard; absent: what is there now.
  std::optional<engine::Position> position;
  // Also what the functions write meanwhile, until nothing is left to handle.
  bool settle = false;
};

struct AwaitResult {
  bool done = false;
  std::vector<lambda::MappingStatus> mappings;  // those that were waited for
  std::vector<std::string> stuck;               // sentences, if not done
};

// Where the status comes from: the mapping manager, or a test's.
using StatusSource = std::function<std::vector<lambda::MappingStatus>()>;

class Awaiter : public std::enable_shared_from_this<Awaiter> {
 public:
  // Its waits end by `machine_timers`, which no test moves; `clock` is the server's, for reports.
  // All must outlive the awaiter and what it posted to the executor.
  Awaiter(StatusSource status, Executor& executor, Timers& machine_timers, const Clock& clock);

  // `done` is called once, on the executor or the timers' thread.
  void await(AwaitRequest request, UniqueFunction<void(AwaitResult)> done);
  // Some mapping has got on. Cheap when nobody waits.
  void on_progress();
  // Answers everyone who waits, as if their time were over.
  void stop();

 private:
  // By mapping and shard.
  using Targets = std::map<std::pair<std::string, std::string>, engine::Position>;
  struct Wait {
    AwaitRequest request;
    Targets targets;
    std::optional<Targets> idle_at;  // the ends at the last look, if nothing was left to handle
    UniqueFunction<void(AwaitResult)> done;
    TimerId timer = 0;
  };
  static bool is_asked_for(const lambda::MappingStatus& status, const AwaitRequest& request);
  static Targets targets_of(const std::vector<lambda::MappingStatus>& statuses,
                            const AwaitRequest& request);
  void look();
  AwaitResult check(const Wait& wait, const std::vector<lambda::MappingStatus>& statuses) const;
  void time_out(uint64_t id);

  const StatusSource status_;
  Executor& executor_;
  Timers& machine_timers_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<uint64_t, Wait> waits_;
  uint64_t next_id_ = 1;
  bool look_posted_ = false;
  bool stopped_ = false;
};

}  // namespace millrace::control
