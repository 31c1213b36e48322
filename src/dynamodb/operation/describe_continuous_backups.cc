#include "dynamodb/operation/describe_continuous_backups.h"

#include <nlohmann/json.hpp>

#include "dynamodb/operation/control_operation.h"
#include "dynamodb/operation/table_input.h"
#include "dynamodb/operation/table_name.h"

namespace millrace::dynamodb::operation {

aws::OperationHandler describe_continuous_backups(const Dependencies& dependencies) {
  table::TableCatalog& catalog = dependencies.catalog;
  return control_operation([&catalog](const aws::RequestContext& context,
                                      json::Value root) -> aws::Result<nlohmann::json> {
    MILLRACE_TRY(auto table_name, read_table_name(root));
    MILLRACE_TRY(std::string name, control_table_name(context, table_name));
    // The backup operations have an error of their own for a missing table.
    if (!find_for_control(catalog, context, name)) {
      return aws::api_error(400, "TableNotFoundException", "Table not found: " + name);
    }
    nlohmann::json description = {
        {"ContinuousBackupsStatus", "ENABLED"},
        {"PointInTimeRecoveryDescription", {{"PointInTimeRecoveryStatus", "DISABLED"}}}};
    return nlohmann::json{{"ContinuousBackupsDescription", std::move(description)}};
  });
}

}  // namespace millrace::dynamodb::operation
