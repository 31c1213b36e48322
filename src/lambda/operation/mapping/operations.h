// The operations of Lambda that are about event source mappings, a file for each. The manager does
// the work; here the input is checked in AWS's order and answered in AWS's words.
#pragma once

#include "aws/operation.h"
#include "dynamodb/stream/stream_store.h"
#include "lambda/function/function_directory.h"
#include "lambda/trigger/destination.h"
#include "lambda/trigger/mapping_manager.h"

namespace millrace::lambda::operation {

// What the handlers work with; all of it must outlive them.
struct MappingDependencies {
  MappingManager& manager;
  const dynamodb::stream::StreamStore& streams;
  const FunctionDirectory& functions;
  const Destination& destination;
};

// Adds all of them as service "lambda".
void register_mapping_operations(aws::OperationRegistry& registry,
                                 const MappingDependencies& dependencies);

aws::OperationHandler create_event_source_mapping(const MappingDependencies& dependencies);
aws::OperationHandler get_event_source_mapping(const MappingDependencies& dependencies);
aws::OperationHandler list_event_source_mappings(const MappingDependencies& dependencies);
aws::OperationHandler update_event_source_mapping(const MappingDependencies& dependencies);
aws::OperationHandler delete_event_source_mapping(const MappingDependencies& dependencies);

}  // namespace millrace::lambda::operation
