#include "sqs/operation/input.h"
#include "sqs/operation/operations.h"
#include "sqs/queue_attributes.h"

namespace millrace::sqs::operation {

aws::OperationHandler set_queue_attributes(QueueService& service) {
  return aws::async_json_operation([&service](aws::ContextPtr context, json input,
                                              aws::JsonRespond respond) {
    auto attributes = string_map(input, "Attributes");
    auto check = [&]() -> aws::Result<QueuePtr> {
      MILLRACE_TRY(QueuePtr queue, find_queue(service, *context, input));
      if (attributes.empty()) return missing_parameter("Attribute.Name");
      MILLRACE_CHECK_OK(check_attributes(attributes));
      MILLRACE_CHECK_OK(check_dead_letter_queue(service, attributes));
      return queue;
    };
    auto queue = check();
    if (!queue) return respond(Unexpected(std::move(queue).error()));
    auto change = [attributes = std::move(attributes)](Queue& changed) {
      for (const auto& [name, value] : attributes) {
        if (value.empty()) {
          changed.attributes.erase(name);
        } else {
          changed.attributes[name] = value;
        }
      }
    };
    service.catalog().update(*context, *queue, std::move(change),
                             [respond = std::move(respond)](aws::Result<QueuePtr> done) mutable {
                               if (!done) return respond(Unexpected(std::move(done).error()));
                               respond(json::object());
                             });
  });
}

}  // namespace millrace::sqs::operation
