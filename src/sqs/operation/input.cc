#include "sqs/operation/input.h"

#include <algorithm>
#include <set>

#include "aws/protocol/service.h"

namespace millrace::sqs::operation {
namespace {

constexpr size_t kTagsMax = 50;
// 128 and 256 characters, of up to four bytes.
constexpr size_t kTagKeyBytesMax = 4 * 128;
constexpr size_t kTagValueBytesMax = 4 * 256;

bool is_batch_id(const std::string& id) {
  return !id.empty() && id.size() <= 80 && std::all_of(id.begin(), id.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  });
}

}  // namespace

aws::Result<QueuePtr> find_queue(QueueService& service, const aws::RequestContext& context,
                                 const json& input) {
  auto url = input.find("QueueUrl");
  if (url == input.end() || url->get<std::string>().empty()) return missing_parameter("QueueUrl");
  auto name = parse_queue_url(url->get<std::string>());
  if (!name) {
    return aws::api_error(
        400, "InvalidAddress",
        "The address " + url->get<std::string>() + " is not valid for this endpoint.");
  }
  const std::string& account = name->account.empty() ? context.account : name->account;
  QueuePtr queue = service.catalog().find(account, context.region, name->name);
  if (queue == nullptr) return queue_does_not_exist();
  return queue;
}

aws::Result<void> check_dead_letter_queue(QueueService& service,
                                          const std::map<std::string, std::string>& attributes) {
  auto text = attributes.find("RedrivePolicy");
  if (text == attributes.end() || text->second.empty()) return {};
  auto arn = json::parse(text->second).at("deadLetterTargetArn").get<std::string>();
  if (service.catalog().find_arn(arn) == nullptr) {
    return invalid_value(text->second, "RedrivePolicy", "Dead letter target does not exist.");
  }
  return {};
}

aws::Result<std::optional<int64_t>> integer_in_range(const json& input, const char* name,
                                                     int64_t least, int64_t most,
                                                     const char* text) {
  auto found = input.find(name);
  if (found == input.end() || found->is_null()) return std::optional<int64_t>();
  auto number = found->get<int64_t>();
  if (number < least || number > most) return invalid_value(std::to_string(number), name, text);
  return std::optional(number);
}

std::map<std::string, std::string> string_map(const json& input, const char* name) {
  auto found = input.find(name);
  if (found == input.end() || found->is_null()) return {};
  return found->get<std::map<std::string, std::string>>();
}

std::vector<std::string> string_list(const json& input, const char* name) {
  auto found = input.find(name);
  if (found == input.end() || found->is_null()) return {};
  return found->get<std::vector<std::string>>();
}

aws::Result<void> check_tags(const std::string& queue_name,
                             const std::map<std::string, std::string>& tags) {
  if (tags.size() > kTagsMax) {
    return invalid_parameter("Too many tags added for queue " + queue_name +
                             ". Maximum number of tags is 50.");
  }
  for (const auto& [key, value] : tags) {
    if (key.empty() || key.size() > kTagKeyBytesMax) {
      return invalid_parameter("Tag keys must be between 1 and 128 characters in length.");
    }
    if (value.size() > kTagValueBytesMax) {
      return invalid_parameter("Tag values must be between 0 and 256 characters in length.");
    }
  }
  return {};
}

aws::Result<Receipt> read_receipt(const Queue& queue, const json& input) {
  auto handle = input.find("ReceiptHandle");
  if (handle == input.end()) return missing_parameter("ReceiptHandle");
  auto receipt = parse_handle(handle->get<std::string>());
  if (!receipt || receipt->cell != static_cast<uint64_t>(queue.cell)) {
    return invalid_receipt_handle(handle->get<std::string>());
  }
  return *receipt;
}

aws::Result<json> batch_entries(const json& input, const std::string& entry_name) {
  json entries = input.value("Entries", json::array());
  if (entries.empty()) {
    return aws::api_error(400, "EmptyBatchRequest",
                          "There should be at least one " + entry_name + " in the request.");
  }
  if (entries.size() > kBatchEntriesMax) {
    return aws::api_error(400, "TooManyEntriesInBatchRequest",
                          "Maximum number of entries per request are 10. You have sent " +
                              std::to_string(entries.size()) + '.');
  }
  std::set<std::string> ids;
  for (const json& entry : entries) {
    auto id = entry.value("Id", "");
    if (!is_batch_id(id)) {
      return aws::api_error(
          400, "InvalidBatchEntryId",
          "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It "
          "can be at most 80 letters long.");
    }
    if (!ids.insert(id).second) {
      return aws::api_error(400, "BatchEntryIdsNotDistinct", "Id " + id + " repeated.");
    }
  }
  return entries;
}

json failed_entry(const std::string& id, const aws::ApiError& error) {
  static const aws::Service& service = *aws::find_service("sqs");
  return {{"Id", id},
          {"SenderFault", error.http_status < 500},
          {"Code", std::string(aws::query_error_code(service, error.type))},
          {"Message", error.message}};
}

}  // namespace millrace::sqs::operation
