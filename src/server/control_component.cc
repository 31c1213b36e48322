#include "server/control_component.h"

#include "base/encoding.h"
#include "control/clock_routes.h"
#include "control/control_request.h"
#include "control/fault_routes.h"
#include "control/mapping_routes.h"

namespace millrace::server {
namespace {

struct ControlComponent final : Component {
  explicit ControlComponent(std::shared_ptr<control::Awaiter> given) : awaiter(std::move(given)) {}
  void begin_stop() override { awaiter->stop(); }
  const std::shared_ptr<control::Awaiter> awaiter;
};

// Rotates or splits as the table's own route does, whatever that takes.
void reshape(Platform& platform, const std::string& table, const std::string& action,
             aws::HttpRespond done) {
  aws::HttpRequest request;
  request.method = "POST";
  request.target = "/_millrace/tables/" + percent_encode(table) + '/' + action;
  const auto* route = platform.admin_routes.find(request.method, request.path());
  if (route == nullptr) return done(control::error_answer("Tables can not be changed here.", 404));
  route->handler(request, std::move(done));
}

void add_test_controls(Platform& platform, const Controlled& controlled) {
  control::add_clock_routes(platform.admin_routes, platform.clock);
  control::add_state_routes(platform.admin_routes, controlled.state, controlled.snapshots,
                            platform.clock);
  control::add_fault_routes(
      platform.admin_routes, platform.faults,
      {controlled.expire_iterators,
       [&platform](const std::string& table, const std::string& action, aws::HttpRespond done) {
         reshape(platform, table, action, std::move(done));
       }});
}

void refuse_test_controls(Platform& platform) {
  for (const char* name : {"clock", "faults", "reset", "restore", "snapshot"}) {
    platform.admin_routes.add("POST", std::string("/_millrace/") + name,
                              aws::AdminAccess::kCredentials,
                              [](const aws::HttpRequest&, aws::HttpRespond respond) {
                                respond(control::error_answer(
                                    "This server is not for tests: its clock can not be moved, and "
                                    "it can not be reset. Start it with --test-controls or "
                                    "--in-memory.",
                                    403));
                              });
  }
}

}  // namespace

std::unique_ptr<Component> start_controls(Platform& platform, const Controlled& controlled) {
  lambda::MappingManager& mappings = controlled.mappings;
  control::StatusSource status = [&mappings] { return mappings.status(); };
  auto awaiter = std::make_shared<control::Awaiter>(status, platform.workers,
                                                    platform.machine_timers, platform.clock);
  mappings.on_progress([weak = std::weak_ptr(awaiter)] {
    if (auto self = weak.lock()) self->on_progress();
  });
  control::add_mapping_routes(platform.admin_routes, status, controlled.streams, *awaiter,
                              platform.workers, platform.clock);
  if (platform.configuration.test_controls) {
    add_test_controls(platform, controlled);
  } else {
    refuse_test_controls(platform);
  }
  return std::make_unique<ControlComponent>(std::move(awaiter));
}

}  // namespace millrace::server
