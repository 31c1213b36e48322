#include "server/millrace_server.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

#include "aws/signature/signature_verifier.h"
#include "base/descriptor_limit.h"
#include "base/log.h"
#include "control/snapshots.h"
#include "control/state_routes.h"
#include "engine/rocksdb/rocksdb_engine.h"
#include "iam/authorizer.h"
#include "iam/sts_operations.h"
#include "server/control_component.h"
#include "server/dispatcher.h"
#include "server/dynamodb_component.h"
#include "server/function_component.h"
#include "server/health.h"
#include "server/http/http_server.h"
#include "server/log_component.h"
#include "server/mapping_component.h"
#include "server/outcome_component.h"
#include "server/platform.h"
#include "server/queue_component.h"
#include "server/request_gate.h"
#include "server/stack_component.h"

namespace millrace::server {

// What is made once: platform, HTTP server, the gate in front of what answers requests. What is
// made again whenever a test sets the server back: engine, components, dispatcher.
struct MillraceServer::Implementation final : control::ServerState {
  Implementation(Configuration configuration, Prepare given)
      : platform(std::move(configuration)), prepare(std::move(given)) {}

  Result<void, std::string> open_engine(const engine::Contents* contents);
  Result<void, std::string> listen();
  Result<void, std::string> start_services();
  std::unique_ptr<HttpServer> make_http(HttpServerOptions options);
  void serve();
  Result<void, std::string> begin(const engine::Contents* contents);
  void end_services();
  void begin_anew(const engine::Contents* contents, bool reset_clock);

  void post(UniqueFunction<void()> work) override;
  engine::Result<engine::Contents> copy(size_t bytes_max) override;
  void reset() override;
  void restore(const engine::Contents& contents) override;

