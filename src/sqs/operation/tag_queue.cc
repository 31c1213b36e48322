#include "sqs/operation/input.h"
#include "sqs/operation/operations.h"

namespace millrace::sqs::operation {
namespace {

aws::OperationHandler change_tags(QueueService& service,
                                  std::function<void(const json&, Queue&)> change) {
  return aws::async_json_operation([&service, change = std::move(change)](
                                       aws::ContextPtr context, json input,
                                       aws::JsonRespond respond) {
    auto queue = find_queue(service, *context, input);
    if (!queue) return respond(Unexpected(std::move(queue).error()));
    Queue changed = **queue;
    change(input, changed);
    auto valid = check_tags(changed.name, changed.tags);
    if (!valid) return respond(Unexpected(std::move(valid).error()));
    auto apply = [input = std::move(input), change](Queue& current) { change(input, current); };
    service.catalog().update(*context, *queue, std::move(apply),
                             [respond = std::move(respond)](aws::Result<QueuePtr> done) mutable {
                               if (!done) return respond(Unexpected(std::move(done).error()));
                               respond(json::object());
                             });
  });
}

}  // namespace

aws::OperationHandler tag_queue(QueueService& service) {
  return change_tags(service, [](const json& input, Queue& queue) {
    for (const auto& [key, value] : string_map(input, "Tags")) queue.tags[key] = value;
  });
}

aws::OperationHandler untag_queue(QueueService& service) {
  return change_tags(service, [](const json& input, Queue& queue) {
    for (const std::string& key : string_list(input, "TagKeys")) queue.tags.erase(key);
  });
}

aws::OperationHandler list_queue_tags(QueueService& service) {
  return aws::json_operation(
      [&service](const aws::RequestContext& context, const json& input) -> aws::Result<json> {
        MILLRACE_TRY(QueuePtr queue, find_queue(service, context, input));
        return queue->tags.empty() ? json::object() : json{{"Tags", queue->tags}};
      });
}

}  // namespace millrace::sqs::operation
