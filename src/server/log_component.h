// CloudWatch Logs: the log store, which functions print to, and its operations.
#pragma once

#include "server/platform.h"

namespace millrace::server {

// Sets platform.log_store for as long as the component lives.
Started<Component> start_logs(Platform& platform);

}  // namespace millrace::server
