// When the provisioned throughput of a table or global index was changed: what tables are
// described with, and the bound on decreases in a day.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "aws/api_error.h"
#include "base/clock.h"
#include "dynamodb/table/table.h"

namespace millrace::dynamodb::operation {

// ProvisionedThroughput of the table (`index` empty) or an index, as tables are described.
nlohmann::json describe_throughput(const table::Table& table, const std::string& index,
                                   const table::Throughput& throughput, Timestamp now);

// Keeps in `table` that the throughput is changed now. Error: LimitExceededException for a decrease
// within an hour after the last one, when there were four in the same day (UTC).
aws::Result<void> note_throughput_change(table::Table& table, const std::string& index,
                                         const table::Throughput& before,
                                         const table::Throughput& after, Timestamp now);

}  // namespace millrace::dynamodb::operation
