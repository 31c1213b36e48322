// The operations of backups, point-in-time recovery, export and import: a function for each that
// makes its handler, in a file of its own.
#pragma once

#include "aws/operation.h"
#include "base/clock.h"
#include "dynamodb/backup/backup_store.h"
#include "dynamodb/table/table_catalog.h"

namespace millrace::dynamodb::operation {

// What the handlers work with; all of it must outlive them.
struct BackupOperationDependencies {
  table::TableCatalog& catalog;
  backup::BackupStore& backups;
  const Clock& clock;
};

aws::OperationHandler create_backup(const BackupOperationDependencies& dependencies);
aws::OperationHandler delete_backup(const BackupOperationDependencies& dependencies);
aws::OperationHandler describe_backup(const BackupOperationDependencies& dependencies);
aws::OperationHandler list_backups(const BackupOperationDependencies& dependencies);
aws::OperationHandler describe_continuous_backups(const BackupOperationDependencies& dependencies);
aws::OperationHandler update_continuous_backups(const BackupOperationDependencies& dependencies);
aws::OperationHandler restore_table_from_backup(const BackupOperationDependencies& dependencies);
aws::OperationHandler restore_table_to_point_in_time(
    const BackupOperationDependencies& dependencies);

// exports_and_imports.cc: both need S3, which is not here, so there is never one.
aws::OperationHandler export_table_to_point_in_time(
    const BackupOperationDependencies& dependencies);
aws::OperationHandler describe_export();
aws::OperationHandler list_exports();
aws::OperationHandler import_table();
aws::OperationHandler describe_import();
aws::OperationHandler list_imports();

// Adds all of them as service "dynamodb".
void register_backup_operations(aws::OperationRegistry& registry,
                                const BackupOperationDependencies& dependencies);

}  // namespace millrace::dynamodb::operation
