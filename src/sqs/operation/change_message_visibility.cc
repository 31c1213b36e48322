#include "sqs/operation/input.h"
#include "sqs/operation/operations.h"

namespace millrace::sqs::operation {
namespace {

aws::Result<MessageStore::VisibilityChange> read_change(const Queue& queue, const json& input) {
  MILLRACE_TRY(Receipt receipt, read_receipt(queue, input));
  MILLRACE_TRY(auto timeout,
               integer_in_range(input, "VisibilityTimeout", 0, 43200,
                                "VisibilityTimeout must be an integer between 0 and 43200."));
  if (!timeout) return missing_parameter("VisibilityTimeout");
  return MessageStore::VisibilityChange{receipt, std::chrono::seconds(*timeout)};
}

aws::Result<void> to_result(ReceiptOutcome outcome, const json& input) {
  if (outcome == ReceiptOutcome::kNotThere) {
    return invalid_value(input.value("ReceiptHandle", ""), "ReceiptHandle",
                         "Message does not exist or is not available for visibility timeout "
                         "change.");
  }
  if (outcome == ReceiptOutcome::kNotInFlight) {
    return aws::api_error(400, "MessageNotInflight", "The specified message isn't in flight.");
  }
  return {};
}

}  // namespace

aws::OperationHandler change_message_visibility(QueueService& service) {
  return aws::async_json_operation(
      [&service](aws::ContextPtr context, json input, aws::JsonRespond respond) {
        auto queue = find_queue(service, *context, input);
        if (!queue) return respond(Unexpected(std::move(queue).error()));
        auto change = read_change(**queue, input);
        if (!change) return respond(Unexpected(std::move(change).error()));
        auto finish = [context, input = std::move(input), respond = std::move(respond)](
                          engine::Result<std::vector<ReceiptOutcome>> result) mutable {
          if (!result) {
            return respond(Unexpected(storage_error(result.error(), "change a message's visibility",
                                                    context->request_id)));
          }
          auto outcome = to_result(result->front(), input);
          if (!outcome) return respond(Unexpected(std::move(outcome).error()));
          respond(json::object());
        };
        service.store().change_visibility(*queue, {*change}, std::move(finish));
      });
}

aws::OperationHandler change_message_visibility_batch(QueueService& service) {
  return aws::async_json_operation([&service](aws::ContextPtr context, json input,
                                              aws::JsonRespond respond) {
    auto queue = find_queue(service, *context, input);
    if (!queue) return respond(Unexpected(std::move(queue).error()));
    auto entries = batch_entries(input, "ChangeMessageVisibilityBatchRequestEntry");
    if (!entries) return respond(Unexpected(std::move(entries).error()));
    json output = {{"Successful", json::array()}, {"Failed", json::array()}};
    std::vector<MessageStore::VisibilityChange> changes;
    json valid = json::array();
    for (json& entry : *entries) {
      auto change = read_change(**queue, entry);
      if (!change) {
        output["Failed"].push_back(failed_entry(entry.value("Id", ""), change.error()));
        continue;
      }
      changes.push_back(*change);
      valid.push_back(std::move(entry));
    }
    if (changes.empty()) return respond(std::move(output));
    auto finish = [context, output = std::move(output), valid = std::move(valid),
                   respond = std::move(respond)](
                      engine::Result<std::vector<ReceiptOutcome>> result) mutable {
      if (!result) {
        return respond(
            Unexpected(storage_error(result.error(), "change visibility", context->request_id)));
      }
      for (size_t i = 0; i < valid.size(); ++i) {
        auto id = valid[i].value("Id", "");
        auto outcome = to_result((*result)[i], valid[i]);
        if (outcome) {
          output["Successful"].push_back({{"Id", id}});
        } else {
          output["Failed"].push_back(failed_entry(id, outcome.error()));
        }
      }
      respond(std::move(output));
    };
    service.store().change_visibility(*queue, std::move(changes), std::move(finish));
  });
}

}  // namespace millrace::sqs::operation
