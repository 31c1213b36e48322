// The errors of the Lambda API, by its own names: what both functions and event source mappings
// answer. The protocol adds the `Type` that AWS puts beside the message.
#pragma once

#include <string>
#include <utility>

#include "aws/api_error.h"

namespace millrace::lambda {

inline Unexpected<aws::ApiError> lambda_error(int http_status, std::string type,
                                              std::string message) {
  return aws::api_error(http_status, std::move(type), std::move(message));
}
inline Unexpected<aws::ApiError> invalid_parameter(std::string message) {
  return lambda_error(400, "InvalidParameterValueException", std::move(message));
}
inline Unexpected<aws::ApiError> resource_not_found(std::string message) {
  return lambda_error(404, "ResourceNotFoundException", std::move(message));
}
inline Unexpected<aws::ApiError> resource_conflict(std::string message) {
  return lambda_error(409, "ResourceConflictException", std::move(message));
}
// The cause is logged by whoever makes this.
inline Unexpected<aws::ApiError> service_exception() {
  return lambda_error(500, "ServiceException",
                      "An error occurred and the request cannot be processed.");
}

}  // namespace millrace::lambda
