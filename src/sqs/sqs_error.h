// SQS's errors, with AWS's names and texts.
#pragma once

#include <string>
#include <string_view>

#include "aws/api_error.h"
#include "engine/engine.h"

namespace millrace::sqs {

inline Unexpected<aws::ApiError> queue_does_not_exist() {
  return aws::api_error(400, "QueueDoesNotExist", "The specified queue does not exist.");
}
inline Unexpected<aws::ApiError> missing_parameter(std::string_view name) {
  return aws::api_error(400, "MissingParameter",
                        "The request must contain the parameter " + std::string(name) + '.');
}
inline Unexpected<aws::ApiError> invalid_parameter(std::string message) {
  return aws::api_error(400, "InvalidParameterValue", std::move(message));
}
// "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: ..."
inline Unexpected<aws::ApiError> invalid_value(std::string_view value, std::string_view parameter,
                                               std::string_view reason) {
  return invalid_parameter("Value " + std::string(value) + " for parameter " +
                           std::string(parameter) + " is invalid. Reason: " + std::string(reason));
}
inline Unexpected<aws::ApiError> invalid_receipt_handle(std::string_view handle) {
  return aws::api_error(
      404, "ReceiptHandleIsInvalid",
      "The input receipt handle \"" + std::string(handle) + "\" is not a valid receipt handle.");
}
inline Unexpected<aws::ApiError> unsupported(std::string message) {
  return aws::api_error(400, "UnsupportedOperation", std::move(message));
}

// Logs the storage engine's error with what was being done, and for which request (empty: for
// none); the client is told to try again later, or of an internal error.
aws::ApiError storage_error(const engine::Error& error, std::string_view doing,
                            std::string_view request_id);

}  // namespace millrace::sqs
