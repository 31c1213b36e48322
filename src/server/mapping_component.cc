#include "server/mapping_component.h"

#include <condition_variable>
#include <mutex>

#include "lambda/operation/mapping/mapping_tags.h"
#include "lambda/operation/mapping/operations.h"

namespace millrace::server {
namespace {

// How long invocations may go on once the server is about to stop. The records of one that does not
// end are delivered again at the next start.
constexpr Duration kDrain = std::chrono::seconds(10);

// Opened once, by whoever comes first.
class Gate {
 public:
  void open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    opened_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = false;
};

class Mappings final : public MappingComponent {
 public:
  Mappings(Platform& platform, FunctionComponent& functions)
      : platform_(platform), functions_(functions) {}

  ~Mappings() override {
    if (drained_) drained_->wait();
    if (deadline_) platform_.machine_timers.cancel(*deadline_);
    if (listener_) functions_.catalog().remove_listener(*listener_);
    functions_.invoker().restart_with(nullptr);
    manager_.reset();
    executor_.stop();
  }

  Result<void, std::string> open(dynamodb::stream::StreamStore& streams,
                                 lambda::Destination& destination) {
    auto manager = lambda::MappingManager::open({*platform_.engine, streams, functions_.invoker(),
                                                 destination, executor_, platform_.timers,
                                                 platform_.random, platform_.metrics});
    if (!manager) {
      return Unexpected(
          "The stored event source mappings can not be read: " + manager.error().message + '.');
    }
    manager_ = *std::move(manager);
    listener_ = functions_.catalog().on_change(
        [this](const lambda::FunctionReference& function, const lambda::FunctionPtr& now) {
          if (now) manager_->function_changed(function);
        });
    functions_.invoker().restart_with(
        [this](const std::string& mapping) { manager_->restart(mapping); });
    tags_ = std::make_unique<lambda::operation::MappingTags>(*manager_);
    functions_.add_tag_owner("event-source-mapping", *tags_);
    lambda::operation::register_mapping_operations(
        platform_.operations, {*manager_, streams, functions_.catalog(), destination});
    return {};
  }

  lambda::MappingManager& manager() override { return *manager_; }
  void start() override { manager_->start(); }

  void begin_stop() override {
    drained_ = std::make_shared<Gate>();
    auto open_gate = [gate = drained_] { gate->open(); };
    deadline_ = platform_.machine_timers.after(kDrain, open_gate);
    manager_->stop(open_gate);
  }

  // Consumers are abandoned when this ends: nobody will ask for their checkpoints.
  void begin_reset() override {}

 private:
  Platform& platform_;
  FunctionComponent& functions_;
  ThreadPool executor_{"mappings", 2};
  std::unique_ptr<lambda::MappingManager> manager_;
  std::unique_ptr<lambda::operation::MappingTags> tags_;
  std::optional<lambda::FunctionCatalog::ListenerId> listener_;
  std::shared_ptr<Gate> drained_;  // set by begin_stop()
  std::optional<TimerId> deadline_;
};

}  // namespace

Started<MappingComponent> start_mappings(Platform& platform, dynamodb::stream::StreamStore& streams,
                                         FunctionComponent& functions,
                                         lambda::Destination& destination) {
  auto mappings = std::make_unique<Mappings>(platform, functions);
  MILLRACE_CHECK_OK(mappings->open(streams, destination));
  return std::unique_ptr<MappingComponent>(std::move(mappings));
}

}  // namespace millrace::server
