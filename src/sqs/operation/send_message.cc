#include <algorithm>

#include "sqs/operation/input.h"
#include "sqs/operation/message_attributes.h"
#include "sqs/operation/operations.h"

namespace millrace::sqs::operation {
namespace {

constexpr size_t kBatchBytesMax = 1024 * 1024;  // since August 2025
constexpr size_t kGroupIdMax = 128;

struct Prepared {
  OutgoingMessage message;
  size_t size = 0;
  json answer;  // MessageId and digests
};

// Reads and checks one message of either operation.
aws::Result<Prepared> prepare(QueueService& service, const aws::RequestContext& context,
                              const Queue& queue, const json& input) {
  auto body = input.value("MessageBody", "");
  if (body.empty()) return missing_parameter("MessageBody");
  if (!is_allowed_text(body)) {
    return aws::api_error(400, "InvalidMessageContents",
                          "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD "
                          "| #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF");
  }
  MILLRACE_TRY(json attributes,
               read_message_attributes(input.value("MessageAttributes", json::object())));
  MILLRACE_TRY(json system_attributes,
               read_system_attributes(input.value("MessageSystemAttributes", json::object())));
  MILLRACE_TRY(auto delay, integer_in_range(input, "DelaySeconds", 0, 900,
                                            "DelaySeconds must be >= 0 and <= 900."));
  if (input.contains("MessageDeduplicationId")) {
    return invalid_value(input.value("MessageDeduplicationId", ""), "MessageDeduplicationId",
                         "The request include parameter that is not valid for this queue type");
  }
  Prepared prepared;
  prepared.size = body.size() + size_of_attributes(attributes);
  if (prepared.size > queue.message_bytes_max()) {
    return invalid_parameter(
        "One or more parameters are invalid. Reason: Message must be shorter "
        "than " +
        std::to_string(queue.message_bytes_max()) + " bytes.");
  }
  OutgoingMessage& message = prepared.message;
  message.id = service.random().uuid();
  message.delay = delay ? std::chrono::seconds(*delay) : queue.delay();
  message.content.group_id = input.value("MessageGroupId", "");
  if (message.content.group_id.size() > kGroupIdMax) {
    return invalid_value(message.content.group_id, "MessageGroupId",
                         "MessageGroupId can only include alphanumeric and punctuation characters. "
                         "1 to 128 in length.");
  }
  message.content.sender_id =
      context.access_key_id.empty() ? context.account : context.access_key_id;
  prepared.answer = {{"MessageId", message.id}, {"MD5OfMessageBody", body_digest(body)}};
  if (!attributes.empty()) {
    prepared.answer["MD5OfMessageAttributes"] = attributes_digest(attributes);
    message.content.attributes = attributes.dump();
  }
  if (!system_attributes.empty()) {
    prepared.answer["MD5OfMessageSystemAttributes"] = attributes_digest(system_attributes);
    message.content.system_attributes = system_attributes.dump();
  }
  message.content.body = std::move(body);
  return prepared;
}

}  // namespace

aws::OperationHandler send_message(QueueService& service) {
  return aws::async_json_operation(
      [&service](aws::ContextPtr context, json input, aws::JsonRespond respond) {
        auto queue = find_queue(service, *context, input);
        if (!queue) return respond(Unexpected(std::move(queue).error()));
        auto prepared = prepare(service, *context, **queue, input);
        if (!prepared) return respond(Unexpected(std::move(prepared).error()));
        service.store().send(*queue, {std::move(prepared->message)},
                             [context, answer = std::move(prepared->answer),
                              respond = std::move(respond)](engine::Result<void> result) mutable {
                               if (!result)
                                 return respond(Unexpected(storage_error(
                                     result.error(), "send a message", context->request_id)));
                               respond(std::move(answer));
                             });
      });
}

aws::OperationHandler send_message_batch(QueueService& service) {
  return aws::async_json_operation([&service](aws::ContextPtr context, json input,
                                              aws::JsonRespond respond) {
    auto queue = find_queue(service, *context, input);
    if (!queue) return respond(Unexpected(std::move(queue).error()));
    auto entries = batch_entries(input, "SendMessageBatchRequestEntry");
    if (!entries) return respond(Unexpected(std::move(entries).error()));
    json successful = json::array();
    json failed = json::array();
    std::vector<OutgoingMessage> messages;
    size_t size = 0;
    for (const json& entry : *entries) {
      auto id = entry.value("Id", "");
      auto prepared = prepare(service, *context, **queue, entry);
      if (!prepared) {
        failed.push_back(failed_entry(id, prepared.error()));
        continue;
      }
      size += prepared->size;
      prepared->answer["Id"] = id;
      successful.push_back(std::move(prepared->answer));
      messages.push_back(std::move(prepared->message));
    }
    if (size > kBatchBytesMax) {
      return respond(aws::api_error(400, "BatchRequestTooLong",
                                    "Batch requests cannot be longer than 1048576 bytes. You have "
                                    "sent " +
                                        std::to_string(size) + " bytes."));
    }
    json output = {{"Successful", std::move(successful)}, {"Failed", std::move(failed)}};
    if (messages.empty()) return respond(std::move(output));
    service.store().send(*queue, std::move(messages),
                         [context, output = std::move(output),
                          respond = std::move(respond)](engine::Result<void> result) mutable {
                           if (!result)
                             return respond(Unexpected(storage_error(
                                 result.error(), "send messages", context->request_id)));
                           respond(std::move(output));
                         });
  });
}

}  // namespace millrace::sqs::operation
