// The errors that faults answer requests with, in AWS's words.
#pragma once

#include <string>
#include <string_view>

#include "aws/api_error.h"
#include "control/fault_plan.h"

namespace millrace::control {

// How AWS refuses this operation when it is called too often.
aws::ApiError throttling_error_of(std::string_view service, std::string_view operation);

// What a fault answers a request with. REQUIRES: kThrottle or kError.
aws::ApiError error_of(const Fault& fault, std::string_view service, std::string_view operation);

// Status and text of well-known errors, for faults that only name the type: 400 and a text of our
// own for others.
struct KnownError {
  int http_status;
  std::string_view message;
};
KnownError known_error(std::string_view type);

}  // namespace millrace::control
