// What the answers of writes have in common.
#pragma once

#include <optional>
#include <string>

#include "aws/operation.h"
#include "dynamodb/operation/consumed_capacity.h"
#include "dynamodb/operation/object_writer.h"
#include "dynamodb/table/table.h"

namespace millrace::dynamodb::operation {

// {"ItemCollectionKey":{...},"SizeEstimateRangeGB":[0.0,1.0]} of the item collection of `key`.
void append_collection_metrics(std::string& out, const table::Table& table, const Item& key);
// Only tables with local indexes have item collections to report.
bool has_item_collections(const table::Table& table);

aws::Output to_output(ObjectWriter writer);

}  // namespace millrace::dynamodb::operation
