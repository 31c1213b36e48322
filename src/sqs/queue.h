// A queue as the catalog keeps it. Immutable: a change makes a new one.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "engine/engine.h"

namespace millrace::sqs {

// What happens to a message that was received too often.
struct RedrivePolicy {
  std::string dead_letter_arn;
  int receives_max = 0;
};

struct Queue {
  std::string partition = "aws";
  std::string account;
  std::string region;
  std::string name;
  engine::CellId cell{};  // of its messages; also its number in their keys
  // As set by the user: "VisibilityTimeout" -> "30". What is not here has its default.
  std::map<std::string, std::string> attributes;
  std::map<std::string, std::string> tags;
  Timestamp created;
  Timestamp modified;
  uint64_t revision = 1;  // rises with every change

  std::string arn() const {
    return "arn:" + partition + ":sqs:" + region + ':' + account + ':' + name;
  }
  // The value of a settable attribute, or its default.
  std::string attribute(std::string_view attribute_name) const;
  std::chrono::seconds visibility_timeout() const;
  std::chrono::seconds delay() const;
  std::chrono::seconds retention() const;
  std::chrono::seconds receive_wait() const;
  size_t message_bytes_max() const;
  std::optional<RedrivePolicy> redrive_policy() const;
};
using QueuePtr = std::shared_ptr<const Queue>;

// "http://HOST/ACCOUNT/NAME", reachable by whoever reached the server as `host`.
std::string queue_url(const Queue& queue, std::string_view host);

struct QueueName {
  std::string account;
  std::string name;
};
// From a queue URL with any scheme and host ("http://x:1/000000000000/jobs"), or a bare name, whose
// account is left empty. Nothing if it is neither.
std::optional<QueueName> parse_queue_url(std::string_view url);

}  // namespace millrace::sqs
