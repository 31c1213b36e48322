#include "server/log_component.h"

#include "logs/log_store.h"
#include "logs/operation/operations.h"

namespace millrace::server {
namespace {

class Logs final : public Component {
 public:
  Logs(Platform& platform, std::unique_ptr<logs::LogStore> store)
      : platform_(platform), store_(std::move(store)) {
    platform_.log_store = store_.get();
  }
  ~Logs() override { platform_.log_store = nullptr; }

 private:
  Platform& platform_;
  std::unique_ptr<logs::LogStore> store_;
};

}  // namespace

Started<Component> start_logs(Platform& platform) {
  auto store = logs::LogStore::open(*platform.engine, platform.clock);
  if (!store) {
    return Unexpected("The stored logs can not be read: " + store.error().message + '.');
  }
  logs::operation::register_operations(platform.operations, {**store, platform.clock});
  return std::unique_ptr<Component>(std::make_unique<Logs>(platform, std::move(*store)));
}

}  // namespace millrace::server
