#include "sqs/queue.h"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "sqs/queue_attributes.h"

namespace millrace::sqs {
namespace {

// Values have been checked when they were set.
int64_t number(const Queue& queue, std::string_view name) {
  return std::strtoll(queue.attribute(name).c_str(), nullptr, 10);
}

}  // namespace

std::string Queue::attribute(std::string_view attribute_name) const {
  auto found = attributes.find(std::string(attribute_name));
  return found != attributes.end() ? found->second : std::string(default_attribute(attribute_name));
}

std::chrono::seconds Queue::visibility_timeout() const {
  return std::chrono::seconds(number(*this, "VisibilityTimeout"));
}
std::chrono::seconds Queue::delay() const {
  return std::chrono::seconds(number(*this, "DelaySeconds"));
}
std::chrono::seconds Queue::retention() const {
  return std::chrono::seconds(number(*this, "MessageRetentionPeriod"));
}
std::chrono::seconds Queue::receive_wait() const {
  return std::chrono::seconds(number(*this, "ReceiveMessageWaitTimeSeconds"));
}
size_t Queue::message_bytes_max() const {
  return static_cast<size_t>(number(*this, "MaximumMessageSize"));
}

std::optional<RedrivePolicy> Queue::redrive_policy() const {
  auto found = attributes.find("RedrivePolicy");
  if (found == attributes.end() || found->second.empty()) return std::nullopt;
  auto document = nlohmann::json::parse(found->second, nullptr, false);
  if (!document.is_object()) return std::nullopt;
  RedrivePolicy policy;
  policy.dead_letter_arn = document.value("deadLetterTargetArn", "");
  const auto& count = document["maxReceiveCount"];
  policy.receives_max =
      count.is_string() ? std::atoi(count.get<std::string>().c_str()) : count.get<int>();
  return policy;
}

std::string queue_url(const Queue& queue, std::string_view host) {
  return "http://" + std::string(host) + '/' + queue.account + '/' + queue.name;
}

std::optional<QueueName> parse_queue_url(std::string_view url) {
  size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) {
    size_t path = url.find('/', scheme + 3);
    if (path == std::string_view::npos) return std::nullopt;
    url.remove_prefix(path);
  }
  while (url.starts_with('/')) url.remove_prefix(1);
  while (url.ends_with('/')) url.remove_suffix(1);
  size_t slash = url.rfind('/');
  if (slash == std::string_view::npos) {
    if (scheme != std::string_view::npos || url.empty()) return std::nullopt;
    return QueueName{"", std::string(url)};
  }
  // Behind a proxy the path may have a prefix: the last two parts count.
  size_t account = url.rfind('/', slash - 1);
  account = account == std::string_view::npos ? 0 : account + 1;
  return QueueName{std::string(url.substr(account, slash - account)),
                   std::string(url.substr(slash + 1))};
}

}  // namespace millrace::sqs
