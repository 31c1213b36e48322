// ContinuousBackupsDescription.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/clock.h"
#include "dynamodb/table/table.h"

namespace millrace::dynamodb::operation {

nlohmann::json describe_recovery(const table::Table& table, Timestamp now);

}  // namespace millrace::dynamodb::operation
