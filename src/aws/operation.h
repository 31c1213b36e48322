// One API operation, and the registry of all of them.
//
// Every operation takes its modelled input and gives its modelled output as JSON text, whatever
// protocol the client speaks: aws/protocol turns query forms, REST paths and CBOR into that and
// back. So the server, `millrace deploy` and CloudFormation call the same thing. Adding an
// operation is one file pair in its service's operation/ folder and one registry line.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/api_error.h"
#include "aws/request_context.h"
#include "base/unique_function.h"

namespace millrace::aws {

struct Output {
  std::string body;  // JSON text; "{}" or nothing for an operation without output
  // For REST operations whose status, content type or headers are modelled; 0 and empty mean the
  // protocol's own.
  int http_status = 0;
  std::string content_type;
  std::vector<std::pair<std::string, std::string>> headers;
};

// Called exactly once, on any thread.
using Respond = UniqueFunction<void(Result<Output>)>;

// Runs on an I/O thread: must not block. `body` is the JSON input, or the payload where the model
// says so (Lambda's Invoke). Everything it needs afterwards it must keep itself.
using OperationHandler = std::function<void(ContextPtr context, std::string body, Respond respond)>;

// The common case: the output is known when the function returns. `input` is an object; the
// context's parameters have been merged into it. May throw nlohmann::json::exception for members of
// a wrong type, which becomes a SerializationException.
using JsonFunction = std::function<Result<nlohmann::json>(const RequestContext& context,
                                                          const nlohmann::json& input)>;
OperationHandler json_operation(JsonFunction function);

// The same for outputs that are known later.
using JsonRespond = UniqueFunction<void(Result<nlohmann::json>)>;
using AsyncJsonFunction =
    std::function<void(ContextPtr context, nlohmann::json input, JsonRespond respond)>;
OperationHandler async_json_operation(AsyncJsonFunction function);

// Filled while the server is wired, read-only afterwards: no locks.
class OperationRegistry {
 public:
  // `service` as in RequestContext::service, except "dynamodbstreams" for DynamoDB Streams.
  void add(std::string service, std::string operation, OperationHandler handler);
  // Null if there is no such operation.
  const OperationHandler* find(std::string_view service, std::string_view operation) const;
  // Calls an operation from inside the server. The context's service and operation are set from the
  // arguments. An unknown one responds UnknownOperationException.
  void call(const RequestContext& context, std::string service, std::string operation,
            const nlohmann::json& input, JsonRespond respond) const;
  std::vector<std::pair<std::string, std::string>> list() const;

 private:
  std::map<std::pair<std::string, std::string>, OperationHandler, std::less<>> operations_;
};

}  // namespace millrace::aws
