// One HTTP request to a running server, for commands. Blocks. Sends the access key of the
// environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), which a server with keys asks for.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace millrace::cli {

struct HttpAnswer {
  int status = 0;
  std::string body;
};

// `endpoint`: "http://host:port" or "https://host:port", whose certificate is checked. The error is
// one sentence for the user.
Result<HttpAnswer, std::string> http_request(std::string_view endpoint, std::string_view method,
                                             std::string_view target, std::string body = "");

// Where commands find the server: AWS_ENDPOINT_URL, or the default port of this machine.
std::string default_endpoint();

}  // namespace millrace::cli
