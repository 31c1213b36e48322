// WarmThroughput of tables and global indexes: told, and always satisfied. It never falls.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "aws/api_error.h"
#include "dynamodb/operation/table_input.h"
#include "dynamodb/table/table.h"

namespace millrace::dynamodb::operation {

// What the table (`index` null) or index is warm for: what it was given, and at least what its
// billing mode implies.
table::Throughput warm_throughput(const table::Table& table, const table::Index* index);
nlohmann::json describe_warm(const table::Throughput& warm);

// Of a new table, or an index that is created (`index_name` not empty), as a setting to keep.
// `provisioned`: its throughput, null if it is paid per request. Error: ValidationException for
// less than it has anyway.
aws::Result<void> add_warm_setting(const ThroughputInput& input, const std::string& index_name,
                                   const table::Throughput* provisioned,
                                   std::map<std::string, std::string>& settings);

// Raises what `after` is warm for to the input's. Error: ValidationException if that is less.
aws::Result<void> raise_warm_throughput(table::Table& after, const std::string& index_name,
                                        const ThroughputInput& input);
// What was warm before a change stays so after it.
void keep_warm(const table::Table& before, table::Table& after);

}  // namespace millrace::dynamodb::operation
