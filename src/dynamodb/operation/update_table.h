#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// UpdateTable: throughput, billing, stream, global indexes, table class, deletion protection, encryption.
aws::OperationHandler update_table(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
