// What batches and transactions report of their writes: consumed capacity and item collections, one
// entry for each table.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "dynamodb/operation/consumed_capacity.h"
#include "dynamodb/operation/object_writer.h"
#include "dynamodb/table/item_store.h"

namespace millrace::dynamodb::operation {

using TableCapacities = std::map<std::string, ConsumedCapacity>;  // by table name

// "ConsumedCapacity":[...], unless none is wanted. `split_name` as in
// ConsumedCapacity::append_json.
void add_capacities(ObjectWriter& answer, const TableCapacities& capacities, CapacityDetail detail,
                    std::string_view split_name = {});

class WriteReport {
 public:
  // From ReturnConsumedCapacity and ReturnItemCollectionMetrics.
  WriteReport(const std::optional<std::string>& return_consumed_capacity,
              const std::optional<std::string>& return_collection_metrics);

  // `factor`: 2 in a transaction.
  void add(const table::ItemWrite& write, const table::WriteOutcome& outcome, double factor = 1);
  // Adds the members that were asked for.
  void add_to(ObjectWriter& answer, std::string_view split_name = {}) const;

 private:
  CapacityDetail detail_;
  bool collection_metrics_;
  bool replayed_ = false;
  TableCapacities capacities_;
  std::map<std::string, std::string> metrics_;  // elements of a list, by table name
};

}  // namespace millrace::dynamodb::operation
