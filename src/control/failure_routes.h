// Records that mappings gave up: to look at, to hand over again, to forget.
//
//   GET    /_millrace/failures[?uuid=|functionName=]   {"failures": [...], "pushedOut": 0}, newest
//                                                      first; without the records
//   GET    /_millrace/failures/ID                      one, with its "event" and its "records"
//   DELETE /_millrace/failures/ID                      forgets it
//   POST   /_millrace/failures/ID/redrive              {"dryRun": true, "functionName": "other"}
//
// A redrive invokes the mapping's function (or another one of the same account and region) with the
// event that failed and answers with what came of it; if the function succeeds, the failure is
// removed. "records" says for each record how many newer changes of the same item the stream has
// ("supersededBy": the sequence number of the newest): handling it again may undo what they did.
#pragma once

#include "aws/admin_routes.h"
#include "base/clock.h"
#include "base/executor.h"
#include "dynamodb/stream/stream_store.h"
#include "lambda/trigger/mapping_manager.h"

namespace millrace::control {

// All must outlive the routes, and the executor must have ended before they do.
void add_failure_routes(aws::AdminRoutes& routes, const dynamodb::stream::StreamStore& streams,
                        lambda::MappingManager& mappings, std::shared_ptr<Executor> executor);

}  // namespace millrace::control
