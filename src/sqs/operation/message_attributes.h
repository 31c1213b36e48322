// MessageAttributes and MessageSystemAttributes of a message that is sent.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "aws/api_error.h"

namespace millrace::sqs::operation {

// Whether AWS takes the text: valid UTF-8 of the characters that XML 1.0 allows.
bool is_allowed_text(std::string_view text);

// What is kept of the attributes: of each its DataType, and the value that goes with it
// (StringValue or BinaryValue). InvalidParameterValue for the first that is wrong.
aws::Result<nlohmann::json> read_message_attributes(const nlohmann::json& given);
// The same for system attributes: senders may give AWSTraceHeader only.
aws::Result<nlohmann::json> read_system_attributes(const nlohmann::json& given);

// What AWS counts: names, types and values. REQUIRES: read by one of the above.
size_t size_of_attributes(const nlohmann::json& attributes);

}  // namespace millrace::sqs::operation