  Platform platform;
  const Prepare prepare;
  std::vector<std::unique_ptr<Component>> components;  // in the order of their dependencies
  std::unique_ptr<aws::SignatureVerifier> verifier;
  std::unique_ptr<iam::Authorizer> authorizer;
  std::unique_ptr<Dispatcher> dispatcher;
  // Without test controls nothing begins anew, and requests need not be counted.
  std::atomic<Dispatcher*> without_gate{nullptr};
  RequestGate gate{[this](aws::HttpRequest request, aws::HttpRespond respond) {
    dispatcher->handle(std::move(request), std::move(respond));
  }};
  std::unique_ptr<HttpServer> http;
  // With TLS, where functions on this machine reach the server without: on the loopback only.
  std::unique_ptr<HttpServer> inner_http;
  control::Snapshots snapshots;
  std::unique_ptr<ThreadPool> changes;  // sets the server back; only with test controls
  bool stopped = false;
};

namespace {

// How long requests may take to be answered once the server begins anew. Functions are ended
// before, so what is left takes milliseconds.
constexpr std::chrono::seconds kDrain{10};
// A limit below this one is told.
constexpr int kDescriptorsEnough = 1024;

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

Result<void, std::string> MillraceServer::Implementation::open_engine(
    const engine::Contents* contents) {
  const Configuration& configuration = platform.configuration;
  engine::RocksdbOptions options;
  options.path = configuration.data_directory;
  options.in_memory = configuration.in_memory;
  options.sync_mode =
      configuration.sync_always ? engine::SyncMode::kAlways : engine::SyncMode::kInterval;
  options.accept_lost_writes = configuration.accept_lost_writes;
  options.on_fatal = end_process;
  auto opened = engine::open_rocksdb_engine(std::move(options), platform.timers);
  if (!opened) return Unexpected(opened.error().message);
  platform.engine = std::move(opened).value();
  if (contents == nullptr) return {};
  auto replaced = platform.engine->replace(*contents);
  if (!replaced) return Unexpected(replaced.error().message);
  return {};
}

std::unique_ptr<HttpServer> MillraceServer::Implementation::make_http(HttpServerOptions options) {
  options.body_bytes_max = body_bytes_max;
  return std::make_unique<HttpServer>(
      std::move(options),
      [this](aws::HttpRequest request, aws::HttpRespond respond) {
        Dispatcher* ready = without_gate.load(std::memory_order_acquire);
        if (ready != nullptr) return ready->handle(std::move(request), std::move(respond));
        gate.handle(std::move(request), std::move(respond));
      },
      platform.machine_clock);
}

// Listens before the services start, because they must know the port; what comes in meanwhile
// waits.
Result<void, std::string> MillraceServer::Implementation::listen() {
  const Configuration& configuration = platform.configuration;
  HttpServerOptions options;
  options.host = configuration.host;
  options.port = configuration.port;
  options.threads = io_threads(configuration);
  DescriptorShares descriptors = share_descriptors();
  options.connections_max = std::min(options.connections_max, descriptors.connections);
  if (descriptors.limit < kDescriptorsEnough) {
    log_warning("this process may open few files; raise the limit (ulimit -n) for more clients",
                {{"limit", descriptors.limit}, {"connections", descriptors.connections}});
  }
  options.tls_certificate_file = configuration.tls_certificate;
  options.tls_key_file = configuration.tls_key;
  http = make_http(std::move(options));
  MILLRACE_CHECK_OK(http->start());
  if (!configuration.tls_certificate.empty()) {
    HttpServerOptions inner;
    inner.port = 0;
    inner.threads = 1;
    inner_http = make_http(std::move(inner));
    MILLRACE_CHECK_OK(inner_http->start());
  }
  // Functions run on this machine, whatever address the server listens on. They need not know who
  // vouches for its certificate, which is for another name anyway.
  const HttpServer& for_functions = inner_http != nullptr ? *inner_http : *http;
  platform.endpoint = "http://127.0.0.1:" + std::to_string(for_functions.port());
  return {};
}

Result<void, std::string> MillraceServer::Implementation::start_services() {
  MILLRACE_TRY(platform.access_keys, aws::AccessKeys::parse(platform.configuration.access_keys));
  add_health_routes(platform.admin_routes, platform.operations, platform.metrics);
  MILLRACE_TRY(auto logs, start_logs(platform));
  components.push_back(std::move(logs));
  MILLRACE_TRY(auto dynamodb, start_dynamodb(platform));
  DynamodbComponent& tables = *dynamodb;
  if (!platform.configuration.policies.empty()) {
    MILLRACE_TRY(auto book, iam::PolicyBook::parse(platform.configuration.policies));
    authorizer = std::make_unique<iam::Authorizer>(std::move(book), tables.table_facts());
  }
  components.push_back(std::move(dynamodb));
  MILLRACE_TRY(auto queues, start_queues(platform));
  lambda::Destination& destination = queues->destination();
  components.push_back(std::move(queues));
  MILLRACE_TRY(auto functions, start_functions(platform));
  FunctionComponent& function_component = *functions;
  components.push_back(std::move(functions));
  MILLRACE_TRY(auto mappings,
               start_mappings(platform, tables.streams(), function_component, destination));
  lambda::MappingManager& manager = mappings->manager();
  components.push_back(std::move(mappings));
  components.push_back(start_controls(
      platform,
      {manager, tables.streams(), [&tables] { tables.expire_iterators(); }, *this, snapshots}));
  components.push_back(start_outcomes(platform, tables.streams(), manager));
  iam::register_sts_operations(platform.operations, platform.query_shapes, platform.access_keys,
                               platform.machine_clock, platform.random);
  components.push_back(start_stacks(platform));
  return {};
}

void MillraceServer::Implementation::serve() {
  const Configuration& configuration = platform.configuration;
  if (!platform.access_keys.empty()) {
    verifier =
        std::make_unique<aws::SignatureVerifier>(platform.access_keys, platform.machine_clock);
  }
  dispatcher = std::make_unique<Dispatcher>(
      DispatcherDependencies{platform.operations, platform.query_shapes, platform.admin_routes,
                             verifier.get(), platform.clock, platform.random, platform.metrics,
                             platform.faults, authorizer.get()},
      DispatcherOptions{configuration.account, configuration.region});
  prepare(platform);
  if (changes == nullptr) without_gate.store(dispatcher.get(), std::memory_order_release);
  gate.open();
  for (auto& component : components) component->start();
}

Result<void, std::string> MillraceServer::Implementation::begin(const engine::Contents* contents) {
  MILLRACE_CHECK_OK(open_engine(contents));
  if (http == nullptr) MILLRACE_CHECK_OK(listen());
  MILLRACE_CHECK_OK(start_services());
  serve();
  return {};
}

void MillraceServer::Implementation::post(UniqueFunction<void()> work) {
  changes->post([work = std::move(work), exempt = gate.exempt()]() mutable {
    work();
    work = nullptr;
  });
}

engine::Result<engine::Contents> MillraceServer::Implementation::copy(size_t bytes_max) {
  return platform.engine->copy(bytes_max);
}

void MillraceServer::Implementation::reset() {
  engine::Contents nothing;
  begin_anew(&nothing, true);
}

void MillraceServer::Implementation::restore(const engine::Contents& contents) {
  begin_anew(&contents, false);
}

void MillraceServer::Implementation::begin_anew(const engine::Contents* contents,
                                                bool reset_clock) {
  gate.refuse();
  for (auto& component : components) component->begin_reset();
  if (!gate.drain(kDrain)) log_warning("requests are ended before they are answered");
  end_services();
  // Whoever still waited has been answered by whatever has ended since.
  gate.drain(kDrain);
  dispatcher.reset();
  verifier.reset();
  platform.engine.reset();
  platform.operations = {};
  platform.query_shapes = {};
  platform.admin_routes = {};
  platform.faults.clear();
  // As after a restart, or those of mappings that are gone would pile up. Nobody holds one now.
  std::destroy_at(&platform.metrics);
  std::construct_at(&platform.metrics);
  if (reset_clock) {
    platform.clock.freeze(false);
    platform.clock.set(platform.machine_clock.now());
  }
  gate.hold();
  auto begun = begin(contents);
  if (!begun) end_process(begun.error());
}

void MillraceServer::Implementation::end_services() {
  while (!components.empty()) components.pop_back();
}

MillraceServer::MillraceServer(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}

Result<std::unique_ptr<MillraceServer>, std::string> MillraceServer::start(
    Configuration configuration, Prepare prepare) {
  MILLRACE_CHECK_OK(check(configuration));
  std::unique_ptr<MillraceServer> server(new MillraceServer(
      std::make_unique<Implementation>(std::move(configuration), std::move(prepare))));
  Implementation& self = *server->implementation_;
  if (self.platform.configuration.test_controls) {
    self.changes = std::make_unique<ThreadPool>("changes", 1);
  }
  MILLRACE_CHECK_OK(self.begin(nullptr));
  return server;
}

MillraceServer::~MillraceServer() {
  stop();
}

uint16_t MillraceServer::port() const {
  return implementation_->http->port();
}

std::string MillraceServer::url() const {
  const Configuration& configuration = implementation_->platform.configuration;
  const std::string& host = configuration.host;
  const std::string scheme = configuration.tls_certificate.empty() ? "http://" : "https://";
  bool is_ipv6 = host.find(':') != std::string::npos;
  return scheme + (is_ipv6 ? '[' + host + ']' : host) + ':' + std::to_string(port());
}

void MillraceServer::stop(std::chrono::milliseconds drain) {
  Implementation& self = *implementation_;
  if (self.stopped) return;
  self.stopped = true;
  // Not in the middle of a change; none comes after it.
  if (self.changes != nullptr) self.changes->stop();
  for (auto& component : self.components) component->begin_stop();
  if (self.http != nullptr) self.http->stop(drain);
  if (self.inner_http != nullptr) self.inner_http->stop(drain);
  self.end_services();
  self.platform.workers.stop();
  self.platform.timers.stop();
  self.platform.machine_timers.stop();
  self.platform.engine.reset();
}

}  // namespace millrace::server
