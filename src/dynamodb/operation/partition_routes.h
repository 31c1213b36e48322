// Ways to a table's partitions that AWS does not have: an operator, a test or a fault plan splits
// them and rotates their shards.
//
//   POST /_millrace/tables/NAME/split    {"shardId": "..."}: the partition of this open shard;
//   without
//                                        it the one with the widest range of hashes
//   POST /_millrace/tables/NAME/rotate   {"shardId": "..."}: this open shard; without it all of
//   them
//
// The body may be empty. ?account= and ?region= choose whose table it is. The answer is
// {"table": NAME, "partitions": N, "shards": [{"shardId": "...", "parentShardId": "..."}]} with the
// shards that are open now; an error is {"error": TYPE, "message": "..."}.
#pragma once

#include "aws/admin_routes.h"
#include "aws/request_context.h"
#include "base/random.h"
#include "dynamodb/stream/stream_store.h"
#include "dynamodb/table/table_catalog.h"

namespace millrace::dynamodb::operation {

// `defaults` says whose tables they are where a request does not. All references must outlive the
// routes.
void add_partition_routes(aws::AdminRoutes& routes, table::TableCatalog& catalog,
                          const stream::StreamStore& streams, Random& random,
                          aws::RequestContext defaults);

}  // namespace millrace::dynamodb::operation
