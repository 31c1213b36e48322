// The methods and paths of Lambda's operations, from the service's published model. Also the
// operations that this server does not have are listed: a client that calls one is told its name.
#pragma once

#include <string_view>
#include <vector>

namespace millrace::aws {

struct RestOperation {
  std::string_view name;
  std::string_view method;
  // Segments in braces are parameters; a query ("?find=LayerVersion") must be present as given.
  std::string_view path;
  int success_status;
  bool body_is_payload;  // the body is the invocation's payload, not JSON input
};

const std::vector<RestOperation>& lambda_operations();

}  // namespace millrace::aws
