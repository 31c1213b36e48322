#include "server/stack_component.h"

#include "cloudformation/deployment_routes.h"
#include "server/installation.h"

namespace millrace::server {
namespace {

cloudformation::SamTransformOptions transform_options(const Platform& platform) {
  Installation installation = find_installation();
  cloudformation::SamTransformOptions options;
  options.python = installation.python;
  options.script = installation.runtimes / "sam/transform.py";
  // An in-memory server keeps transformed templates too: it is the one started again and again.
  if (const char* home = std::getenv("HOME")) {
    options.cache = std::filesystem::path(home) / ".cache/millrace/sam";
  }
  if (!platform.configuration.in_memory) {
    options.cache = std::filesystem::path(platform.configuration.data_directory) / "cache/sam";
  }
  return options;
}

class StackComponent final : public Component {
 public:
  explicit StackComponent(Platform& platform)
      : deployer_(*platform.engine, platform.operations, platform.random,
                  transform_options(platform)) {
    aws::RequestContext defaults;
    defaults.account = platform.configuration.account;
    defaults.region = platform.configuration.region;
    defaults.host = platform.endpoint.substr(platform.endpoint.find("//") + 2);
    cloudformation::register_deployment_routes(platform.admin_routes, deployer_, thread_,
                                               platform.clock, platform.random, defaults);
  }
  void begin_stop() override { thread_.stop(); }

 private:
  cloudformation::StackDeployer deployer_;
  // Deployments wait for operations; one thread runs them one after another.
  ThreadPool thread_{"deployments", 1};
};

}  // namespace

std::unique_ptr<Component> start_stacks(Platform& platform) {
  return std::make_unique<StackComponent>(platform);
}

}  // namespace millrace::server
