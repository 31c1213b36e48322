// restJson as Lambda speaks it: the operation is in the method and the path.
#pragma once

#include "aws/protocol/protocol.h"

namespace millrace::aws {

// Finds the Lambda operation of a method and path, its path, query and header parameters and its
// success status. A path of Lambda's that names no operation gives a route without one.
Route route_lambda(const HttpRequest& request);

// Whether the path belongs to Lambda's API ("/2015-03-31/functions/..."), signed or not.
bool is_lambda_path(std::string_view path);

class RestJsonProtocol final : public Protocol {
 public:
  Result<std::string> input(const Route& route, std::string body) const override;
  HttpResponse output(const Route& route, const HttpRequest& request, const std::string& request_id,
                      Output output) const override;
  HttpResponse error(const Route& route, const HttpRequest& request, const std::string& request_id,
                     const ApiError& error) const override;
};

}  // namespace millrace::aws
