#include "server/control_component.h"

#include "control/clock_routes.h"
#include "control/control_request.h"
#include "control/mapping_routes.h"

namespace millrace::server {
namespace {

struct ControlComponent final : Component {
  explicit ControlComponent(std::shared_ptr<control::Awaiter> given) : awaiter(std::move(given)) {}
  void begin_stop() override { awaiter->stop(); }
  const std::shared_ptr<control::Awaiter> awaiter;
};

}  // namespace

std::unique_ptr<Component> start_controls(Platform& platform, lambda::MappingManager& mappings) {
  control::StatusSource status = [&mappings] { return mappings.status(); };
  auto awaiter = std::make_shared<control::Awaiter>(status, platform.workers,
                                                    platform.machine_timers, platform.clock);
  mappings.on_progress([weak = std::weak_ptr(awaiter)] {
    if (auto self = weak.lock()) self->on_progress();
  });
  control::add_mapping_routes(platform.admin_routes, status, *awaiter, platform.workers,
                              platform.clock);
  if (platform.configuration.test_controls) {
    control::add_clock_routes(platform.admin_routes, platform.clock);
  } else {
    platform.admin_routes.add("POST", "/_millrace/clock", aws::AdminAccess::kCredentials,
                              [](const aws::HttpRequest&, aws::HttpRespond respond) {
                                respond(control::error_answer(
                                    "The clock of this server can not be moved. Start it with "
                                    "--test-controls or --in-memory.",
                                    403));
                              });
  }
  return std::make_unique<ControlComponent>(std::move(awaiter));
}

}  // namespace millrace::server
