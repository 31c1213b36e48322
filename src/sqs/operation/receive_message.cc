#include <algorithm>

#include "sqs/operation/input.h"
#include "sqs/operation/operations.h"

namespace millrace::sqs::operation {
namespace {

// What the client wants to see of each message.
struct Selection {
  std::vector<std::string> system_attributes;
  std::vector<std::string> attributes;  // names, "All", ".*", or "prefix.*"
};

bool selects(const std::vector<std::string>& wanted, const std::string& name) {
  return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& pattern) {
    if (pattern == "All" || pattern == ".*" || pattern == name) return true;
    return pattern.ends_with(".*") && name.starts_with(pattern.substr(0, pattern.size() - 2));
  });
}

json system_attributes(const Message& message, const std::vector<std::string>& wanted) {
  const MessageState& state = message.state;
  json all = {
      {"SenderId", message.content.sender_id},
      {"SentTimestamp", std::to_string(to_unix_millis(state.sent))},
      {"ApproximateReceiveCount", std::to_string(state.earlier_receives + state.receive_count)},
      {"ApproximateFirstReceiveTimestamp", std::to_string(to_unix_millis(state.first_received))}};
  if (!state.dead_letter_source.empty()) {
    all["DeadLetterQueueSourceArn"] = state.dead_letter_source;
  }
  if (!message.content.group_id.empty()) all["MessageGroupId"] = message.content.group_id;
  if (!message.content.system_attributes.empty()) {
    json given = json::parse(message.content.system_attributes);
    for (const auto& [name, attribute] : given.items()) {
      all[name] = attribute.value("StringValue", "");
    }
  }
  json chosen = json::object();
  for (const auto& [name, value] : all.items()) {
    if (selects(wanted, name)) chosen[name] = value;
  }
  return chosen;
}

json to_json(const Queue& queue, const Message& message, const Selection& selection) {
  json output = {{"MessageId", message.state.id},
                 {"ReceiptHandle", to_handle({static_cast<uint64_t>(queue.cell), message.sequence,
                                              message.state.receipt})},
                 {"MD5OfBody", body_digest(message.content.body)},
                 {"Body", message.content.body}};
  json system = system_attributes(message, selection.system_attributes);
  if (!system.empty()) output["Attributes"] = std::move(system);
  if (message.content.attributes.empty()) return output;
  json chosen = json::object();
  json given = json::parse(message.content.attributes);
  for (const auto& [name, attribute] : given.items()) {
    if (selects(selection.attributes, name)) chosen[name] = attribute;
  }
  if (chosen.empty()) return output;
  // Of what is returned, which may be a part of what was sent.
  output["MD5OfMessageAttributes"] = attributes_digest(chosen);
  output["MessageAttributes"] = std::move(chosen);
  return output;
}

struct Request {
  QueuePtr queue;
  ReceiveOptions options;
  std::chrono::seconds wait{0};
  Selection selection;
};

aws::Result<Request> read_request(QueueService& service, const aws::RequestContext& context,
                                  const json& input) {
  Request request;
  MILLRACE_TRY(request.queue, find_queue(service, context, input));
  MILLRACE_TRY(auto messages_max, integer_in_range(input, "MaxNumberOfMessages", 1, 10,
                                                   "Must be between 1 and 10, if provided."));
  MILLRACE_TRY(auto wait, integer_in_range(input, "WaitTimeSeconds", 0, 20,
                                           "Must be >= 0 and <= 20, if provided."));
  MILLRACE_TRY(auto visibility, integer_in_range(input, "VisibilityTimeout", 0, 43200,
                                                 "Must be between 0 and 43200, if provided."));
  request.options.messages_max = static_cast<int>(messages_max.value_or(1));
  request.options.visibility_timeout =
      visibility ? std::chrono::seconds(*visibility) : request.queue->visibility_timeout();
  request.wait = wait ? std::chrono::seconds(*wait) : request.queue->receive_wait();
  request.selection.attributes = string_list(input, "MessageAttributeNames");
  request.selection.system_attributes = string_list(input, "MessageSystemAttributeNames");
  // The older name of the same member.
  for (std::string& name : string_list(input, "AttributeNames")) {
    request.selection.system_attributes.push_back(std::move(name));
  }
  return request;
}

}  // namespace

aws::OperationHandler receive_message(QueueService& service) {
  return aws::async_json_operation([&service](aws::ContextPtr context, json input,
                                              aws::JsonRespond respond) {
    auto request = read_request(service, *context, input);
    if (!request) return respond(Unexpected(std::move(request).error()));
    auto finish = [context, queue = request->queue, selection = std::move(request->selection),
                   respond =
                       std::move(respond)](engine::Result<std::vector<Message>> messages) mutable {
      if (!messages) {
        return respond(
            Unexpected(storage_error(messages.error(), "receive messages", context->request_id)));
      }
      json list = json::array();
      for (const Message& message : *messages) {
        list.push_back(to_json(*queue, message, selection));
      }
      // AWS leaves the member out when there is none.
      respond(list.empty() ? json::object() : json{{"Messages", std::move(list)}});
    };
    service.receiver().receive(request->queue, std::move(request->options), request->wait,
                               std::move(finish));
  });
}

}  // namespace millrace::sqs::operation
