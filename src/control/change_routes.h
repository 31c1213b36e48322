// "What happened to this change?"
//
//   GET /_millrace/changes/TABLE?key=KEY               the changes of an item, oldest first
//   GET /_millrace/changes/TABLE?eventId=ID            one change
//   GET /_millrace/changes/TABLE?sequenceNumber=N
//
// KEY is {"pk":{"S":"ada"}} or pk=ada; a part of the key is enough. `region` and `account` narrow
// the table down. The answer is about all streams of the table, also disabled ones:
//
//   {"tableName", "complete": true, "recordsSearched": 7, "changes": [
//      {"streamArn", "shardId", "sequenceNumber", "eventId", "eventName", "time", "traceId",
//       "record": {what functions get},
//       "mappings": [{"uuid", "functionArn", "state", "outcome", "attempts": [...], ...}]}]}
//
// outcome: "pending" (with "behind", the records before it), "failing", "filtered" (with
// "failedClause"), "succeeded", "sentToDestination", "dropped", "expired", "redriven", "notRead"
// (older than the mapping), "handled" (behind the checkpoint, and no longer remembered). Of more
// than 100 changes the newest are told, and "complete" is false.
#pragma once

#include "aws/admin_routes.h"
#include "base/clock.h"
#include "base/executor.h"
#include "dynamodb/stream/stream_store.h"
#include "lambda/trigger/mapping_manager.h"

namespace millrace::control {

// All must outlive the routes, and the executor must have ended before they do.
void add_change_routes(aws::AdminRoutes& routes, const dynamodb::stream::StreamStore& streams,
                       const lambda::MappingManager& mappings, std::shared_ptr<Executor> executor,
                       const Clock& clock);

}  // namespace millrace::control
