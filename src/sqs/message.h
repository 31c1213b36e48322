// A message, how it is kept, and the digests that clients check.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace millrace::sqs {

// What the sender gave; never changes.
struct MessageContent {
  std::string body;
  std::string attributes;         // MessageAttributes as JSON text; empty for none
  std::string system_attributes;  // MessageSystemAttributes, the same way
  std::string group_id;
  std::string sender_id;
};

// What the queue keeps about it; changes with every receive.
struct MessageState {
  std::string id;
  Timestamp sent;
  Timestamp visible_at;
  uint32_t receive_count = 0;     // from this queue: what a redrive policy counts
  uint32_t earlier_receives = 0;  // from the queues that it was in before
  Timestamp first_received;       // if it has been
  uint64_t receipt = 0;           // of the last receive; 0 before the first
  uint32_t chunks = 0;            // pieces that the content is kept in
  uint64_t content_bytes = 0;
  std::string dead_letter_source;  // ARN of the queue that it was moved from; usually empty

  bool received() const { return receive_count > 0; }
};

struct Message {
  uint64_t sequence = 0;  // within the queue
  MessageState state;
  MessageContent content;
};

std::string encode(const MessageContent& content);
std::string encode(const MessageState& state);
// Nothing if the bytes are not what encode() makes.
std::optional<MessageContent> decode_content(std::string_view bytes);
std::optional<MessageState> decode_state(std::string_view bytes);

// Hexadecimal MD5 as in MD5OfMessageBody and MD5OfMessageAttributes. `attributes` is an object of
// {DataType, StringValue or BinaryValue}, binary in base64.
std::string body_digest(std::string_view body);
std::string attributes_digest(const nlohmann::json& attributes);

// What a client holds to delete a message: names the message and the receive.
struct Receipt {
  uint64_t cell = 0;
  uint64_t sequence = 0;
  uint64_t receipt = 0;
};
std::string to_handle(const Receipt& receipt);
std::optional<Receipt> parse_handle(std::string_view handle);

}  // namespace millrace::sqs
