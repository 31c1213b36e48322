// Tags by which a table's owner sets what AWS has no setting for. Pure functions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "aws/api_error.h"
#include "base/clock.h"

namespace millrace::dynamodb::table {

// Partitions of a new table: a whole number from 1 to kCellsPerTableMax.
inline constexpr std::string_view kPartitionsTag = "millrace:partitions";
// How long records of the table's stream are kept: whole hours from 1 to kRetentionHoursMax, or
// "unlimited".
inline constexpr std::string_view kStreamRetentionTag = "millrace:stream-retention-hours";
// Whether requests are throttled that exceed the table's throughput: "true" or "false".
inline constexpr std::string_view kEnforceCapacityTag = "millrace:enforce-capacity";
inline constexpr int kRetentionHoursMax = 87'600;  // ten years
inline constexpr Duration kUnlimitedRetention = Duration::max();

using TagMap = std::map<std::string, std::string>;

// ValidationException for a value that one of these tags does not take.
aws::Result<void> check_own_tags(const TagMap& tags);

// What the tags say; nothing if they do not. REQUIRES: they have been checked.
std::optional<int> partitions_by_tag(const TagMap& tags);
std::optional<Duration> stream_retention_by_tag(const TagMap& tags);
std::optional<bool> enforces_capacity_by_tag(const TagMap& tags);

}  // namespace millrace::dynamodb::table
