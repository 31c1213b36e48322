// Tables as clients see them: TableDescription.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "dynamodb/table/table.h"
#include "dynamodb/table/table_catalog.h"

namespace millrace::dynamodb::operation {

nlohmann::json describe(const table::Table& table, const table::TableCatalog& catalog);
// What DeleteTable answers: its keys and indexes are told no more.
nlohmann::json describe_deleted(const table::Table& table, const table::TableCatalog& catalog);

// Seconds since the epoch with a fraction, as JSON timestamps are written.
double timestamp_seconds(Timestamp time);

}  // namespace millrace::dynamodb::operation
