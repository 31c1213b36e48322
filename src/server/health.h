// GET /_millrace/health, /_localstack/health and /_millrace/metrics.
#pragma once

#include "aws/admin_routes.h"
#include "aws/operation.h"
#include "base/metrics.h"

namespace millrace::server {

// Answers with the services that have operations when asked. The arguments must outlive the routes.
void add_health_routes(aws::AdminRoutes& routes, const aws::OperationRegistry& operations,
                       const MetricsRegistry& metrics);

}  // namespace millrace::server
