// Throughput as CreateTable and UpdateTable take it.
#pragma once

#include <string>

#include "aws/api_error.h"
#include "dynamodb/operation/table_input.h"
#include "dynamodb/table/table.h"

namespace millrace::dynamodb::operation {

// `index_name` empty: the table's own. Both members are there (a member constraint).
aws::Result<table::Throughput> provisioned_throughput(const ThroughputInput& input,
                                                      const std::string& region,
                                                      const std::string& index_name);
// OnDemandThroughput of a new table, or of an index that is created (`index_name` not empty). 0 in
// the answer means no limit.
aws::Result<table::Throughput> on_demand_limits(const ThroughputInput& input, bool on_demand,
                                                const std::string& index_name);
// Of UpdateTable, whose -1 takes a limit away: the limits in `current` with those of the input.
aws::Result<table::Throughput> changed_limits(const ThroughputInput& input, bool on_demand,
                                              const std::string& index_name,
                                              const table::Throughput& current);

// The quotas that DescribeLimits shows.
inline constexpr int64_t kTableUnitsMax = 40'000;
inline constexpr int64_t kAccountUnitsMax = 80'000;

}  // namespace millrace::dynamodb::operation
