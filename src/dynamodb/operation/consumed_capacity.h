// Capacity units that an operation consumes, and ConsumedCapacity in its answer.
//
// Reads are charged for what was read before any filter or projection, in steps of 4 KB: half a
// unit each, one if consistent, two in a transaction. Writes are charged in steps of 1 KB for the
// larger of the old and the new item, twice in a transaction, plus what changes in each index.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "dynamodb/table/item_store.h"
#include "dynamodb/table/table.h"

namespace millrace::dynamodb::operation {

// ReturnConsumedCapacity.
enum class CapacityDetail { kNone, kTotal, kIndexes };
// REQUIRES: the value has been checked against the enumeration.
CapacityDetail capacity_detail(const std::optional<std::string>& return_consumed_capacity);

enum class ReadConsistency { kEventual, kStrong, kTransactional };
double read_units(size_t bytes, ReadConsistency consistency);
// Of the table alone, not transactional.
double write_units(size_t old_bytes, size_t new_bytes);

class ConsumedCapacity {
 public:
  void add_table(double units) { table_ += units; }
  void add_index(const table::Index& index, double units);
  // Of a page: what was read of the index (null: of the table), and fetched from the table besides.
  void add_page(const table::Index* index, double units, double fetch_units);
  // A write's table and index units. `factor`: 2 in a transaction, where only the table counts
  // twice.
  void add_write(const table::Table& table, const table::WriteOutcome& outcome, double factor = 1);

  // What the table itself is charged with, its local indexes included.
  double table_units() const;
  const std::map<std::string, double>& global_index_units() const { return global_; }

  // {"TableName":...,"CapacityUnits":...}. REQUIRES: detail is not kNone. `split_name`:
  // transactions repeat each figure as "ReadCapacityUnits" or "WriteCapacityUnits".
  void append_json(std::string& out, const std::string& table_name, CapacityDetail detail,
                   std::string_view split_name = {}) const;

 private:
  double table_ = 0;
  std::map<std::string, double> local_, global_;
};

}  // namespace millrace::dynamodb::operation
