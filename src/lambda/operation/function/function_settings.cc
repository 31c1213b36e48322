#include "lambda/operation/function/function_settings.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "lambda/function/lambda_error.h"
#include "lambda/function/runtime.h"
#include "lambda/operation/function/constraints.h"
#include "lambda/operation/function/environment.h"
#include "lambda/operation/function/input.h"

namespace millrace::lambda::operation {
namespace {

constexpr std::string_view kRolePattern =
    R"(arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+)";
constexpr std::string_view kLogGroupPattern = R"([\.\-_/#A-Za-z0-9]+)";
constexpr std::string_view kArchitectures = "x86_64, arm64";

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool consists_of(std::string_view text, std::string_view others) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [others](char c) {
    return is_alphanumeric(c) || others.find(c) != std::string_view::npos;
  });
}

bool is_role(std::string_view text) {
  if (!text.starts_with("arn:")) return false;
  text.remove_prefix(4);
  size_t colon = text.find(':');
  std::string_view partition = text.substr(0, colon);
  if (colon == std::string_view::npos || !(partition.empty() || partition.starts_with("aws"))) {
    return false;
  }
  text.remove_prefix(colon);
  constexpr std::string_view kService = ":iam::";
  constexpr size_t kAccountDigits = 12;
  if (!text.starts_with(kService)) return false;
  text.remove_prefix(kService.size());
  std::string_view account = text.substr(0, kAccountDigits);
  bool digits =
      std::all_of(account.begin(), account.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (account.size() < kAccountDigits || !digits) return false;
  text.remove_prefix(kAccountDigits);
  constexpr std::string_view kResource = ":role";
  if (!text.starts_with(kResource)) return false;
  return consists_of(text.substr(kResource.size()), "_+=,.@-/");
}

Unexpected<aws::ApiError> not_supported(const std::string& what) {
  return invalid_parameter(what + " is not supported by millrace yet. Remove it from the request.");
}

bool is_set(const json& input, const char* name) {
  const json* value = find_member(input, name);
  return value != nullptr && !value->empty();
}

// What would change how the function runs, and cannot be honoured.
aws::Result<void> refuse_unsupported(const json& input) {
  for (const char* name : {"Layers", "FileSystemConfigs", "ImageConfig", "CodeSigningConfigArn",
                           "CapacityProviderConfig", "DurableConfig", "TenancyConfig"}) {
    if (is_set(input, name)) return not_supported(name);
  }
  const json* dead_letters = find_member(input, "DeadLetterConfig");
  if (dead_letters != nullptr && !text_of(*dead_letters, "TargetArn").empty()) {
    return not_supported("DeadLetterConfig");
  }
  return {};
}

aws::Result<void> apply_runtime(const json& input, Function& function) {
  std::string runtime = text_of(input, "Runtime", function.runtime);
  if (!runtime.empty() && !is_known_runtime(runtime)) {
    return invalid_parameter("Value " + runtime +
                             " at 'runtime' failed to satisfy constraint: Member must satisfy enum "
                             "value set: " +
                             runtime_enumeration() + " or be a valid ARN");
  }
  function.runtime = runtime;
  function.handler = text_of(input, "Handler", function.handler);
  if (function.runtime.empty() || function.handler.empty()) {
    return invalid_parameter(
        "Runtime and Handler are mandatory parameters for functions created with deployment "
        "packages.");
  }
  return {};
}

aws::Result<void> apply_logging(const json& input, Function& function) {
  const json* config = find_member(input, "LoggingConfig");
  if (config == nullptr) return {};
  std::string format = text_of(*config, "LogFormat", function.log_format);
  std::string application = text_of(*config, "ApplicationLogLevel");
  std::string system = text_of(*config, "SystemLogLevel");
  if (format == "Text" && !(application.empty() && system.empty())) {
    return invalid_parameter(
        "LogLevel is not supported when LogFormat is set to \"Text\". Remove LogLevel from your "
        "request or change the LogFormat to \"JSON\" and try again.");
  }
  auto level = [&](const std::string& given, const std::string& before) -> std::string {
    if (format == "Text") return "";
    if (!given.empty()) return given;
    return before.empty() ? "INFO" : before;
  };
  function.application_log_level = level(application, function.application_log_level);
  function.system_log_level = level(system, function.system_log_level);
  function.log_format = format;
  function.log_group = text_of(*config, "LogGroup", function.log_group);
  return {};
}

// Kept and answered, so that templates deploy; there is no network of one's own to put a process
// in. An empty one takes the function out again.
void apply_vpc(const json& input, Function& function) {
  const json* config = find_member(input, "VpcConfig");
  if (config == nullptr) return;
  if (!is_set(*config, "SubnetIds") && !is_set(*config, "SecurityGroupIds")) {
    function.vpc_config.clear();
    return;
  }
  json kept = {{"SubnetIds", config->value("SubnetIds", json::array())},
               {"SecurityGroupIds", config->value("SecurityGroupIds", json::array())},
               {"VpcId", ""},
               {"Ipv6AllowedForDualStack", flag_of(*config, "Ipv6AllowedForDualStack")}};
  function.vpc_config = kept.dump();
}

void apply_number(const json& input, const char* name, int& to) {
  if (const json* value = find_member(input, name)) to = static_cast<int>(integer(*value));
}

void apply_nested(const json& input, const char* name, const char* member, std::string& to) {
  if (const json* value = find_member(input, name)) to = text_of(*value, member, to);
}

}  // namespace

