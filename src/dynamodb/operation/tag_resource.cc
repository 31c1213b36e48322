#include "dynamodb/operation/tag_resource.h"

#include "dynamodb/operation/constraint_list.h"
#include "dynamodb/operation/control_operation.h"
#include "dynamodb/operation/request_reader.h"
#include "dynamodb/operation/tags.h"

namespace millrace::dynamodb::operation {
namespace {

struct Input {
  std::optional<std::string> resource_arn;
  std::optional<std::vector<TagInput>> tags;
};

aws::Result<Tags> check_input(const Input& input) {
  ConstraintList constraints;
  constraints.require(input.tags, "tags");
  MILLRACE_CHECK_OK(constraints.result());
  if (input.tags->empty()) {
    return aws::validation_error("Atleast one Tag needs to be provided as Input.");
  }
  return check_tags(*input.tags);
}

}  // namespace

aws::OperationHandler tag_resource(const Dependencies& dependencies) {
  table::TableCatalog& catalog = dependencies.catalog;
  auto change = [&catalog](const aws::RequestContext& context,
                           json::Value root) -> aws::Result<CatalogChange> {
    MILLRACE_TRY(Input input, read_request(root, [](RequestReader& reader) {
                   return Input{reader.string("ResourceArn"),
                                reader.list("Tags", "Tag", [](RequestReader& tag) {
                                  return TagInput{tag.string("Key"), tag.string("Value")};
                                })};
                 }));
    MILLRACE_TRY(Tags tags, check_input(input));
    MILLRACE_TRY(table::TablePtr table, find_tagged_table(catalog, context, input.resource_arn));
    Tags merged = tags;
    merged.insert(table->tags.begin(), table->tags.end());
    MILLRACE_CHECK_OK(check_tag_count(merged));
    table::TableUpdate update;
    update.tags_set = std::move(tags);
    return CatalogChange([&catalog, context, name = table->name, update = std::move(update)](
                             table::TableCatalog::Completion done) mutable {
      catalog.update(context, std::move(name), std::move(update), std::move(done));
    });
  };
  return catalog_operation(catalog, std::move(change), ChangeAnswer::kNothing);
}

}  // namespace millrace::dynamodb::operation
