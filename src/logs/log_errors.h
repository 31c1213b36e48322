// The errors of the CloudWatch Logs API.
#pragma once

#include <string>

#include "aws/api_error.h"

namespace millrace::logs {

inline Unexpected<aws::ApiError> no_such_group() {
  return aws::api_error(400, "ResourceNotFoundException",
                        "The specified log group does not exist.");
}
inline Unexpected<aws::ApiError> no_such_stream() {
  return aws::api_error(400, "ResourceNotFoundException",
                        "The specified log stream does not exist.");
}
inline Unexpected<aws::ApiError> group_exists() {
  return aws::api_error(400, "ResourceAlreadyExistsException",
                        "The specified log group already exists");
}
inline Unexpected<aws::ApiError> stream_exists() {
  return aws::api_error(400, "ResourceAlreadyExistsException",
                        "The specified log stream already exists");
}
inline Unexpected<aws::ApiError> invalid_parameter(std::string message) {
  return aws::api_error(400, "InvalidParameterException", std::move(message));
}
inline Unexpected<aws::ApiError> too_many_tags() {
  return aws::api_error(400, "TooManyTagsException", "A resource can have no more than 50 tags.");
}
// The cause is logged by whoever makes this.
inline Unexpected<aws::ApiError> unavailable() {
  return aws::api_error(500, "ServiceUnavailableException",
                        "The service cannot complete the request.");
}
inline Unexpected<aws::ApiError> limit_exceeded() {
  return aws::api_error(400, "LimitExceededException", "Resource limit exceeded.");
}

}  // namespace millrace::logs
