// The error of an API operation: what the client is told, by value. Each service names its errors
// in factories of its own; the ones that all services share are here. Protocols render it
// (aws/protocol): JSON adds the service's namespace to `type`, query protocols its legacy code.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace millrace::aws {

struct ApiError {
  int http_status = 400;
  std::string type;     // the shape's name without namespace: "ResourceNotFoundException"
  std::string message;  // AWS's exact text
  // Further members of the error document: name and JSON text ("CancellationReasons", "[...]").
  std::vector<std::pair<std::string, std::string>> members;
};

template <class T>
using Result = millrace::Result<T, ApiError>;

inline Unexpected<ApiError> api_error(int http_status, std::string type, std::string message) {
  return Unexpected(ApiError{http_status, std::move(type), std::move(message), {}});
}
inline Unexpected<ApiError> validation_error(std::string message) {
  return api_error(400, "ValidationException", std::move(message));
}
// The cause is logged with the request id by whoever makes this; the client learns nothing of it.
inline Unexpected<ApiError> internal_error() {
  return api_error(500, "InternalServerError", "Internal server error");
}
inline Unexpected<ApiError> throttling_error(std::string message = "Rate exceeded") {
  return api_error(400, "ThrottlingException", std::move(message));
}

}  // namespace millrace::aws
