#include <nlohmann/json.hpp>

#include "dynamodb/operation/backup/backup_operations.h"
#include "dynamodb/operation/backup/backup_requests.h"

namespace millrace::dynamodb::operation {

aws::OperationHandler delete_backup(const BackupOperationDependencies& dependencies) {
  return later_operation(
      [&catalog = dependencies.catalog, &backups = dependencies.backups](
          const aws::RequestContext&, json::Value root) -> aws::Result<LaterWork> {
        MILLRACE_TRY(std::string arn, read_backup_arn(root));
        return LaterWork([&catalog, &backups, arn](LaterAnswer answer) {
          backups.remove(arn, [&catalog, answer = std::move(answer)](
                                  aws::Result<backup::BackupPtr> backup) mutable {
            if (!backup) return answer(Unexpected(std::move(backup).error()));
            nlohmann::json description = backup_description(**backup, catalog);
            description["BackupDetails"]["BackupStatus"] = "DELETED";
            answer(nlohmann::json{{"BackupDescription", std::move(description)}});
          });
        });
      });
}

}  // namespace millrace::dynamodb::operation
