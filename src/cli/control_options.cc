#include "cli/control_options.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/http_client.h"

namespace millrace::cli {

void add_endpoint_option(CLI::App& command, std::string& endpoint) {
  endpoint = default_endpoint();
  command.add_option("--endpoint", endpoint, "The server (also: AWS_ENDPOINT_URL)")
      ->capture_default_str();
}

Result<nlohmann::json, std::string> control_request(const std::string& endpoint,
                                                    const std::string& method,
                                                    const std::string& path,
                                                    const nlohmann::json& body) {
  MILLRACE_TRY(HttpAnswer answer,
               http_request(endpoint, method, path, body.is_null() ? "" : body.dump()));
  nlohmann::json document = nlohmann::json::parse(answer.body, nullptr, false);
  if (!document.is_object()) {
    return Unexpected(endpoint + " answered with status " + std::to_string(answer.status) +
                      " and no JSON. Is it a millrace server?");
  }
  if (answer.status >= 400 && document.contains("message") && document["message"].is_string()) {
    return Unexpected(document["message"].get<std::string>());
  }
  return document;
}

}  // namespace millrace::cli
