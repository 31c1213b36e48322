// Calling a function, whatever runs it: local worker processes today, an HTTP endpoint or a
// debugger later. Event source mappings, Invoke and asynchronous invocations go through this.
#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "base/unique_function.h"

namespace millrace::lambda {

// Account, region and name of a function; `qualifier` is a version or alias, empty for none given.
struct FunctionReference {
  std::string partition = "aws";
  std::string account;
  std::string region;
  std::string name;
  std::string qualifier;
  // arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]
  std::string arn() const;
  bool operator==(const FunctionReference&) const = default;
};

struct Invocation {
  FunctionReference function;
  std::string payload;         // JSON text
  std::string client_context;  // base64, as in X-Amz-Client-Context
  bool tail_log = false;
  std::string trace_id;
  std::string request_id;  // empty: the invoker makes one
  std::string mapping;     // UUID of the event source mapping whose batch this is; empty: none
};

struct InvocationResult {
  enum class Outcome {
    kSuccess,
    kFunctionError,  // the function ran and failed, or its process died or timed out
    kThrottled,      // not started: concurrency is used up; try later
    kNotFound,       // not started: the function does not exist
    kUnavailable,    // not started: the server is stopping or could not start a process
  };
  Outcome outcome = Outcome::kUnavailable;
  std::string request_id;
  std::string payload;           // what the function returned, or the error document
  std::string function_error;    // "", "Unhandled" or "Handled"
  std::string executed_version;  // "$LATEST"
  std::string log_tail;          // the last 4 KiB of output, if asked for
  Duration duration{0};
};

// Thread-safe.
class Invoker {
 public:
  virtual ~Invoker() = default;
  // Calls `done` once, on any thread, at the latest when the function's timeout has passed; if a
  // worker has to be started first, that takes up to 10 s more.
  virtual void invoke(Invocation invocation, UniqueFunction<void(InvocationResult)> done) = 0;
};

}  // namespace millrace::lambda
