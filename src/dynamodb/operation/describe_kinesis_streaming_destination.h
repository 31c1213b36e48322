#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// DescribeKinesisStreamingDestination: the active one, and those that were.
aws::OperationHandler describe_kinesis_streaming_destination(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
