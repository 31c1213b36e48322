// What mappings are doing, and waiting for them:
//
//   GET  /_millrace/status   {"mappings": [...]}: see mapping_report.h
//   POST /_millrace/await    {"timeoutSeconds": 30}: answers when every mapping has handled all
//                            changes that were there, with {"done": true, "mappings": [...]}
//
// `await` also takes: "functionName", "uuid", "eventSourceArn" (only these mappings),
// "sequenceNumber" (up to that one), "settle": true (also what functions write meanwhile). When the
// time is over it answers with status 504, "done": false and a sentence for each shard in "stuck".
#pragma once

#include "aws/admin_routes.h"
#include "base/clock.h"
#include "control/await.h"

namespace millrace::control {

// All must outlive the routes.
void add_mapping_routes(aws::AdminRoutes& routes, StatusSource status,
                        const dynamodb::stream::StreamStore& streams, Awaiter& awaiter,
                        Executor& executor, const Clock& clock);

}  // namespace millrace::control
