#include "lambda/function/function.h"

#include <nlohmann/json.hpp>

namespace millrace::lambda {
namespace {

using nlohmann::json;

constexpr char kFormatVersion = 1;

json policy_to_json(const Function& function) {
  json statements = json::array();
  for (const auto& [id, statement] : function.policy) statements.push_back({id, statement});
  return statements;
}

json to_json(const Function& f) {
  json document = {{"partition", f.reference.partition},
                   {"account", f.reference.account},
                   {"region", f.reference.region},
                   {"name", f.reference.name},
                   {"description", f.description},
                   {"runtime", f.runtime},
                   {"handler", f.handler},
                   {"role", f.role},
                   {"timeout", f.timeout_seconds},
                   {"memory", f.memory_megabytes},
                   {"ephemeral", f.ephemeral_megabytes},
                   {"environment", f.environment},
                   {"architectures", f.architectures},
                   {"tracing", f.tracing_mode},
                   {"log_format", f.log_format},
                   {"application_log_level", f.application_log_level},
                   {"system_log_level", f.system_log_level},
                   {"log_group", f.log_group},
                   {"vpc_config", f.vpc_config},
                   {"kms_key_arn", f.kms_key_arn},
                   {"snap_start", f.snap_start},
                   {"code_sha256", f.code_sha256},
                   {"code_bytes", f.code_bytes},
                   {"state", f.state},
                   {"state_reason", f.state_reason},
                   {"state_reason_code", f.state_reason_code},
                   {"last_modified", f.last_modified.time_since_epoch().count()},
                   {"revision_id", f.revision_id},
                   {"generation", f.generation},
                   {"tags", f.tags},
                   {"recursive_loop", f.recursive_loop},
                   {"policy", policy_to_json(f)}};
  if (f.reserved_concurrency) document["reserved_concurrency"] = *f.reserved_concurrency;
  if (f.async_retries_max) document["async_retries_max"] = *f.async_retries_max;
  if (f.async_age_max_seconds) document["async_age_max"] = *f.async_age_max_seconds;
  return document;
}

Function from_json(const json& document) {
  Function f;
  document.at("partition").get_to(f.reference.partition);
  document.at("account").get_to(f.reference.account);
  document.at("region").get_to(f.reference.region);
  document.at("name").get_to(f.reference.name);
  document.at("description").get_to(f.description);
  document.at("runtime").get_to(f.runtime);
  document.at("handler").get_to(f.handler);
  document.at("role").get_to(f.role);
  document.at("timeout").get_to(f.timeout_seconds);
  document.at("memory").get_to(f.memory_megabytes);
  document.at("ephemeral").get_to(f.ephemeral_megabytes);
  document.at("environment").get_to(f.environment);
  document.at("architectures").get_to(f.architectures);
  document.at("tracing").get_to(f.tracing_mode);
  document.at("log_format").get_to(f.log_format);
  document.at("application_log_level").get_to(f.application_log_level);
  document.at("system_log_level").get_to(f.system_log_level);
  document.at("log_group").get_to(f.log_group);
  document.at("vpc_config").get_to(f.vpc_config);
  f.kms_key_arn = document.value("kms_key_arn", "");  // rows of earlier versions have none
  document.at("snap_start").get_to(f.snap_start);
  document.at("code_sha256").get_to(f.code_sha256);
  document.at("code_bytes").get_to(f.code_bytes);
  document.at("state").get_to(f.state);
  document.at("state_reason").get_to(f.state_reason);
  document.at("state_reason_code").get_to(f.state_reason_code);
  f.last_modified = Timestamp(Duration(document.at("last_modified").get<int64_t>()));
  document.at("revision_id").get_to(f.revision_id);
  document.at("generation").get_to(f.generation);
  document.at("tags").get_to(f.tags);
  document.at("recursive_loop").get_to(f.recursive_loop);
  for (const json& entry : document.at("policy")) {
    f.policy.emplace_back(entry.at(0).get<std::string>(), entry.at(1).get<std::string>());
  }
  auto optional_number = [&](const char* name, std::optional<int>& to) {
    if (document.contains(name)) to = document.at(name).get<int>();
  };
  optional_number("reserved_concurrency", f.reserved_concurrency);
  optional_number("async_retries_max", f.async_retries_max);
  optional_number("async_age_max", f.async_age_max_seconds);
  return f;
}

}  // namespace

std::string encode_function(const Function& function) {
  return kFormatVersion + to_json(function).dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Function, std::string> decode_function(std::string_view bytes) {
  if (bytes.empty() || bytes[0] != kFormatVersion) {
    return Unexpected(std::string("unknown format version"));
  }
  try {
    return from_json(json::parse(bytes.substr(1)));
  } catch (const json::exception& exception) {
    return Unexpected(std::string(exception.what()));
  }
}

}  // namespace millrace::lambda
