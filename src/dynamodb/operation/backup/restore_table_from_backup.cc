#include <nlohmann/json.hpp>

#include "dynamodb/operation/backup/backup_operations.h"
#include "dynamodb/operation/backup/backup_requests.h"
#include "dynamodb/operation/backup/restored_table.h"
#include "dynamodb/operation/table_description.h"

namespace millrace::dynamodb::operation {

aws::OperationHandler restore_table_from_backup(const BackupOperationDependencies& dependencies) {
  struct Input {
    RestoreInput table;
    std::optional<std::string> arn;
  };
  return later_operation(
      [&catalog = dependencies.catalog, &backups = dependencies.backups](
          const aws::RequestContext& context, json::Value root) -> aws::Result<LaterWork> {
        MILLRACE_TRY(Input input, read_request(root, [](RequestReader& reader) {
                       return Input{read_restore_input(reader), reader.string("BackupArn")};
                     }));
        ConstraintList constraints;
        check_restore_input(constraints, input.table);
        check_backup_arn(constraints, input.arn);
        MILLRACE_CHECK_OK(constraints.result());
        MILLRACE_CHECK_OK(check_is_backup_arn(*input.arn));
        backup::BackupPtr backup = backups.find(*input.arn);
        if (!backup) {
          return aws::api_error(400, "BackupNotFoundException", "Backup not found: " + *input.arn);
        }
        MILLRACE_TRY(auto definition, define_restored(context, *backup->table, input.table));
        return LaterWork([&catalog, &backups, context, arn = *input.arn,
                          definition = std::move(definition)](LaterAnswer answer) mutable {
          backups.restore(
              context, arn, std::move(definition),
              [&catalog, answer = std::move(answer)](aws::Result<table::TablePtr> table) mutable {
                if (!table) return answer(Unexpected(std::move(table).error()));
                answer(nlohmann::json{{"TableDescription", describe(**table, catalog)}});
              });
        });
      });
}

}  // namespace millrace::dynamodb::operation
