#include "dynamodb/operation/list_contributor_insights.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "dynamodb/operation/contributor_insights.h"
#include "dynamodb/operation/control_operation.h"
#include "dynamodb/operation/request_reader.h"
#include "dynamodb/operation/table_name.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr int64_t kSummariesMax = 100;

struct Input {
  std::optional<std::string> table_name, next_token;
  std::optional<int64_t> limit;
};

// The place of a setting in the list, and the token of the page that begins behind it: a table's
// own comes before its indexes'. No name has a slash.
std::string place_of(const table::Table& table, const std::string& index) {
  return table.name + '/' + index;
}

using Summaries = std::map<std::string, nlohmann::json>;

void add_summary(const table::Table& table, const std::string& index, Summaries& summaries) {
  InsightsSetting setting = kept_insights(table, index);
  if (!setting.enabled) return;
  nlohmann::json summary = {{"TableName", table.name},
                            {"ContributorInsightsStatus", "ENABLED"},
                            {"ContributorInsightsMode", setting.mode}};
  if (!index.empty()) summary["IndexName"] = index;
  summaries.emplace(place_of(table, index), std::move(summary));
}

nlohmann::json page_of(const std::vector<table::TablePtr>& tables, const Input& input) {
  Summaries summaries;
  for (const auto& table : tables) {
    add_summary(*table, "", summaries);
    for (const auto& index : table->indexes) add_summary(*table, index.name, summaries);
  }
  auto list = nlohmann::json::array();
  nlohmann::json answer;
  auto limit = static_cast<size_t>(input.limit.value_or(kSummariesMax));
  auto next = input.next_token ? summaries.upper_bound(*input.next_token) : summaries.begin();
  std::string last;
  for (; next != summaries.end(); ++next) {
    if (list.size() == limit) {
      answer["NextToken"] = last;
      break;
    }
    last = next->first;
    list.push_back(next->second);
  }
  answer["ContributorInsightsSummaries"] = std::move(list);
  return answer;
}

}  // namespace

aws::OperationHandler list_contributor_insights(const Dependencies& dependencies) {
  table::TableCatalog& catalog = dependencies.catalog;
  return control_operation([&catalog](const aws::RequestContext& context,
                                      json::Value root) -> aws::Result<nlohmann::json> {
    MILLRACE_TRY(Input input, read_request(root, [](RequestReader& reader) {
                   return Input{reader.string("TableName"), reader.string("NextToken"),
                                reader.integer("MaxResults")};
                 }));
    ConstraintList constraints;
    constraints.check_range(input.limit, "maxResults", 1, kSummariesMax);
    MILLRACE_CHECK_OK(constraints.result());
    if (!input.table_name) return page_of(catalog.list(context.account, context.region), input);
    MILLRACE_TRY(std::string name, control_table_name(context, input.table_name));
    MILLRACE_TRY(table::TablePtr table, find_for_control(catalog, context, name));
    return page_of({table}, input);
  });
}

}  // namespace millrace::dynamodb::operation
