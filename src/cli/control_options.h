// What commands that steer or look at a running server have in common.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/result.h"

namespace CLI {
class App;
}

namespace millrace::cli {

void add_endpoint_option(CLI::App& command, std::string& endpoint);

// Sends a request to one of the server's own paths; `body` may be null. The error is a sentence for
// the user: the server's own "message", if it gave one.
Result<nlohmann::json, std::string> control_request(const std::string& endpoint,
                                                    const std::string& method,
                                                    const std::string& path,
                                                    const nlohmann::json& body);

}  // namespace millrace::cli
