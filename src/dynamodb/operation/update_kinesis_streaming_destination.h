#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// UpdateKinesisStreamingDestination: the precision of the active one's times.
aws::OperationHandler update_kinesis_streaming_destination(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
