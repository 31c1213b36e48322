// For tests: HTTP requests in one expression.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "aws/http_message.h"

namespace millrace::aws::testing {

inline HttpRequest make_request(
    std::string method, std::string target,
    std::initializer_list<std::pair<std::string_view, std::string_view>> headers = {},
    std::string body = "") {
  HttpRequest request;
  request.method = std::move(method);
  request.target = std::move(target);
  for (const auto& [name, value] : headers) request.add_header(name, value);
  request.body = std::move(body);
  return request;
}

// The value of a response's header; empty if there is none.
inline std::string header(const HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (equal_ignoring_case(key, name)) return value;
  }
  return "";
}

}  // namespace millrace::aws::testing
