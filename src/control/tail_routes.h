// The changes of a table as they come, for people who watch it:
//
//   GET /_millrace/tail/TABLE                  a place: {"cursor": "...", "records": []}
//   GET /_millrace/tail/TABLE?from=start       the oldest records that are there
//   GET /_millrace/tail/TABLE?cursor=CURSOR    what has come since, in order within each shard
//
// Records are what functions get. Children of shards are followed by themselves. `region` and
// `account` narrow the table down. A page has a bounded size: call again while it has records.
#pragma once

#include <memory>

#include "aws/admin_routes.h"
#include "base/executor.h"
#include "dynamodb/stream/stream_store.h"

namespace millrace::control {

// The store must outlive the routes, and the executor must have ended before it does.
void add_tail_routes(aws::AdminRoutes& routes, const dynamodb::stream::StreamStore& streams,
                     std::shared_ptr<Executor> executor);

}  // namespace millrace::control
