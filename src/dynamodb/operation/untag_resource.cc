#include "dynamodb/operation/untag_resource.h"

#include "dynamodb/operation/constraint_list.h"
#include "dynamodb/operation/control_operation.h"
#include "dynamodb/operation/request_reader.h"
#include "dynamodb/operation/tags.h"

namespace millrace::dynamodb::operation {
namespace {

struct Input {
  std::optional<std::string> resource_arn;
  std::optional<std::vector<std::string>> keys;
};

aws::Result<void> check_input(const Input& input) {
  ConstraintList constraints;
  constraints.require(input.keys, "tagKeys");
  MILLRACE_CHECK_OK(constraints.result());
  if (!input.keys->empty()) return {};
  return aws::validation_error("Atleast one Tag Key needs to be provided as Input.");
}

}  // namespace

aws::OperationHandler untag_resource(const Dependencies& dependencies) {
  table::TableCatalog& catalog = dependencies.catalog;
  auto change = [&catalog](const aws::RequestContext& context,
                           json::Value root) -> aws::Result<CatalogChange> {
    MILLRACE_TRY(Input input, read_request(root, [](RequestReader& reader) {
                   return Input{reader.string("ResourceArn"), reader.strings("TagKeys")};
                 }));
    MILLRACE_CHECK_OK(check_input(input));
    MILLRACE_TRY(table::TablePtr table, find_tagged_table(catalog, context, input.resource_arn));
    table::TableUpdate update;
    update.tags_removed = std::move(*input.keys);
    return CatalogChange([&catalog, context, name = table->name, update = std::move(update)](
                             table::TableCatalog::Completion done) mutable {
      catalog.update(context, std::move(name), std::move(update), std::move(done));
    });
  };
  return catalog_operation(catalog, std::move(change), ChangeAnswer::kNothing);
}

}  // namespace millrace::dynamodb::operation
