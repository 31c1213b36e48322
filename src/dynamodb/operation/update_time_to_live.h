#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// UpdateTimeToLive.
aws::OperationHandler update_time_to_live(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
