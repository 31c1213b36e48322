// What operators and tests steer the server with, under /_millrace: status of mappings, waiting for
// them; and with --test-controls the clock, faults, and going back to a state.
#pragma once

#include <functional>

#include "control/snapshots.h"
#include "control/state_routes.h"
#include "lambda/trigger/mapping_manager.h"
#include "server/platform.h"

namespace millrace::server {

// What the controls work with; all must outlive the component.
struct Controlled {
  lambda::MappingManager& mappings;
  const dynamodb::stream::StreamStore& streams;
  std::function<void()> expire_iterators;
  control::ServerState& state;
  control::Snapshots& snapshots;
};
std::unique_ptr<Component> start_controls(Platform& platform, const Controlled& controlled);

}  // namespace millrace::server
