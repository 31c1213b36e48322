#include "dynamodb/operation/backup/backup_operations.h"

#include <utility>

namespace millrace::dynamodb::operation {

void register_backup_operations(aws::OperationRegistry& registry,
                                const BackupOperationDependencies& dependencies) {
  auto add = [&](const char* name, aws::OperationHandler handler) {
    registry.add("dynamodb", name, std::move(handler));
  };
  add("CreateBackup", create_backup(dependencies));
  add("DeleteBackup", delete_backup(dependencies));
  add("DescribeBackup", describe_backup(dependencies));
  add("DescribeContinuousBackups", describe_continuous_backups(dependencies));
  add("DescribeExport", describe_export());
  add("DescribeImport", describe_import());
  add("ExportTableToPointInTime", export_table_to_point_in_time(dependencies));
  add("ImportTable", import_table());
  add("ListBackups", list_backups(dependencies));
  add("ListExports", list_exports());
  add("ListImports", list_imports());
  add("RestoreTableFromBackup", restore_table_from_backup(dependencies));
  add("RestoreTableToPointInTime", restore_table_to_point_in_time(dependencies));
  add("UpdateContinuousBackups", update_continuous_backups(dependencies));
}

}  // namespace millrace::dynamodb::operation
