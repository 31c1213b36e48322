#include "dynamodb/operation/list_tables.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "dynamodb/operation/constraint_list.h"
#include "dynamodb/operation/control_operation.h"
#include "dynamodb/operation/request_reader.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr int64_t kTablesMax = 100;

struct Input {
  std::optional<std::string> start;
  std::optional<int64_t> limit;
};

aws::Result<Input> read_input(json::Value root) {
  MILLRACE_TRY(Input input, read_request(root, [](RequestReader& reader) {
                 return Input{reader.string("ExclusiveStartTableName"), reader.integer("Limit")};
               }));
  ConstraintList constraints;
  constraints.check_range(input.limit, "limit", 1, kTablesMax);
  constraints.check_name(input.start, "exclusiveStartTableName");
  MILLRACE_CHECK_OK(constraints.result());
  return input;
}

}  // namespace

aws::OperationHandler list_tables(const Dependencies& dependencies) {
  table::TableCatalog& catalog = dependencies.catalog;
  return control_operation([&catalog](const aws::RequestContext& context,
                                      json::Value root) -> aws::Result<nlohmann::json> {
    MILLRACE_TRY(Input input, read_input(root));
    std::vector<std::string> names;
    for (const auto& table : catalog.list(context.account, context.region)) {
      if (!input.start || table->name > *input.start) names.push_back(table->name);
    }
    std::sort(names.begin(), names.end());
    auto limit = static_cast<size_t>(input.limit.value_or(kTablesMax));
    nlohmann::json answer;
    if (names.size() > limit) {
      names.resize(limit);
      answer["LastEvaluatedTableName"] = names.back();
    }
    answer["TableNames"] = std::move(names);
    return answer;
  });
}

}  // namespace millrace::dynamodb::operation
