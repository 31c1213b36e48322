#include "dynamodb/operation/describe_table.h"

#include <nlohmann/json.hpp>

#include "dynamodb/operation/control_operation.h"
#include "dynamodb/operation/table_description.h"
#include "dynamodb/operation/table_input.h"
#include "dynamodb/operation/table_name.h"

namespace millrace::dynamodb::operation {

aws::OperationHandler describe_table(const Dependencies& dependencies) {
  table::TableCatalog& catalog = dependencies.catalog;
  return control_operation([&catalog](const aws::RequestContext& context,
                                      json::Value root) -> aws::Result<nlohmann::json> {
    MILLRACE_TRY(auto table_name, read_table_name(root));
    MILLRACE_TRY(std::string name, control_table_name(context, table_name));
    MILLRACE_TRY(table::TablePtr table, find_for_control(catalog, context, name));
    return nlohmann::json{{"Table", describe(*table, catalog)}};
  });
}

}  // namespace millrace::dynamodb::operation
