// What every service is built on, and the interface by which the server holds services.
#pragma once

#include <memory>
#include <string>

#include "aws/admin_routes.h"
#include "aws/operation.h"
#include "aws/protocol/shape.h"
#include "aws/signature/access_keys.h"
#include "base/clock.h"
#include "base/executor.h"
#include "base/metrics.h"
#include "base/random.h"
#include "control/fault_plan.h"
#include "engine/engine.h"
#include "server/configuration.h"

namespace millrace::logs {
class LogStore;
}

namespace millrace::server {

struct Platform {
  explicit Platform(Configuration given) : configuration(std::move(given)) {}

  const Configuration configuration;
  ServerClock clock;
  SystemRandom random;
  MetricsRegistry metrics;
  control::FaultPlan faults;  // filled by tests, empty otherwise
  ThreadTimers timers{clock};
  // The machine's time, which no test moves: for whoever waits for an answer or signs a request.
  ServerClock machine_clock;
  ThreadTimers machine_timers{machine_clock};
  // Work that may take longer than an I/O thread should: compression, files, big answers.
  ThreadPool workers{"worker", 2};
  std::unique_ptr<engine::Engine> engine;
  // Set by the logs component, the first to start and the last to end.
  logs::LogStore* log_store = nullptr;

  // The configured ones, and what services add while they start; none: signatures are not checked.
  aws::AccessKeys access_keys;

  aws::OperationRegistry operations;
  aws::QueryShapes query_shapes;
  aws::AdminRoutes admin_routes;

  // Set before any service starts: the address that functions and answers may name. "http://..."
  std::string endpoint;
};

// A service and what runs for it. Made while the server starts, in the order of their dependencies;
// ended in the opposite order.
class Component {
 public:
  virtual ~Component() = default;
  // All services are there and requests are answered: begin what runs by itself.
  virtual void start() {}
  // The server is about to stop: take no new work on, and answer what would wait for long.
  virtual void begin_stop() {}
  // The server is about to forget everything and to begin anew: as begin_stop(), except that what
  // runs need not come to a good end.
  virtual void begin_reset() { begin_stop(); }
};

template <class T>
using Started = Result<std::unique_ptr<T>, std::string>;  // the error is one sentence for the user

}  // namespace millrace::server
