// What the operations have in common: reading their input and telling what is wrong with it.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "aws/operation.h"
#include "sqs/queue_service.h"
#include "sqs/sqs_error.h"

namespace millrace::sqs::operation {

using nlohmann::json;
// Bounds of the Amazon SQS API reference.
inline constexpr size_t kBatchEntriesMax = 10;

// The queue that QueueUrl names, whatever host is in it: QueueDoesNotExist, InvalidAddress or
// MissingParameter.
aws::Result<QueuePtr> find_queue(QueueService& service, const aws::RequestContext& context,
                                 const json& input);

// A dead-letter queue must be there when a policy among the (checked) attributes names it.
aws::Result<void> check_dead_letter_queue(QueueService& service,
                                          const std::map<std::string, std::string>& attributes);

// An integer member. `text` is what is said after "Reason: " if it is out of range.
aws::Result<std::optional<int64_t>> integer_in_range(const json& input, const char* name,
                                                     int64_t least, int64_t most, const char* text);

// A map of strings; empty if absent.
std::map<std::string, std::string> string_map(const json& input, const char* name);
std::vector<std::string> string_list(const json& input, const char* name);

// InvalidParameterValue for a key or value that is too long, or too many.
aws::Result<void> check_tags(const std::string& queue_name,
                             const std::map<std::string, std::string>& tags);

// The receipt in a handle, if it is of this queue: ReceiptHandleIsInvalid.
aws::Result<Receipt> read_receipt(const Queue& queue, const json& input);

// The entries of a batch: their number and ids are checked. `operation` is in the texts.
aws::Result<json> batch_entries(const json& input, const std::string& entry_name);

// One line of a batch's Failed list.
json failed_entry(const std::string& id, const aws::ApiError& error);

}  // namespace millrace::sqs::operation
