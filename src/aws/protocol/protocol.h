// A wire protocol: HTTP request to an operation's JSON input, and its JSON output or error back to
// an HTTP response. One implementation for each protocol; stateless after wiring and thread-safe.
//
// Another protocol (rpc-v2-cbor) is another implementation, a ProtocolKind and a rule in route.cc.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "aws/api_error.h"
#include "aws/http_message.h"
#include "aws/operation.h"
#include "aws/protocol/service.h"

namespace millrace::aws {

enum class ProtocolKind {
  kNone,      // no service's request
  kJson,      // awsJson 1.0 and 1.1: X-Amz-Target and a JSON body
  kQuery,     // form parameters in, XML out
  kRestJson,  // method and path, JSON bodies (Lambda)
};

// What a request asks for.
struct Route {
  ProtocolKind protocol = ProtocolKind::kNone;
  const Service* service = nullptr;  // set unless the protocol is kNone
  std::string operation;             // empty if the request names none that the service has
  // REST: parameters by their modelled names, and list parameters as "[\"a\",\"b\"]".
  std::map<std::string, std::string> parameters;
  std::map<std::string, std::string> list_parameters;
  int success_status = 200;
  bool body_is_payload = false;  // REST: the body is not JSON input but the payload itself
  NameValues form;               // query: the parameters
};

class Protocol {
 public:
  virtual ~Protocol() = default;
  // The operation's JSON input. `body` is the request's, decompressed.
  virtual Result<std::string> input(const Route& route, std::string body) const = 0;
  virtual HttpResponse output(const Route& route, const HttpRequest& request,
                              const std::string& request_id, Output output) const = 0;
  virtual HttpResponse error(const Route& route, const HttpRequest& request,
                             const std::string& request_id, const ApiError& error) const = 0;
};

}  // namespace millrace::aws
