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
    MILLRACE_CHECK_OK(find_for_control(catalog, context, name));
    // Nothing can enable it yet (UpdateTimeToLive is not there), so it is off for every table.
    return nlohmann::json{{"TimeToLiveDescription", {{"TimeToLiveStatus", "DISABLED"}}}};
  });
}

}  // namespace millrace::dynamodb::operation
