#include "dynamodb/operation/create_table.h"

#include "dynamodb/operation/control_operation.h"
#include "dynamodb/operation/resource_policy.h"
#include "dynamodb/operation/table_constraints.h"
#include "dynamodb/operation/table_definition.h"
#include "dynamodb/operation/table_input.h"
#include "dynamodb/operation/table_name.h"

namespace millrace::dynamodb::operation {

aws::OperationHandler create_table(const Dependencies& dependencies) {
  table::TableCatalog& catalog = dependencies.catalog;
  return catalog_operation(
      catalog,
      [&catalog](const aws::RequestContext& context,
                 json::Value root) -> aws::Result<CatalogChange> {
        MILLRACE_TRY(CreateTableInput input, read_create_table_input(root));
        MILLRACE_TRY(std::string name, control_table_name(context, input.table_name));
        if (!has_name_characters(name)) {
          return aws::validation_error(
              "A table can only be created in the caller's own account and region");
        }
        MILLRACE_CHECK_OK(check_constraints(input));
        MILLRACE_TRY(auto definition, define_table(context, input, name));
        if (input.resource_policy) {
          MILLRACE_TRY(std::string policy, canonical_policy(context, *input.resource_policy));
          keep_first_policy(definition.kept_settings, policy, catalog.now());
        }
        return CatalogChange([&catalog, context, definition = std::move(definition)](
                                 table::TableCatalog::Completion done) mutable {
          catalog.create(context, std::move(definition), std::move(done));
        });
      });
}

}  // namespace millrace::dynamodb::operation
