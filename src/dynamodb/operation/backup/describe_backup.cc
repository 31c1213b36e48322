#include <nlohmann/json.hpp>

#include "dynamodb/operation/backup/backup_operations.h"
#include "dynamodb/operation/backup/backup_requests.h"
#include "dynamodb/operation/control_operation.h"

namespace millrace::dynamodb::operation {

aws::OperationHandler describe_backup(const BackupOperationDependencies& dependencies) {
  return control_operation(
      [&catalog = dependencies.catalog, &backups = dependencies.backups](
          const aws::RequestContext&, json::Value root) -> aws::Result<nlohmann::json> {
        MILLRACE_TRY(std::string arn, read_backup_arn(root));
        backup::BackupPtr backup = backups.find(arn);
        if (!backup) {
          return aws::api_error(400, "BackupNotFoundException", "Backup not found: " + arn);
        }
        return nlohmann::json{{"BackupDescription", backup_description(*backup, catalog)}};
      });
}

}  // namespace millrace::dynamodb::operation
