#include "sqs/queue_attributes.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "aws/json_text.h"
#include "sqs/sqs_error.h"

namespace millrace::sqs {
namespace {

// Ranges and defaults: Amazon SQS API reference, SetQueueAttributes. The largest message has been
// 1 MiB since August 2025.
struct NumberAttribute {
  std::string_view name;
  int64_t least;
  int64_t most;
  std::string_view default_value;
};
constexpr NumberAttribute kNumbers[] = {
    {"VisibilityTimeout", 0, 43200, "30"},
    {"MaximumMessageSize", 1024, 1048576, "1048576"},
    {"MessageRetentionPeriod", 60, 1209600, "345600"},
    {"DelaySeconds", 0, 900, "0"},
    {"ReceiveMessageWaitTimeSeconds", 0, 20, "0"},
    {"KmsDataKeyReusePeriodSeconds", 60, 86400, ""},
};

constexpr std::string_view kTexts[] = {"Policy", "RedrivePolicy", "RedriveAllowPolicy",
                                       "KmsMasterKeyId", "SqsManagedSseEnabled"};
constexpr std::string_view kReadOnly[] = {"All",
                                          "QueueArn",
                                          "CreatedTimestamp",
                                          "LastModifiedTimestamp",
                                          "ApproximateNumberOfMessages",
                                          "ApproximateNumberOfMessagesNotVisible",
                                          "ApproximateNumberOfMessagesDelayed"};
constexpr std::string_view kFifo[] = {"FifoQueue", "ContentBasedDeduplication",
                                      "DeduplicationScope", "FifoThroughputLimit"};
constexpr int kReceivesMax = 1000;
// Policies are limited to 20,480 bytes by IAM; the others are much shorter.
constexpr size_t kTextBytesMax = 20480;

template <size_t N>
bool contains(const std::string_view (&names)[N], std::string_view name) {
  for (std::string_view known : names) {
    if (known == name) return true;
  }
  return false;
}

std::optional<int64_t> to_integer(std::string_view text) {
  int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Unexpected<aws::ApiError> invalid_attribute(std::string_view name) {
  return aws::api_error(400, "InvalidAttributeValue",
                        "Invalid value for the parameter " + std::string(name) + '.');
}

aws::Result<void> check_redrive_policy(const std::string& text) {
  if (text.empty()) return {};  // takes the policy away
  auto policy = aws::parse_json(text);
  if (!policy.is_object()) {
    return invalid_value(text, "RedrivePolicy", "Redrive policy is not a valid JSON map.");
  }
  for (const char* member : {"maxReceiveCount", "deadLetterTargetArn"}) {
    if (!policy.contains(member)) {
      return invalid_value(
          text, "RedrivePolicy",
          "Redrive policy does not contain mandatory attribute: " + std::string(member) + '.');
    }
  }
  const auto& given = policy["maxReceiveCount"];
  auto count = given.is_string()           ? to_integer(given.get<std::string>())
               : given.is_number_integer() ? std::optional(given.get<int64_t>())
                                           : std::nullopt;
  if (!count || *count < 1 || *count > kReceivesMax) {
    return invalid_value(text, "RedrivePolicy",
                         "Invalid value for maxReceiveCount: " + given.dump() +
                             ", valid values are from 1 to 1000 both inclusive.");
  }
  if (!policy["deadLetterTargetArn"].is_string()) {
    return invalid_value(text, "RedrivePolicy", "Invalid value for deadLetterTargetArn.");
  }
  return {};
}

}  // namespace

std::string_view default_attribute(std::string_view name) {
  for (const NumberAttribute& number : kNumbers) {
    if (number.name == name) return number.default_value;
  }
  if (name == "SqsManagedSseEnabled") return "true";
  return {};
}

bool is_attribute(std::string_view name) {
  for (const NumberAttribute& number : kNumbers) {
    if (number.name == name) return true;
  }
  return contains(kTexts, name) || contains(kReadOnly, name) || contains(kFifo, name);
}

aws::Result<void> check_attributes(const std::map<std::string, std::string>& attributes) {
  for (const auto& [name, value] : attributes) {
    const NumberAttribute* number = nullptr;
    for (const NumberAttribute& known : kNumbers) {
      if (known.name == name) number = &known;
    }
    if (number != nullptr) {
      auto parsed = to_integer(value);
      if (!parsed || *parsed < number->least || *parsed > number->most) {
        return invalid_attribute(name);
      }
    } else if (name == "FifoQueue" && value == "false") {
      return aws::api_error(400, "InvalidAttributeName", "Unknown Attribute FifoQueue.");
    } else if (contains(kFifo, name)) {
      return unsupported("FIFO queues are not supported: the attribute " + name +
                         " can not be set.");
    } else if (name == "SqsManagedSseEnabled") {
      if (value != "true" && value != "false") return invalid_attribute(name);
    } else if (!contains(kTexts, name)) {
      return aws::api_error(400, "InvalidAttributeName", "Unknown Attribute " + name + '.');
    }
    if (value.size() > kTextBytesMax) return invalid_attribute(name);
    if (name == "RedrivePolicy") MILLRACE_CHECK_OK(check_redrive_policy(value));
  }
  return {};
}

}  // namespace millrace::sqs
