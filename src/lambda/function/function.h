// A function as the catalog keeps it: its configuration, where its code is, and its state. A value;
// the catalog shares immutable copies between threads.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "lambda/function/invoker.h"

namespace millrace::lambda {

struct Function {
  FunctionReference reference;  // without qualifier
  std::string description;
  std::string runtime;
  std::string handler;
  std::string role;
  int timeout_seconds = 3;
  int memory_megabytes = 128;
  int ephemeral_megabytes = 512;
  std::map<std::string, std::string> environment;
  std::vector<std::string> architectures = {"x86_64"};
  std::string tracing_mode = "PassThrough";
  std::string log_format = "Text";
  std::string application_log_level;  // only with JSON logs
  std::string system_log_level;       // only with JSON logs
  std::string log_group;              // "/aws/lambda/NAME" unless configured
  // Answered as they were given, because they mean nothing on one machine.
  std::string vpc_config;  // JSON text; empty: none
  std::string kms_key_arn;
  std::string snap_start = "None";

  // The code: a zip in the code store, by its base64 SHA-256.
  std::string code_sha256;
  uint64_t code_bytes = 0;

  std::string state = "Active";  // Active, Failed
  std::string state_reason;
  std::string state_reason_code;

  Timestamp last_modified;
  std::string revision_id;
  // Rises when workers have to start anew: with new code or another configuration.
  uint64_t generation = 1;

  std::map<std::string, std::string> tags;
  std::optional<int> reserved_concurrency;
  std::string recursive_loop = "Terminate";
  // Statements of the resource policy: id and JSON text.
  std::vector<std::pair<std::string, std::string>> policy;
  // Of asynchronous invocations.
  std::optional<int> async_retries_max;
  std::optional<int> async_age_max_seconds;

  std::string arn() const { return reference.arn(); }
  bool has_own_log_group() const { return log_group != "/aws/lambda/" + reference.name; }
};

using FunctionPtr = std::shared_ptr<const Function>;

// The catalog's stored form: docs/formats/function-catalog.md. Decoding fails (with a text for the
// log) on bytes that encode_function never wrote.
std::string encode_function(const Function& function);
Result<Function, std::string> decode_function(std::string_view bytes);

}  // namespace millrace::lambda
