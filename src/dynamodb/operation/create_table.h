#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// CreateTable. The table is ACTIVE when this answers, though the answer says CREATING as on AWS.
aws::OperationHandler create_table(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
