#include "lambda/operation/function/environment.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "lambda/function/lambda_error.h"
#include "lambda/operation/function/input.h"

namespace millrace::lambda::operation {
namespace {

// "Defined runtime environment variables" in the Lambda developer guide, the reserved ones.
constexpr std::string_view kReserved[] = {"_HANDLER",
                                          "_X_AMZN_TRACE_ID",
                                          "AWS_ACCESS_KEY",
                                          "AWS_ACCESS_KEY_ID",
                                          "AWS_DEFAULT_REGION",
                                          "AWS_EXECUTION_ENV",
                                          "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                                          "AWS_LAMBDA_FUNCTION_NAME",
                                          "AWS_LAMBDA_FUNCTION_VERSION",
                                          "AWS_LAMBDA_INITIALIZATION_TYPE",
                                          "AWS_LAMBDA_LOG_GROUP_NAME",
                                          "AWS_LAMBDA_LOG_STREAM_NAME",
                                          "AWS_LAMBDA_RUNTIME_API",
                                          "AWS_REGION",
                                          "AWS_SECRET_ACCESS_KEY",
                                          "AWS_SESSION_TOKEN",
                                          "LAMBDA_RUNTIME_DIR",
                                          "LAMBDA_TASK_ROOT"};

constexpr char kCannotConfigure[] =
    "Lambda was unable to configure your environment variables because the environment variables "
    "you have provided ";

const json* find_variables(const json& input) {
  const json* environment = find_member(input, "Environment");
  return environment == nullptr ? nullptr : find_member(*environment, "Variables");
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// [a-zA-Z]([a-zA-Z0-9_])+
bool is_name(const std::string& name) {
  return name.size() >= 2 && is_letter(name[0]) &&
         std::all_of(name.begin() + 1, name.end(),
                     [](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

bool is_reserved(std::string_view name) {
  return std::find(std::begin(kReserved), std::end(kReserved), name) != std::end(kReserved);
}

}  // namespace

void check_environment_names(const json& input, std::vector<std::string>& broken) {
  const json* variables = find_variables(input);
  if (variables == nullptr) return;
  for (const auto& [name, value] : variables->items()) {
    if (is_name(name) || is_reserved(name)) continue;
    broken.emplace_back(
        "Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy "
        "constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+, "
        "Member must not be null]");
    return;
  }
}

aws::Result<void> apply_environment(const json& input, Function& function) {
  const json* given = find_member(input, "Environment");
  if (given == nullptr) return {};
  auto variables = string_map_of(*given, "Variables");
  std::string reserved;
  for (const auto& [name, value] : variables) {
    if (is_reserved(name)) reserved += (reserved.empty() ? "" : ", ") + name;
  }
  if (!reserved.empty()) {
    return invalid_parameter(std::string(kCannotConfigure) +
                             "contains reserved keys that are currently not supported for "
                             "modification. Reserved keys used in this request: " +
                             reserved);
  }
  std::string measured = json(variables).dump(-1, ' ', false, json::error_handler_t::replace);
  if (measured.size() > limits::kEnvironmentBytesMax) {
    return invalid_parameter(std::string(kCannotConfigure) +
                             "exceeded the 4KB limit. String measured: " + measured);
  }
  function.environment = std::move(variables);
  return {};
}

}  // namespace millrace::lambda::operation
