// The operations of CloudWatch Logs: one file for those of one subject.
#pragma once

#include "aws/operation.h"
#include "base/clock.h"
#include "logs/log_store.h"

namespace millrace::logs::operation {

// Must outlive the handlers.
struct Dependencies {
  LogStore& store;
  const Clock& clock;
};

// Adds all of them as service "logs".
void register_operations(aws::OperationRegistry& registry, const Dependencies& dependencies);

aws::OperationHandler create_log_group(const Dependencies& dependencies);
aws::OperationHandler delete_log_group(const Dependencies& dependencies);
aws::OperationHandler describe_log_groups(const Dependencies& dependencies);
aws::OperationHandler put_retention_policy(const Dependencies& dependencies);
aws::OperationHandler delete_retention_policy(const Dependencies& dependencies);

aws::OperationHandler create_log_stream(const Dependencies& dependencies);
aws::OperationHandler delete_log_stream(const Dependencies& dependencies);
aws::OperationHandler describe_log_streams(const Dependencies& dependencies);

aws::OperationHandler put_log_events(const Dependencies& dependencies);
aws::OperationHandler get_log_events(const Dependencies& dependencies);
aws::OperationHandler filter_log_events(const Dependencies& dependencies);

aws::OperationHandler tag_resource(const Dependencies& dependencies);
aws::OperationHandler untag_resource(const Dependencies& dependencies);
aws::OperationHandler list_tags_for_resource(const Dependencies& dependencies);
// The same by the group's name, as older clients call it.
aws::OperationHandler tag_log_group(const Dependencies& dependencies);
aws::OperationHandler untag_log_group(const Dependencies& dependencies);
aws::OperationHandler list_tags_log_group(const Dependencies& dependencies);

}  // namespace millrace::logs::operation
