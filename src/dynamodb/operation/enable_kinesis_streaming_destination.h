#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// EnableKinesisStreamingDestination: at most one that is active; kept, nothing is delivered.
aws::OperationHandler enable_kinesis_streaming_destination(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
