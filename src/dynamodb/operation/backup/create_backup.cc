#include <nlohmann/json.hpp>

#include "dynamodb/operation/backup/backup_operations.h"
#include "dynamodb/operation/backup/backup_requests.h"
#include "dynamodb/operation/table_name.h"

namespace millrace::dynamodb::operation {

aws::OperationHandler create_backup(const BackupOperationDependencies& dependencies) {
  struct Input {
    std::optional<std::string> table_name, backup_name;
  };
  return later_operation([&catalog = dependencies.catalog, &backups = dependencies.backups](
                             const aws::RequestContext& context,
                             json::Value root) -> aws::Result<LaterWork> {
    MILLRACE_TRY(Input input, read_request(root, [](RequestReader& reader) {
                   return Input{reader.string("TableName"), reader.string("BackupName")};
                 }));
    MILLRACE_TRY(std::string name, control_table_name(context, input.table_name));
    ConstraintList constraints;
    constraints.require(input.backup_name, "backupName");
    constraints.check_name(input.backup_name, "backupName");
    MILLRACE_CHECK_OK(constraints.result());
    MILLRACE_TRY(auto table, find_for_backup(catalog, context, name));
    if (table->status == table::TableStatus::kCreating) {
      return aws::api_error(400, "TableInUseException", "Table is being created: " + name);
    }
    return LaterWork([&backups, context, name,
                      backup_name = *input.backup_name](LaterAnswer answer) {
      backups.create(context, name, backup_name,
                     [answer = std::move(answer)](aws::Result<backup::BackupPtr> backup) mutable {
                       if (!backup) return answer(Unexpected(std::move(backup).error()));
                       answer(nlohmann::json{{"BackupDetails", backup_details(**backup)}});
                     });
    });
  });
}

}  // namespace millrace::dynamodb::operation
