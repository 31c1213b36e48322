#include <nlohmann/json.hpp>

#include "dynamodb/operation/backup/backup_operations.h"
#include "dynamodb/operation/backup/backup_requests.h"
#include "dynamodb/operation/backup/continuous_backups.h"
#include "dynamodb/operation/control_operation.h"
#include "dynamodb/operation/table_description.h"
#include "dynamodb/operation/table_input.h"
#include "dynamodb/operation/table_name.h"

namespace millrace::dynamodb::operation {

nlohmann::json describe_recovery(const table::Table& table, Timestamp now) {
  nlohmann::json recovery = {{"PointInTimeRecoveryStatus", "DISABLED"}};
  if (table.recovery) {
    auto times = backup::restorable_times(table, now);
    recovery = {{"PointInTimeRecoveryStatus", "ENABLED"},
                {"RecoveryPeriodInDays", table.recovery->days},
                {"EarliestRestorableDateTime", timestamp_seconds(times.earliest)},
                {"LatestRestorableDateTime", timestamp_seconds(times.latest)}};
  }
  return {{"ContinuousBackupsStatus", "ENABLED"},
          {"PointInTimeRecoveryDescription", std::move(recovery)}};
}

aws::OperationHandler describe_continuous_backups(const BackupOperationDependencies& dependencies) {
  return control_operation([&catalog = dependencies.catalog, &clock = dependencies.clock](
                               const aws::RequestContext& context,
                               json::Value root) -> aws::Result<nlohmann::json> {
    MILLRACE_TRY(auto table_name, read_table_name(root));
    MILLRACE_TRY(std::string name, control_table_name(context, table_name));
    MILLRACE_TRY(auto table, find_for_backup(catalog, context, name));
    return nlohmann::json{{"ContinuousBackupsDescription", describe_recovery(*table, clock.now())}};
  });
}

}  // namespace millrace::dynamodb::operation
