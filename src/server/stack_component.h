// Deployed templates: the stack deployer and its HTTP routes.
#pragma once

#include <memory>

#include "server/platform.h"

namespace millrace::server {

std::unique_ptr<Component> start_stacks(Platform& platform);

}  // namespace millrace::server
