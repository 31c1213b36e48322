// Global tables of the version of 2017, which AWS makes no more, and the automatic scaling of
// replicas: no table here has one, so each operation has one answer.
#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// Refused: the version is not supported.
aws::OperationHandler create_global_table(const Dependencies& dependencies);
aws::OperationHandler update_global_table(const Dependencies& dependencies);
// An empty list.
aws::OperationHandler list_global_tables(const Dependencies& dependencies);
// There is no global table of the name.
aws::OperationHandler describe_global_table(const Dependencies& dependencies);
aws::OperationHandler describe_global_table_settings(const Dependencies& dependencies);
aws::OperationHandler update_global_table_settings(const Dependencies& dependencies);
// There is none, whether the name is a table's or nobody's.
aws::OperationHandler describe_table_replica_auto_scaling(const Dependencies& dependencies);
aws::OperationHandler update_table_replica_auto_scaling(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
