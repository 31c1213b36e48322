#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// DescribeContinuousBackups: point-in-time recovery is off.
aws::OperationHandler describe_continuous_backups(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
