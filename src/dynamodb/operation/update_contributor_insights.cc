#include "dynamodb/operation/update_contributor_insights.h"

#include <nlohmann/json.hpp>

#include "dynamodb/operation/contributor_insights.h"
#include "dynamodb/operation/kept_settings.h"
#include "dynamodb/operation/request_reader.h"
#include "dynamodb/operation/table_name.h"

namespace millrace::dynamodb::operation {
namespace {

struct Input {
  std::optional<std::string> table_name, index, action, mode;
};

aws::Result<void> check_input(const Input& input) {
  ConstraintList constraints;
  constraints.require(input.action, "contributorInsightsAction");
  constraints.check_one_of(input.action, "contributorInsightsAction", "ENABLE, DISABLE");
  constraints.check_one_of(input.mode, "contributorInsightsMode",
                           "ACCESSED_AND_THROTTLED_KEYS, THROTTLED_KEYS");
  check_insights_index(constraints, input.index);
  return constraints.result();
}

// Saying again what is so already changes nothing.
aws::Result<nlohmann::json> apply(const Input& input, Timestamp now, table::Table& table) {
  MILLRACE_CHECK_OK(find_insights_target(table, input.index));
  std::string index = input.index.value_or("");
  InsightsSetting setting = kept_insights(table, index);
  bool enable = *input.action == "ENABLE";
  bool changes = enable != setting.enabled || (enable && input.mode && *input.mode != setting.mode);
  setting.mode = input.mode.value_or(setting.mode);
  if (changes) {
    setting.enabled = enable;
    setting.changed = now;
    keep_insights(table, index, setting);
  }
  nlohmann::json answer = {{"TableName", table.name}};
  if (input.index) answer["IndexName"] = *input.index;
  answer["ContributorInsightsStatus"] =
      changes ? (enable ? "ENABLING" : "DISABLING") : (enable ? "ENABLED" : "DISABLED");
  if (enable) answer["ContributorInsightsMode"] = setting.mode;
  return answer;
}

}  // namespace

aws::OperationHandler update_contributor_insights(const Dependencies& dependencies) {
  table::TableCatalog& catalog = dependencies.catalog;
  return settings_operation(
      catalog,
      [&catalog](const aws::RequestContext& context,
                 json::Value root) -> aws::Result<SettingsChange> {
        MILLRACE_TRY(Input input, read_request(root, [](RequestReader& reader) {
                       return Input{reader.string("TableName"), reader.string("IndexName"),
                                    reader.string("ContributorInsightsAction"),
                                    reader.string("ContributorInsightsMode")};
                     }));
        MILLRACE_TRY(std::string name, control_table_name(context, input.table_name));
        MILLRACE_CHECK_OK(check_input(input));
        MILLRACE_CHECK_OK(find_for_control(catalog, context, name));
        return SettingsChange{std::move(name), [&catalog, input](table::Table& table) {
                                return apply(input, catalog.now(), table);
                              }};
      });
}

}  // namespace millrace::dynamodb::operation
