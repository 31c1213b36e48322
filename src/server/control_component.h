// What operators and tests steer the server with, under /_millrace: status of mappings, waiting for
// them, the clock.
#pragma once

#include "lambda/trigger/mapping_manager.h"
#include "server/platform.h"

namespace millrace::server {

// `mappings` must outlive the component.
std::unique_ptr<Component> start_controls(Platform& platform, lambda::MappingManager& mappings);

}  // namespace millrace::server
