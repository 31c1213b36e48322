#include "dynamodb/operation/describe_contributor_insights.h"

#include <nlohmann/json.hpp>

#include "dynamodb/operation/contributor_insights.h"
#include "dynamodb/operation/control_operation.h"
#include "dynamodb/operation/request_reader.h"
#include "dynamodb/operation/table_name.h"

namespace millrace::dynamodb::operation {
namespace {

struct Input {
  std::optional<std::string> table_name, index;
};

}  // namespace

aws::OperationHandler describe_contributor_insights(const Dependencies& dependencies) {
  table::TableCatalog& catalog = dependencies.catalog;
  return control_operation([&catalog](const aws::RequestContext& context,
                                      json::Value root) -> aws::Result<nlohmann::json> {
    MILLRACE_TRY(Input input, read_request(root, [](RequestReader& reader) {
                   return Input{reader.string("TableName"), reader.string("IndexName")};
                 }));
    MILLRACE_TRY(std::string name, control_table_name(context, input.table_name));
    ConstraintList constraints;
    check_insights_index(constraints, input.index);
    MILLRACE_CHECK_OK(constraints.result());
    MILLRACE_TRY(table::TablePtr table, find_for_control(catalog, context, name));
    MILLRACE_CHECK_OK(find_insights_target(*table, input.index));
    return describe_insights(*table, input.index.value_or(""));
  });
}

}  // namespace millrace::dynamodb::operation
