#include "dynamodb/operation/update_table.h"

#include "dynamodb/operation/control_operation.h"
#include "dynamodb/operation/table_constraints.h"
#include "dynamodb/operation/table_input.h"
#include "dynamodb/operation/table_name.h"
#include "dynamodb/operation/table_update_request.h"
#include "dynamodb/operation/table_update_rules.h"

namespace millrace::dynamodb::operation {

aws::OperationHandler update_table(const Dependencies& dependencies) {
  table::TableCatalog& catalog = dependencies.catalog;
  return catalog_operation(
      catalog,
      [&catalog](const aws::RequestContext& context,
                 json::Value root) -> aws::Result<CatalogChange> {
        MILLRACE_TRY(UpdateTableInput input, read_update_table_input(root));
        MILLRACE_TRY(std::string name, control_table_name(context, input.table_name));
        MILLRACE_CHECK_OK(check_constraints(input));
        MILLRACE_CHECK_OK(check_update_request(context, input));
        MILLRACE_TRY(table::TablePtr before, find_for_control(catalog, context, name));
        MILLRACE_TRY(auto update, define_update(context, input, *before, catalog.now()));
        return CatalogChange(
            [&catalog, context, name = std::move(name),
             update = std::move(update)](table::TableCatalog::Completion done) mutable {
              catalog.update(context, std::move(name), std::move(update), std::move(done));
            });
      });
}

}  // namespace millrace::dynamodb::operation
