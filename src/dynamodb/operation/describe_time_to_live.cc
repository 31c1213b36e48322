#include "dynamodb/operation/describe_time_to_live.h"

#include <nlohmann/json.hpp>

#include "dynamodb/operation/control_operation.h"
#include "dynamodb/operation/table_input.h"
#include "dynamodb/operation/table_name.h"

namespace millrace::dynamodb::operation {

aws::OperationHandler describe_time_to_live(const Dependencies& dependencies) {
  table::TableCatalog& catalog = dependencies.catalog;
  return control_operation([&catalog](const aws::RequestContext& context,
                                      json::Value root) -> aws::Result<nlohmann::json> {
    MILLRACE_TRY(auto table_name, read_table_name(root));
    MILLRACE_TRY(std::string name, control_table_name(context, table_name));
    MILLRACE_TRY(table::TablePtr table, find_for_control(catalog, context, name));
    // Never ENABLING or DISABLING: items that expire are deleted from the change on.
    nlohmann::json description = {{"TimeToLiveStatus", "DISABLED"}};
    if (table->time_to_live) {
      description = {{"TimeToLiveStatus", "ENABLED"},
                     {"AttributeName", table->time_to_live->attribute}};
    }
    return nlohmann::json{{"TimeToLiveDescription", std::move(description)}};
  });
}

}  // namespace millrace::dynamodb::operation
