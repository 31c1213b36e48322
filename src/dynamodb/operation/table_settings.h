// Settings of a table that CreateTable and UpdateTable take alike.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "aws/api_error.h"
#include "aws/request_context.h"
#include "dynamodb/operation/table_input.h"
#include "dynamodb/stream/change_record.h"
#include "dynamodb/table/table.h"

namespace millrace::dynamodb::operation {

// SSESpecification: the SSEDescription to show, or nothing for the default encryption.
aws::Result<std::optional<std::string>> encryption_description(const aws::RequestContext& context,
                                                               const EncryptionInput& input);

// WarmThroughput: shown, and always satisfied.
std::string warm_throughput_setting(const table::Throughput& warm);
// What a table is warm for: what it was given, else what its billing mode implies.
table::Throughput warm_throughput(const table::Table& table);

// Names in Table::kept_settings.
inline constexpr const char* kEncryptionSetting = "SSEDescription";
inline constexpr const char* kWarmThroughputSetting = "WarmThroughput";

}  // namespace millrace::dynamodb::operation
