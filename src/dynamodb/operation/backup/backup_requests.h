// What the operations of this folder have in common: their members, and the errors for what is not
// there.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "aws/operation.h"
#include "dynamodb/backup/backup_store.h"
#include "dynamodb/operation/constraint_list.h"
#include "dynamodb/operation/control_operation.h"
#include "dynamodb/operation/request_reader.h"
#include "dynamodb/table/table_catalog.h"

namespace millrace::dynamodb::operation {

// TableNotFoundException if it is not there.
aws::Result<table::TablePtr> find_for_backup(const table::TableCatalog& catalog,
                                             const aws::RequestContext& context,
                                             const std::string& name);

// A required BackupArn. Errors: ValidationException.
void check_backup_arn(ConstraintList& constraints, const std::optional<std::string>& arn);
aws::Result<void> check_is_backup_arn(const std::string& arn);
// The input of operations that have no other member.
aws::Result<std::string> read_backup_arn(json::Value root);

// A member that is a time: seconds since the epoch.
std::optional<Timestamp> read_time(RequestReader& reader, std::string_view name);

// BackupDetails; BackupSummary with the members of a table besides; BackupDescription.
nlohmann::json backup_details(const backup::Backup& backup);
nlohmann::json backup_summary(const backup::Backup& backup);
nlohmann::json backup_description(const backup::Backup& backup, const table::TableCatalog& catalog);

}  // namespace millrace::dynamodb::operation
