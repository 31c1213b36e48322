#include <algorithm>

#include "sqs/operation/input.h"
#include "sqs/operation/operations.h"
#include "sqs/queue_attributes.h"

namespace millrace::sqs::operation {
namespace {

constexpr size_t kNameCharactersMax = 80;

aws::Result<void> check_name(const std::string& name) {
  bool valid = !name.empty() && name.size() <= kNameCharactersMax &&
               std::all_of(name.begin(), name.end(), [](unsigned char c) {
                 return std::isalnum(c) != 0 || c == '-' || c == '_';
               });
  if (name.ends_with(".fifo")) {
    return unsupported("FIFO queues are not supported: the queue name can not end in .fifo.");
  }
  if (!valid) {
    return invalid_parameter(
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
  }
  return {};
}

}  // namespace

aws::OperationHandler create_queue(QueueService& service) {
  return aws::async_json_operation(
      [&service](aws::ContextPtr context, json input, aws::JsonRespond respond) {
        auto name = input.value("QueueName", "");
        auto attributes = string_map(input, "Attributes");
        auto tags = string_map(input, "tags");
        auto check = [&]() -> aws::Result<void> {
          if (!input.contains("QueueName")) return missing_parameter("QueueName");
          MILLRACE_CHECK_OK(check_name(name));
          MILLRACE_CHECK_OK(check_attributes(attributes));
          MILLRACE_CHECK_OK(check_tags(name, tags));
          return check_dead_letter_queue(service, attributes);
        };
        if (auto valid = check(); !valid) return respond(Unexpected(std::move(valid).error()));
        std::erase_if(attributes, [](const auto& attribute) { return attribute.second.empty(); });
        service.catalog().create(
            *context, name, std::move(attributes), std::move(tags),
            [context, respond = std::move(respond)](aws::Result<QueuePtr> queue) mutable {
              if (!queue) return respond(Unexpected(std::move(queue).error()));
              respond(json{{"QueueUrl", queue_url(**queue, context->host)}});
            });
      });
}

}  // namespace millrace::sqs::operation
