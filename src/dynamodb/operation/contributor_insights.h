// Contributor Insights of tables and global indexes: the settings. Nothing is counted.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "aws/api_error.h"
#include "dynamodb/operation/constraint_list.h"
#include "dynamodb/table/table.h"

namespace millrace::dynamodb::operation {

// IndexName of these operations.
void check_insights_index(ConstraintList& constraints, const std::optional<std::string>& index);
// ResourceNotFoundException if an index is named that is no global index of the table.
aws::Result<void> find_insights_target(const table::Table& table,
                                       const std::optional<std::string>& index);

// The kept setting of the table (`index` empty) or an index, as DescribeContributorInsights tells
// it: Status and Mode, and of those that are enabled the rules and the time.
nlohmann::json describe_insights(const table::Table& table, const std::string& index);

struct InsightsSetting {
  bool enabled = false;
  std::string mode = "ACCESSED_AND_THROTTLED_KEYS";
  Timestamp changed{};
};
InsightsSetting kept_insights(const table::Table& table, const std::string& index);
// Disabled ones are not kept.
void keep_insights(table::Table& table, const std::string& index, const InsightsSetting& setting);

}  // namespace millrace::dynamodb::operation
