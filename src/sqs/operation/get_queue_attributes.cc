#include <algorithm>

#include "sqs/operation/input.h"
#include "sqs/operation/operations.h"
#include "sqs/queue_attributes.h"

namespace millrace::sqs::operation {
namespace {

constexpr const char* kWithDefaults[] = {"VisibilityTimeout",
                                         "MaximumMessageSize",
                                         "MessageRetentionPeriod",
                                         "DelaySeconds",
                                         "ReceiveMessageWaitTimeSeconds",
                                         "SqsManagedSseEnabled"};

std::map<std::string, std::string> all_attributes(const Queue& queue, const MessageCounts& counts) {
  std::map<std::string, std::string> all = queue.attributes;
  for (const char* name : kWithDefaults) all[name] = queue.attribute(name);
  all["QueueArn"] = queue.arn();
  all["CreatedTimestamp"] = std::to_string(to_unix_seconds(queue.created));
  all["LastModifiedTimestamp"] = std::to_string(to_unix_seconds(queue.modified));
  all["ApproximateNumberOfMessages"] = std::to_string(counts.visible);
  all["ApproximateNumberOfMessagesNotVisible"] = std::to_string(counts.in_flight);
  all["ApproximateNumberOfMessagesDelayed"] = std::to_string(counts.delayed);
  return all;
}

bool needs_counting(const std::string& name) {
  return name == "All" || name.starts_with("ApproximateNumberOf");
}

json selected(const std::map<std::string, std::string>& all,
              const std::vector<std::string>& names) {
  json attributes = json::object();
  bool everything = std::find(names.begin(), names.end(), "All") != names.end();
  for (const auto& [name, value] : all) {
    if (everything || std::find(names.begin(), names.end(), name) != names.end()) {
      attributes[name] = value;
    }
  }
  // AWS leaves the member out when nothing was selected.
  return attributes.empty() ? json::object() : json{{"Attributes", std::move(attributes)}};
}

}  // namespace

aws::OperationHandler get_queue_attributes(QueueService& service) {
  return aws::async_json_operation([&service](aws::ContextPtr context, json input,
                                              aws::JsonRespond respond) {
    auto queue = find_queue(service, *context, input);
    if (!queue) return respond(Unexpected(std::move(queue).error()));
    auto names = string_list(input, "AttributeNames");
    for (const std::string& name : names) {
      if (is_attribute(name)) continue;
      return respond(
          aws::api_error(400, "InvalidAttributeName", "Unknown Attribute " + name + '.'));
    }
    // Counting reads the messages: only for those who ask.
    if (std::none_of(names.begin(), names.end(), needs_counting)) {
      return respond(selected(all_attributes(**queue, {}), names));
    }
    service.store().count(
        *queue, [context, queue = *queue, names = std::move(names),
                 respond = std::move(respond)](engine::Result<MessageCounts> counts) mutable {
          if (!counts)
            return respond(
                Unexpected(storage_error(counts.error(), "count messages", context->request_id)));
          respond(selected(all_attributes(*queue, *counts), names));
        });
  });
}

}  // namespace millrace::sqs::operation
