#include "dynamodb/operation/delete_table.h"

#include "dynamodb/operation/control_operation.h"
#include "dynamodb/operation/table_input.h"
#include "dynamodb/operation/table_name.h"

namespace millrace::dynamodb::operation {

aws::OperationHandler delete_table(const Dependencies& dependencies) {
  table::TableCatalog& catalog = dependencies.catalog;
  return catalog_operation(
      catalog,
      [&catalog](const aws::RequestContext& context,
                 json::Value root) -> aws::Result<CatalogChange> {
        MILLRACE_TRY(auto table_name, read_table_name(root));
        MILLRACE_TRY(std::string name, control_table_name(context, table_name));
        MILLRACE_CHECK_OK(find_for_control(catalog, context, name));
        return CatalogChange(
            [&catalog, context, name = std::move(name)](table::TableCatalog::Completion done) {
              catalog.remove(context, name, std::move(done));
            });
      },
      ChangeAnswer::kDeletedTable);
}

}  // namespace millrace::dynamodb::operation