void check_settings(const json& input, std::vector<std::string>& broken) {
  Constraints members(broken, input);
  members.pattern("Role", kRolePattern, is_role);
  members.length("Handler", 0, 128);
  members.pattern("Handler", R"([^\s]+)", [](std::string_view text) {
    return !text.empty() && text.find_first_of(" \t\r\n\f\v") == std::string_view::npos;
  });
  members.length("Description", 0, 256);
  members.range("Timeout", 1, 900);
  members.range("MemorySize", 128, 10240);
  static const json kNone = json::object();
  auto nested = [&](const char* name) -> const json& {
    const json* value = find_member(input, name);
    return value == nullptr ? kNone : *value;
  };
  Constraints(broken, nested("TracingConfig"), "tracingConfig")
      .one_of("Mode", "Active, PassThrough");
  Constraints storage(broken, nested("EphemeralStorage"), "ephemeralStorage");
  storage.range("Size", 512, 10240);
  Constraints(broken, nested("SnapStart"), "snapStart")
      .one_of("ApplyOn", "PublishedVersions, None");
  Constraints logging(broken, nested("LoggingConfig"), "loggingConfig");
  logging.one_of("LogFormat", "JSON, Text");
  logging.one_of("ApplicationLogLevel", "TRACE, DEBUG, INFO, WARN, ERROR, FATAL");
  logging.one_of("SystemLogLevel", "DEBUG, INFO, WARN");
  logging.length("LogGroup", 1, 512);
  logging.pattern("LogGroup", kLogGroupPattern,
                  [](std::string_view text) { return consists_of(text, ".-_/#"); });
  check_environment_names(input, broken);
}

void check_architectures(const json& input, std::vector<std::string>& broken) {
  const json* value = find_member(input, "Architectures");
  if (value == nullptr) return;
  auto names = value->get<std::vector<std::string>>();
  std::string printed;
  for (const std::string& name : names) printed += (printed.empty() ? "" : ", ") + name;
  bool known = std::all_of(names.begin(), names.end(), [](const std::string& name) {
    return name == "x86_64" || name == "arm64";
  });
  std::string begin = "Value '[" + printed + "]' at 'architectures' failed to satisfy constraint: ";
  if (!known) {
    broken.push_back(begin +
                     "Member must satisfy constraint: [Member must satisfy enum value set: [" +
                     std::string(kArchitectures) + "], Member must not be null]");
  }
  if (names.size() != 1) {
    broken.push_back(begin + (names.empty() ? "Member must have length greater than or equal to 1"
                                            : "Member must have length less than or equal to 1"));
  }
}

void apply_architectures(const json& input, Function& function) {
  if (const json* value = find_member(input, "Architectures")) {
    function.architectures = value->get<std::vector<std::string>>();
  }
}

aws::Result<void> apply_settings(const json& input, Function& function) {
  MILLRACE_CHECK_OK(refuse_unsupported(input));
  MILLRACE_CHECK_OK(apply_runtime(input, function));
  MILLRACE_CHECK_OK(apply_environment(input, function));
  MILLRACE_CHECK_OK(apply_logging(input, function));
  function.role = text_of(input, "Role", function.role);
  function.description = text_of(input, "Description", function.description);
  function.kms_key_arn = text_of(input, "KMSKeyArn", function.kms_key_arn);
  apply_number(input, "Timeout", function.timeout_seconds);
  apply_number(input, "MemorySize", function.memory_megabytes);
  if (const json* storage = find_member(input, "EphemeralStorage")) {
    apply_number(*storage, "Size", function.ephemeral_megabytes);
  }
  apply_nested(input, "TracingConfig", "Mode", function.tracing_mode);
  apply_nested(input, "SnapStart", "ApplyOn", function.snap_start);
  apply_vpc(input, function);
  return {};
}

aws::Result<std::string> read_code(const json& code, size_t bytes_max) {
  for (const char* name : {"S3Bucket", "S3Key", "S3ObjectVersion"}) {
    if (is_set(code, name)) {
      return invalid_parameter(
          "Code in S3 is not supported by millrace yet. Give the zip archive itself (ZipFile).");
    }
  }
  for (const char* name : {"ImageUri", "SourceKMSKeyArn"}) {
    if (is_set(code, name)) return not_supported(name);
  }
  if (!is_set(code, "ZipFile"))
    return invalid_parameter("Please provide a source for function code.");
  auto archive = from_base64(code["ZipFile"].get_ref<const std::string&>());
  if (!archive) {
    return lambda_error(400, "SerializationException", "The member ZipFile is not base64.");
  }
  if (archive->size() > bytes_max) {
    return lambda_error(413, "RequestEntityTooLargeException",
                        "Zipped size must be smaller than " + std::to_string(bytes_max) + " bytes");
  }
  return *std::move(archive);
}

}  // namespace millrace::lambda::operation
