#include "lambda/operation/function/function_answer.h"

#include <nlohmann/json.hpp>

#include "lambda/function/function_name.h"

namespace millrace::lambda::operation {
namespace {

using nlohmann::json;

// "2026-11-24T10:00:00.000+0000": not the form of other APIs.
std::string last_modified(const Function& function) {
  std::string text = to_iso8601(function.last_modified);
  text.pop_back();  // Z
  return text + "+0000";
}

json logging_config(const Function& function) {
  json config = {{"LogFormat", function.log_format}, {"LogGroup", function.log_group}};
  if (!function.application_log_level.empty()) {
    config["ApplicationLogLevel"] = function.application_log_level;
  }
  if (!function.system_log_level.empty()) config["SystemLogLevel"] = function.system_log_level;
  return config;
}

}  // namespace

json listed_configuration(const Function& f, const std::string& qualifier) {
  FunctionReference reference = f.reference;
  reference.qualifier = qualifier;
  json answer = {{"FunctionName", f.reference.name},
                 {"FunctionArn", reference.arn()},
                 {"Runtime", f.runtime},
                 {"Role", f.role},
                 {"Handler", f.handler},
                 {"CodeSize", f.code_bytes},
                 {"Description", f.description},
                 {"Timeout", f.timeout_seconds},
                 {"MemorySize", f.memory_megabytes},
                 {"LastModified", last_modified(f)},
                 {"CodeSha256", f.code_sha256},
                 {"Version", kLatestVersion},
                 {"TracingConfig", {{"Mode", f.tracing_mode}}},
                 {"RevisionId", f.revision_id},
                 {"PackageType", "Zip"},
                 {"Architectures", f.architectures},
                 {"EphemeralStorage", {{"Size", f.ephemeral_megabytes}}},
                 {"SnapStart", {{"ApplyOn", f.snap_start}, {"OptimizationStatus", "Off"}}},
                 {"LoggingConfig", logging_config(f)}};
  if (!f.environment.empty()) answer["Environment"] = {{"Variables", f.environment}};
  if (!f.kms_key_arn.empty()) answer["KMSKeyArn"] = f.kms_key_arn;
  if (!f.vpc_config.empty()) answer["VpcConfig"] = json::parse(f.vpc_config, nullptr, false);
  return answer;
}

json function_configuration(const Function& f, const std::string& qualifier) {
  json answer = listed_configuration(f, qualifier);
  answer["State"] = f.state;
  if (!f.state_reason.empty()) {
    answer["StateReason"] = f.state_reason;
    answer["StateReasonCode"] = f.state_reason_code;
  }
  // A change has taken effect when its operation answers.
  answer["LastUpdateStatus"] = "Successful";
  return answer;
}

}  // namespace millrace::lambda::operation
