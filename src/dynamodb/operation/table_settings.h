// Settings of a table that CreateTable and UpdateTable take alike.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "aws/api_error.h"
#include "aws/request_context.h"
#include "base/clock.h"
#include "dynamodb/operation/table_input.h"
#include "dynamodb/stream/change_record.h"
#include "dynamodb/table/table.h"

namespace millrace::dynamodb::operation {

// SSESpecification: the SSEDescription to show, or nothing for the default encryption.
aws::Result<std::optional<std::string>> encryption_description(const aws::RequestContext& context,
                                                               const EncryptionInput& input);

// TableClass has an error of its own instead of a member constraint.
aws::Result<void> check_table_class(const std::optional<std::string>& table_class);
// TableClassSummary is told of tables whose class was ever given.
void keep_given_class(std::map<std::string, std::string>& settings);
// Notes that the class is changed now. Error: LimitExceededException for a third change in 30 days.
aws::Result<void> note_class_change(table::Table& table, Timestamp now);
// Null if it is not to be told.
nlohmann::json describe_class(const table::Table& table);

// GlobalTableSettingsReplicationMode: kept and told. Error: what only global tables take.
aws::Result<void> check_global_settings_mode(const std::optional<std::string>& mode);

// Names in Table::kept_settings.
inline constexpr const char* kEncryptionSetting = "SSEDescription";
inline constexpr const char* kGlobalSettingsMode = "GlobalTableSettingsReplicationMode";

}  // namespace millrace::dynamodb::operation
