// A table's description as the catalog keeps it: versioned JSON (docs/formats/tables.md). Statuses
// that pass by themselves and live counters are not part of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dynamodb/table/table.h"

namespace millrace::dynamodb::table {

std::string encode_table(const Table& table);
// Nothing if the text is not such a description or of a later version. Counters are not set.
std::optional<Table> decode_table(std::string_view text);

}  // namespace millrace::dynamodb::table
