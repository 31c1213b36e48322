#include "dynamodb/operation/table_settings.h"

#include <nlohmann/json.hpp>

#include "aws/arn.h"
#include "dynamodb/operation/kept_settings.h"
#include "dynamodb/operation/key_schema.h"
#include "dynamodb/operation/table_description.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr const char* kClassSetting = "TableClassSummary";
constexpr size_t kClassChangesMax = 2;
constexpr auto kClassChangesPeriod = std::chrono::hours(30 * 24);

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

aws::Result<void> check_table_class(const std::optional<std::string>& table_class) {
  if (!table_class || *table_class == "STANDARD" || *table_class == "STANDARD_INFREQUENT_ACCESS") {
    return {};
  }
  return aws::validation_error(
      "Invalid table-class parameter provided. Please try again with a valid table-class value: "
      "[STANDARD, STANDARD_INFREQUENT_ACCESS].");
}

void keep_given_class(std::map<std::string, std::string>& settings) {
  settings[kClassSetting] = R"({"Changes":[]})";
}

aws::Result<void> note_class_change(table::Table& table, Timestamp now) {
  nlohmann::json kept = kept_setting(table, kClassSetting);
  auto recent = nlohmann::json::array();
  if (kept.is_object()) {
    for (const auto& change : kept.value("Changes", nlohmann::json::array())) {
      Timestamp time = from_unix_millis(change.get<int64_t>());
      if (time + kClassChangesPeriod > now) recent.push_back(change);
    }
  }
  if (recent.size() >= kClassChangesMax) {
    return aws::api_error(400, "LimitExceededException",
                          "Subscriber limit exceeded: Updates to TableClass are limited to 2 times "
                          "in 30 day(s).");
  }
  recent.push_back(to_unix_millis(now));
  keep_setting(table, kClassSetting,
               {{"Changes", std::move(recent)}, {"LastChange", to_unix_millis(now)}});
  return {};
}

nlohmann::json describe_class(const table::Table& table) {
  nlohmann::json kept = kept_setting(table, kClassSetting);
  if (!kept.is_object() && table.table_class == "STANDARD") return nullptr;
  nlohmann::json summary = {{"TableClass", table.table_class}};
  if (kept.is_object() && kept.contains("LastChange")) {
    summary["LastUpdateDateTime"] =
        timestamp_seconds(from_unix_millis(kept.value("LastChange", int64_t{0})));
  }
  return summary;
}

aws::Result<void> check_global_settings_mode(const std::optional<std::string>& mode) {
  if (mode != "ENABLED_WITH_OVERRIDES") return {};
  return aws::validation_error(
      "Value 'ENABLED_WITH_OVERRIDES' at 'GlobalTableSettingsReplicationMode' failed to satisfy "
      "constraint: Only ENABLED and DISABLED settings replication are supported for a Regional "
      "Table.");
}

}  // namespace millrace::dynamodb::operation
