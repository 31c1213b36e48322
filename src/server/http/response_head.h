// The status line and headers of a response as bytes.
#pragma once

#include <string>

#include "aws/http_message.h"
#include "base/clock.h"

namespace millrace::server {

// `keep_alive` is what the connection will do. The length is told also when the body is not sent
// (HEAD). Header values are cut at line ends, so that no value can add a header.
std::string response_head(const aws::HttpResponse& response, Timestamp now, bool keep_alive);

}  // namespace millrace::server
