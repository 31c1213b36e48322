// Replays: what a stream still has, handed to a function once more.
//
//   POST   /_millrace/replay     {"tableName": "Users", "uuid": "..."}: begins one, answers with
//   its
//                                id at once
//   GET    /_millrace/replay     {"replays": [...]}
//   GET    /_millrace/replay/ID  {"id", "state": "Running|Finished|Stopped", "records", "handled",
//                                "counts", "blocked": [...], ...}
//   DELETE /_millrace/replay/ID  stops it after the invocations that are running
//
// What is replayed: "tableName" (its enabled stream, else its latest) or "streamArn"; from
// "fromSequenceNumber" or "fromTime", else all; to "toSequenceNumber" or "toTime", else what is
// there now. Sequence numbers count within a partition: on a table of several, name the "shardId"
// whose lineage is meant, or give times.
// To whom: "uuid" of a mapping of the stream (its function, filters, batch size, retry policy),
// "functionName" (all records; of a mapping of the stream: with its settings), or both: another
// function, with the mapping's settings. "batchSize" replaces the mapping's.
#pragma once

#include "aws/admin_routes.h"
#include "base/executor.h"
#include "dynamodb/stream/stream_store.h"
#include "lambda/trigger/mapping_manager.h"

namespace millrace::control {

// All must outlive the routes, and the executor must have ended before they do.
void add_replay_routes(aws::AdminRoutes& routes, const dynamodb::stream::StreamStore& streams,
                       const lambda::MappingManager& mappings, std::shared_ptr<Executor> executor);

}  // namespace millrace::control
