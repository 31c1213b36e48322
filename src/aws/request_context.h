// Who asks for what, and when: passed to every operation. Immutable once the operation runs, so it
// may be shared by threads.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"

namespace millrace::aws {

struct RequestContext {
  std::string request_id;
  std::string account = "000000000000";  // 12 digits
  std::string region = "us-east-1";
  std::string partition = "aws";
  std::string access_key_id;
  std::string service;    // as in ARNs: "dynamodb", "lambda", "sqs"
  std::string operation;  // "PutItem"
  std::string host;       // the Host header, for URLs in answers; "localhost:4566"
  // Parameters that the protocol found outside the body, by their modelled names: the path and
  // query of a REST request ("FunctionName", "Qualifier") and its headers ("InvocationType",
  // "LogType").
  std::map<std::string, std::string> parameters;
  Timestamp received;
  Timestamp deadline;  // when the client has stopped waiting

  std::optional<std::string> parameter(const std::string& name) const {
    auto found = parameters.find(name);
    if (found == parameters.end()) return std::nullopt;
    return found->second;
  }
};

using ContextPtr = std::shared_ptr<const RequestContext>;

}  // namespace millrace::aws
