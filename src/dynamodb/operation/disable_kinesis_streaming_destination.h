#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// DisableKinesisStreamingDestination.
aws::OperationHandler disable_kinesis_streaming_destination(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
