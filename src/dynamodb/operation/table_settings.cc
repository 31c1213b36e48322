#include "dynamodb/operation/table_settings.h"

#include <nlohmann/json.hpp>

#include "aws/arn.h"
#include "dynamodb/operation/key_schema.h"

namespace millrace::dynamodb::operation {
namespace {

// AWS: what every on-demand table is warm for.
constexpr table::Throughput kOnDemandWarm{12'000, 4'000};

std::string key_arn(const aws::RequestContext& context, const std::optional<std::string>& key_id) {
  if (key_id && aws::Arn::parse(*key_id)) return *key_id;
  std::string name = key_id.value_or("alias/aws/dynamodb");
  bool is_alias = name.rfind("alias/", 0) == 0;
  return aws::make_arn(context, "kms", is_alias ? name : "key/" + name).text();
}

}  // namespace

aws::Result<std::optional<std::string>> encryption_description(const aws::RequestContext& context,
                                                               const EncryptionInput& input) {
  bool enabled = input.enabled.value_or(input.type.has_value());
  if (!enabled && input.type) {
    return invalid_parameter("SSEType can not be specified if Enabled is false");
  }
  if (!enabled && input.key_id) {
    return invalid_parameter("KMSMasterKeyId can not be specified if Enabled is false");
  }
  if (input.key_id && !input.type) {
    return invalid_parameter("SSEType KMS is required if KMSMasterKeyId is specified");
  }
  if (input.type == "AES256") return invalid_parameter("SSEType AES256 is not supported");
  if (!enabled) return std::optional<std::string>();
  nlohmann::json description = {{"Status", "ENABLED"},
                                {"SSEType", "KMS"},
                                {"KMSMasterKeyArn", key_arn(context, input.key_id)}};
  return std::optional(description.dump());
}

std::string warm_throughput_setting(const table::Throughput& warm) {
  return nlohmann::json{{"ReadUnitsPerSecond", warm.read_units},
                        {"WriteUnitsPerSecond", warm.write_units}}
      .dump();
}

table::Throughput warm_throughput(const table::Table& table) {
  table::Throughput warm =
      table.billing_mode == table::BillingMode::kPayPerRequest ? kOnDemandWarm : table.throughput;
  auto given = table.kept_settings.find(kWarmThroughputSetting);
  if (given == table.kept_settings.end()) return warm;
  nlohmann::json kept = nlohmann::json::parse(given->second, nullptr, false);
  if (!kept.is_object()) return warm;
  return {kept.value("ReadUnitsPerSecond", warm.read_units),
          kept.value("WriteUnitsPerSecond", warm.write_units)};
}

}  // namespace millrace::dynamodb::operation
