#include "dynamodb/operation/contributor_insights.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "dynamodb/operation/kept_settings.h"
#include "dynamodb/operation/table_description.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr const char* kSetting = "ContributorInsights";

// The names of CloudWatch's rules: most accessed and most throttled partition keys, and pairs of
// partition and sort key.
std::vector<std::string> rules(const table::Table& table, const std::string& index_name,
                               const InsightsSetting& setting) {
  const table::Index* index = table.find_index(index_name);
  bool has_sort_key = index == nullptr ? table.sort_key.has_value() : !index->sort_key.empty();
  std::string target = table.name + (index_name.empty() ? "" : '-' + index_name) + '-' +
                       std::to_string(to_unix_millis(setting.changed));
  std::vector<std::string> names;
  for (const char* measured : {"C", "T"}) {
    if (*measured == 'C' && setting.mode == "THROTTLED_KEYS") continue;
    names.push_back(std::string("DynamoDBContributorInsights-PK") + measured + '-' + target);
    if (!has_sort_key) continue;
    names.push_back(std::string("DynamoDBContributorInsights-SK") + measured + '-' + target);
  }
  return names;
}

}  // namespace

void check_insights_index(ConstraintList& constraints, const std::optional<std::string>& index) {
  constraints.check_name(index, "indexName");
}

aws::Result<void> find_insights_target(const table::Table& table,
                                       const std::optional<std::string>& index) {
  if (!index) return {};
  const table::Index* found = table.find_index(*index);
  if (found != nullptr && found->global) return {};
  return aws::api_error(
      400, "ResourceNotFoundException",
      "Requested resource not found: Index " + *index + " for table " + table.name);
}

InsightsSetting kept_insights(const table::Table& table, const std::string& index) {
  InsightsSetting setting;
  nlohmann::json kept = kept_setting(table, setting_name(kSetting, index));
  if (!kept.is_object()) return setting;
  setting.enabled = true;
  setting.mode = kept.value("Mode", setting.mode);
  setting.changed = from_unix_millis(kept.value("Changed", int64_t{0}));
  return setting;
}

void keep_insights(table::Table& table, const std::string& index, const InsightsSetting& setting) {
  nlohmann::json document;
  if (setting.enabled) {
    document = {{"Mode", setting.mode}, {"Changed", to_unix_millis(setting.changed)}};
  }
  keep_setting(table, setting_name(kSetting, index), document);
}

nlohmann::json describe_insights(const table::Table& table, const std::string& index) {
  nlohmann::json answer = {{"TableName", table.name}};
  if (!index.empty()) answer["IndexName"] = index;
  InsightsSetting setting = kept_insights(table, index);
  answer["ContributorInsightsStatus"] = setting.enabled ? "ENABLED" : "DISABLED";
  if (!setting.enabled) return answer;
  answer["ContributorInsightsMode"] = setting.mode;
  answer["ContributorInsightsRuleList"] = rules(table, index, setting);
  answer["LastUpdateDateTime"] = timestamp_seconds(setting.changed);
  return answer;
}

}  // namespace millrace::dynamodb::operation
