// What a change of a table means for what it keeps besides: its limits, what it is warm for, and
// when its throughput and class were changed.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "aws/api_error.h"
#include "base/clock.h"
#include "dynamodb/operation/table_input.h"
#include "dynamodb/table/table.h"

namespace millrace::dynamodb::operation {

// One update, made at one time. Copied into the change (TableUpdate::edit).
class TableUpdateEffects {
 public:
  TableUpdateEffects(const UpdateTableInput& input, Timestamp now);

  // `after` has all that the update sets itself. Errors: ValidationException for limits and warm
  // throughput that it cannot have, LimitExceededException for too many changes in a time.
  aws::Result<void> apply(const table::Table& before, table::Table& after) const;

 private:
  aws::Result<void> change_limits(table::Table& after) const;
  aws::Result<void> note_changes(const table::Table& before, table::Table& after) const;
  aws::Result<void> change_warm_throughput(const table::Table& before, table::Table& after) const;

  Timestamp now_;
  bool changes_class_;
  std::string created_index_, deleted_index_;  // empty: none
  // By the name of the index; the table's has no name.
  std::map<std::string, ThroughputInput> limits_, warm_;
};

}  // namespace millrace::dynamodb::operation
