// The server's clock in the hands of a test:
//
//   POST /_millrace/clock  {"advanceSeconds": 90000}          moves it forward
//                          {"set": "2030-01-01T00:00:00Z"}    to a moment
//                          {"freeze": true}                   stops it; false lets it run on
//   GET  /_millrace/clock  shows it: {"now": "...", "frozen": false}
//
// Members may be combined: `freeze` comes first, then `set`, then `advanceSeconds`. Everything that
// goes by the server's clock follows before the answer is sent or right after: expiry, rotation,
// retention, batching windows, backoff, ages, visibility timeouts. Connections and running
// functions go by the machine's.
#pragma once

#include "aws/admin_routes.h"
#include "base/clock.h"

namespace millrace::control {

// `clock` must outlive the routes.
void add_clock_routes(aws::AdminRoutes& routes, ServerClock& clock);

}  // namespace millrace::control
