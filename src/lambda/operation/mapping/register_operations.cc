#include "lambda/operation/mapping/operations.h"

namespace millrace::lambda::operation {

void register_mapping_operations(aws::OperationRegistry& registry, const MappingDependencies& d) {
  registry.add("lambda", "CreateEventSourceMapping", create_event_source_mapping(d));
  registry.add("lambda", "GetEventSourceMapping", get_event_source_mapping(d));
  registry.add("lambda", "ListEventSourceMappings", list_event_source_mappings(d));
  registry.add("lambda", "UpdateEventSourceMapping", update_event_source_mapping(d));
  registry.add("lambda", "DeleteEventSourceMapping", delete_event_source_mapping(d));
}

}  // namespace millrace::lambda::operation
