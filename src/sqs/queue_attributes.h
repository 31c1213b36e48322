// The settable attributes of queues: their names, defaults, ranges and AWS's texts about them.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "aws/api_error.h"

namespace millrace::sqs {

// Empty for attributes without a default.
std::string_view default_attribute(std::string_view name);

// Whether GetQueueAttributes knows the name.
bool is_attribute(std::string_view name);

// InvalidAttributeName, InvalidAttributeValue or InvalidParameterValue for the first that is wrong;
// UnsupportedOperation for those of FIFO queues. Whether a dead-letter queue exists is not checked.
aws::Result<void> check_attributes(const std::map<std::string, std::string>& attributes);

}  // namespace millrace::sqs
