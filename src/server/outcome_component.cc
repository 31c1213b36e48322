#include "server/outcome_component.h"

#include "control/change_routes.h"
#include "control/failure_routes.h"
#include "control/mapping_gauges.h"
#include "control/replay_routes.h"
#include "control/tail_routes.h"

namespace millrace::server {
namespace {

class Outcomes final : public Component {
 public:
  Outcomes(Platform& platform, const dynamodb::stream::StreamStore& streams,
           lambda::MappingManager& mappings)
      : gauges_(
            platform.metrics, [&mappings] { return mappings.status(); }, streams, platform.clock) {
    control::add_change_routes(platform.admin_routes, streams, mappings, executor_, platform.clock);
    control::add_failure_routes(platform.admin_routes, streams, mappings, executor_);
    control::add_replay_routes(platform.admin_routes, streams, mappings, executor_);
    control::add_tail_routes(platform.admin_routes, streams, executor_);
  }
  // What was asked ends before what it asks about.
  ~Outcomes() override { executor_->stop(); }

 private:
  // A thread of its own: a search through a stream of millions of records takes seconds.
  const std::shared_ptr<ThreadPool> executor_ = std::make_shared<ThreadPool>("outcomes", 1);
  control::MappingGauges gauges_;
};

}  // namespace

std::unique_ptr<Component> start_outcomes(Platform& platform,
                                          const dynamodb::stream::StreamStore& streams,
                                          lambda::MappingManager& mappings) {
  return std::make_unique<Outcomes>(platform, streams, mappings);
}

}  // namespace millrace::server
