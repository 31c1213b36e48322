// Keeps what runs in step with what is stored: for each enabled mapping one consumer for each shard
// that has something left, and none otherwise. Shards that appear, close or expire, functions that
// come and go, changes of mappings and restarts all end in the same comparison.
//
// A change of a mapping shows at once as a transitional state (Creating, Updating, Disabling, ...)
// with the old settings; when the consumers that worked by them have ended, the new settings apply
// and the state becomes Enabled or Disabled. A child shard is begun when its parent is finished.
// Mappings of deleted tables stay, and read the disabled stream to its end.
//
// Thread-safe. An idle mapping costs one wait in the stream store for each shard, no timer.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "dynamodb/stream/stream_store.h"
#include "lambda/trigger/attempt_log.h"
#include "lambda/trigger/failure_store.h"
#include "lambda/trigger/mapping_catalog.h"
#include "lambda/trigger/redrive.h"
#include "lambda/trigger/replay.h"
#include "lambda/trigger/shard_consumer.h"

namespace millrace::lambda {

enum class MappingState {
  kCreating,
  kEnabling,
  kEnabled,
  kDisabling,
  kDisabled,
  kUpdating,
  kDeleting
};
std::string_view to_string(MappingState state);  // "Creating", ...

// A mapping as the API shows it.
struct MappingView {
  std::shared_ptr<const Mapping> mapping;  // as it applies now
  MappingState state;
  Timestamp last_modified;
  std::string last_processing_result;
};

struct ShardStatus {
  enum class Phase { kWaiting, kRunning, kFinished };  // kWaiting: disabled, or for its parent
  std::string shard_id;
  Phase phase;
  engine::Position end = 0;  // of the shard's records now
  ConsumerProgress progress;
  // Everything up to `end` was handled, and will stay so whatever happens.
  bool is_caught_up() const { return phase == Phase::kFinished || progress.committed >= end; }
};

struct MappingStatus {
  MappingView view;
  ConsumerCounts counts;  // since the server started
  std::vector<ShardStatus> shards;
};

// All must outlive the manager, and the executor must be stopped before they are destroyed.
struct MappingServices {
  engine::Engine& engine;
  dynamodb::stream::StreamStore& streams;
  Invoker& invoker;
  Destination& destination;
  Executor& executor;
  Timers& timers;
  Random& random;
  MetricsRegistry& metrics;
};

class MappingManager {
 public:
  // Loads mappings and checkpoints; nothing runs yet. Waits.
  static engine::Result<std::unique_ptr<MappingManager>> open(const MappingServices& services);
  // Abandons what runs: as a crash would, nothing is lost.
  ~MappingManager();

  // Begins to consume.
  void start();
  // Lets running invocations end and stores their checkpoints, then calls `stopped`, on any thread.
  // How long that takes is up to the functions; destroying the manager ends the wait.
  void stop(UniqueFunction<void()> stopped);

  std::optional<MappingView> find(const std::string& uuid) const;
  // Ordered by UUID.
  std::vector<MappingView> list(const std::string& account, const std::string& region) const;

  using Done = UniqueFunction<void(CatalogResult<MappingView>)>;
  // Gives the mapping its UUID, number, times and start positions. The stream must exist, and there
  // must be fewer than limits::kMappingsMax mappings.
  void create(Mapping mapping, Done done);
  // `change` may run more than once.
  void update(const std::string& uuid, std::function<void(MappingSettings&)> change, Done done);
  void erase(const std::string& uuid, Done done);
  // The tags of a mapping, for the operations on tags.
  void set_tags(const std::string& uuid,
                std::function<void(std::map<std::string, std::string>&)> change, Done done);

  // The function was created or changed: what waited for it is tried at once.
  void function_changed(const FunctionReference& function);

  // Abandons what runs for the mapping and begins again from its stored checkpoints, as after a
  // crash: what was handled since is delivered again. Does nothing if there is no such mapping.
  void restart(const std::string& uuid);

  // What happened to the records of a mapping; null if there is no such mapping. Not for use after
  // the manager is gone.
  std::shared_ptr<AttemptLog> attempts(const std::string& uuid) const;
  // Records that mappings gave up, by Mapping::number.
  std::shared_ptr<FailureStore> failures() const;
  // Hands a kept failure to a function: see redrive.h.
  void redrive(Redrive redrive, UniqueFunction<void(engine::Result<InvokeOutcome>)> done);
  // Lives as long as the manager.
  Replays& replays() const;

  // What every mapping of the server is doing, for status views and for whoever waits.
  std::vector<MappingStatus> status() const;
  // Calls `listener` on any thread after the status of a mapping has changed; must be short
  // and not call the manager. Set before start().
  void on_progress(std::function<void()> listener);

 private:
  struct Implementation;
  explicit MappingManager(std::shared_ptr<Implementation> implementation);
  const std::shared_ptr<Implementation> implementation_;
};

}  // namespace millrace::lambda
