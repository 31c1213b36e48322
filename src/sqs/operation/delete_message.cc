#include "sqs/operation/input.h"
#include "sqs/operation/operations.h"

namespace millrace::sqs::operation {

// A message that is gone already, or was received again since, is no error: as on AWS, deleting may
// be repeated.
aws::OperationHandler delete_message(QueueService& service) {
  return aws::async_json_operation(
      [&service](aws::ContextPtr context, json input, aws::JsonRespond respond) {
        auto queue = find_queue(service, *context, input);
        if (!queue) return respond(Unexpected(std::move(queue).error()));
        auto receipt = read_receipt(**queue, input);
        if (!receipt) return respond(Unexpected(std::move(receipt).error()));
        service.store().remove(*queue, {*receipt},
                               [context, respond = std::move(respond)](
                                   engine::Result<std::vector<ReceiptOutcome>> result) mutable {
                                 if (!result) {
                                   return respond(Unexpected(storage_error(
                                       result.error(), "delete a message", context->request_id)));
                                 }
                                 respond(json::object());
                               });
      });
}

aws::OperationHandler delete_message_batch(QueueService& service) {
  return aws::async_json_operation(
      [&service](aws::ContextPtr context, json input, aws::JsonRespond respond) {
        auto queue = find_queue(service, *context, input);
        if (!queue) return respond(Unexpected(std::move(queue).error()));
        auto entries = batch_entries(input, "DeleteMessageBatchRequestEntry");
        if (!entries) return respond(Unexpected(std::move(entries).error()));
        json output = {{"Successful", json::array()}, {"Failed", json::array()}};
        std::vector<Receipt> receipts;
        for (const json& entry : *entries) {
          auto id = entry.value("Id", "");
          auto receipt = read_receipt(**queue, entry);
          if (!receipt) {
            output["Failed"].push_back(failed_entry(id, receipt.error()));
            continue;
          }
          output["Successful"].push_back({{"Id", id}});
          receipts.push_back(*receipt);
        }
        if (receipts.empty()) return respond(std::move(output));
        service.store().remove(*queue, std::move(receipts),
                               [context, output = std::move(output), respond = std::move(respond)](
                                   engine::Result<std::vector<ReceiptOutcome>> result) mutable {
                                 if (!result) {
                                   return respond(Unexpected(storage_error(
                                       result.error(), "delete messages", context->request_id)));
                                 }
                                 respond(std::move(output));
                               });
      });
}

}  // namespace millrace::sqs::operation
