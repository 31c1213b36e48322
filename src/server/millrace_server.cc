#include "server/millrace_server.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <thread>
#include <vector>

#include "aws/signature/signature_verifier.h"
#include "base/log.h"
#include "engine/rocksdb/rocksdb_engine.h"
#include "iam/sts_operations.h"
#include "server/control_component.h"
#include "server/dispatcher.h"
#include "server/dynamodb_component.h"
#include "server/function_component.h"
#include "server/health.h"
#include "server/http/http_server.h"
#include "server/log_component.h"
#include "server/mapping_component.h"
#include "server/platform.h"
#include "server/queue_component.h"
#include "server/stack_component.h"

namespace millrace::server {

struct MillraceServer::Implementation {
  explicit Implementation(Configuration configuration) : platform(std::move(configuration)) {}

  Result<void, std::string> open_engine();
  Result<void, std::string> listen();
  Result<void, std::string> start_services();
  Result<void, std::string> serve();

  Platform platform;
  std::vector<std::unique_ptr<Component>> components;  // in the order of their dependencies
  std::unique_ptr<aws::SignatureVerifier> verifier;
  std::unique_ptr<Dispatcher> dispatcher;
  std::atomic<Dispatcher*> running{nullptr};
  std::unique_ptr<HttpServer> http;
  bool stopped = false;
};

namespace {

// What runs in the process cannot be trusted once a write has failed.
void end_process(const std::string& reason) {
  log_error("storage failed; the server ends", {{"reason", reason}});
  std::_Exit(70);
}

int io_threads(const Configuration& configuration) {
  if (configuration.io_threads > 0) return configuration.io_threads;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace

Result<void, std::string> MillraceServer::Implementation::open_engine() {
  const Configuration& configuration = platform.configuration;
  engine::RocksdbOptions options;
  options.path = configuration.data_directory;
  options.in_memory = configuration.in_memory;
  options.sync_mode =
      configuration.sync_always ? engine::SyncMode::kAlways : engine::SyncMode::kInterval;
  options.on_fatal = end_process;
  auto opened = engine::open_rocksdb_engine(std::move(options), platform.timers);
  if (!opened) return Unexpected(opened.error().message);
  platform.engine = std::move(opened).value();
  return {};
}

// Listens before the services start, because they must know the port; what comes in meanwhile is
// told to come again.
Result<void, std::string> MillraceServer::Implementation::listen() {
  const Configuration& configuration = platform.configuration;
  HttpServerOptions options;
  options.host = configuration.host;
  options.port = configuration.port;
  options.threads = io_threads(configuration);
  options.body_bytes_max = body_bytes_max;
  http = std::make_unique<HttpServer>(
      std::move(options),
      [this](aws::HttpRequest request, aws::HttpRespond respond) {
        Dispatcher* ready = running.load(std::memory_order_acquire);
        if (ready == nullptr) {
          respond(aws::text_response("The server is starting.", 503));
          return;
        }
        ready->handle(std::move(request), std::move(respond));
      },
      platform.machine_clock);
  MILLRACE_CHECK_OK(http->start());
  // Functions run on this machine, whatever address the server listens on.
  platform.endpoint = "http://127.0.0.1:" + std::to_string(http->port());
  return {};
}

Result<void, std::string> MillraceServer::Implementation::start_services() {
  MILLRACE_TRY(platform.access_keys, aws::AccessKeys::parse(platform.configuration.access_keys));
  add_health_routes(platform.admin_routes, platform.operations, platform.metrics);
  MILLRACE_TRY(auto logs, start_logs(platform));
  components.push_back(std::move(logs));
  MILLRACE_TRY(auto dynamodb, start_dynamodb(platform));
  dynamodb::stream::StreamStore& streams = dynamodb->streams();
  components.push_back(std::move(dynamodb));
  MILLRACE_TRY(auto queues, start_queues(platform));
  lambda::Destination& destination = queues->destination();
  components.push_back(std::move(queues));
  MILLRACE_TRY(auto functions, start_functions(platform));
  FunctionComponent& function_component = *functions;
  components.push_back(std::move(functions));
  MILLRACE_TRY(auto mappings, start_mappings(platform, streams, function_component, destination));
  lambda::MappingManager& manager = mappings->manager();
  components.push_back(std::move(mappings));
  components.push_back(start_controls(platform, manager));
  iam::register_sts_operations(platform.operations, platform.query_shapes, platform.access_keys,
                               platform.machine_clock, platform.random);
  components.push_back(start_stacks(platform));
  return {};
}

Result<void, std::string> MillraceServer::Implementation::serve() {
  const Configuration& configuration = platform.configuration;
  if (!platform.access_keys.empty()) {
    verifier =
        std::make_unique<aws::SignatureVerifier>(platform.access_keys, platform.machine_clock);
  }
  dispatcher = std::make_unique<Dispatcher>(
      DispatcherDependencies{platform.operations, platform.query_shapes, platform.admin_routes,
                             verifier.get(), platform.clock, platform.random, platform.metrics},
      DispatcherOptions{configuration.account, configuration.region});
  running.store(dispatcher.get(), std::memory_order_release);
  return {};
}

MillraceServer::MillraceServer(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}

Result<std::unique_ptr<MillraceServer>, std::string> MillraceServer::start(
    Configuration configuration) {
  MILLRACE_CHECK_OK(check(configuration));
  std::unique_ptr<MillraceServer> server(
      new MillraceServer(std::make_unique<Implementation>(std::move(configuration))));
  Implementation& self = *server->implementation_;
  MILLRACE_CHECK_OK(self.open_engine());
  MILLRACE_CHECK_OK(self.listen());
  MILLRACE_CHECK_OK(self.start_services());
  MILLRACE_CHECK_OK(self.serve());
  for (auto& component : self.components) component->start();
  return server;
}

MillraceServer::~MillraceServer() {
  stop();
}

uint16_t MillraceServer::port() const {
  return implementation_->http->port();
}

std::string MillraceServer::url() const {
  const std::string& host = implementation_->platform.configuration.host;
  bool is_ipv6 = host.find(':') != std::string::npos;
  return "http://" + (is_ipv6 ? '[' + host + ']' : host) + ':' + std::to_string(port());
}

Platform& MillraceServer::platform() {
  return implementation_->platform;
}

void MillraceServer::stop(std::chrono::milliseconds drain) {
  Implementation& self = *implementation_;
  if (self.stopped) return;
  self.stopped = true;
  for (auto& component : self.components) component->begin_stop();
  if (self.http != nullptr) self.http->stop(drain);
  while (!self.components.empty()) self.components.pop_back();
  self.platform.workers.stop();
  self.platform.timers.stop();
  self.platform.machine_timers.stop();
  self.platform.engine.reset();
}

}  // namespace millrace::server
