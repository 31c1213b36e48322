#include "dynamodb/operation/item_answer.h"

#include <algorithm>

#include "dynamodb/item/item_json.h"

namespace millrace::dynamodb::operation {

void append_collection_metrics(std::string& out, const table::Table& table, const Item& key) {
  const std::string& name = table.partition_key.name;
  out += "{\"ItemCollectionKey\":";
  append_json(out, Item{{name, key.find(name)->second}});
  // A range of whole gigabytes; collections here stay far below the first.
  out += ",\"SizeEstimateRangeGB\":[0.0,1.0]}";
}

bool has_item_collections(const table::Table& table) {
  return std::any_of(table.indexes.begin(), table.indexes.end(),
                     [](const table::Index& index) { return !index.global; });
}

aws::Output to_output(ObjectWriter writer) {
  aws::Output output;
  output.body = std::move(writer).finish();
  return output;
}

}  // namespace millrace::dynamodb::operation
