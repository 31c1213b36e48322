#include "sqs/operation/input.h"
#include "sqs/operation/operations.h"

namespace millrace::sqs::operation {

aws::OperationHandler delete_queue(QueueService& service) {
  return aws::async_json_operation(
      [&service](aws::ContextPtr context, json input, aws::JsonRespond respond) {
        auto queue = find_queue(service, *context, input);
        if (!queue) return respond(Unexpected(std::move(queue).error()));
        service.catalog().remove(
            *context, *queue,
            [&service, respond = std::move(respond)](aws::Result<QueuePtr> removed) mutable {
              if (!removed) return respond(Unexpected(std::move(removed).error()));
              service.receiver().release((*removed)->cell);
              service.sweeper().look_soon();
              respond(json::object());
            });
      });
}

aws::OperationHandler purge_queue(QueueService& service) {
  return aws::async_json_operation(
      [&service](aws::ContextPtr context, json input, aws::JsonRespond respond) {
        auto queue = find_queue(service, *context, input);
        if (!queue) return respond(Unexpected(std::move(queue).error()));
        service.store().purge(*queue, [&service, context, respond = std::move(respond)](
                                          engine::Result<void> result) mutable {
          if (!result)
            return respond(
                Unexpected(storage_error(result.error(), "purge a queue", context->request_id)));
          service.sweeper().look_soon();
          respond(json::object());
        });
      });
}

}  // namespace millrace::sqs::operation
