#include "dynamodb/operation/update_time_to_live.h"

#include <nlohmann/json.hpp>

#include "dynamodb/operation/constraint_list.h"
#include "dynamodb/operation/control_operation.h"
#include "dynamodb/operation/request_reader.h"
#include "dynamodb/operation/table_name.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr size_t kAttributeNameBytesMax = 255;

struct Specification {
  std::optional<bool> enabled;
  std::optional<std::string> attribute_name;
};
struct Input {
  std::optional<std::string> table_name;
  std::optional<Specification> specification;
};

Input read_input(RequestReader& reader) {
  return Input{reader.string("TableName"),
               reader.structure("TimeToLiveSpecification", "TimeToLiveSpecification",
                                [](RequestReader& specification) {
                                  return Specification{specification.boolean("Enabled"),
                                                       specification.string("AttributeName")};
                                })};
}

aws::Result<void> check_input(const Input& input) {
  ConstraintList constraints;
  constraints.require(input.specification, "timeToLiveSpecification");
  if (input.specification) {
    const std::string path = "timeToLiveSpecification.attributeName";
    constraints.require(input.specification->attribute_name, path);
    constraints.check_length(input.specification->attribute_name, path, 1, kAttributeNameBytesMax);
    constraints.require(input.specification->enabled, "timeToLiveSpecification.enabled");
  }
  return constraints.result();
}

}  // namespace

aws::OperationHandler update_time_to_live(const Dependencies& dependencies) {
  table::TableCatalog& catalog = dependencies.catalog;
  return answered_operation([&catalog](const aws::RequestContext& context,
                                       json::Value root) -> aws::Result<AnsweredChange> {
    MILLRACE_TRY(Input input, read_request(root, read_input));
    MILLRACE_TRY(std::string name, control_table_name(context, input.table_name));
    MILLRACE_CHECK_OK(check_input(input));
    MILLRACE_CHECK_OK(find_for_control(catalog, context, name));
    bool enabled = *input.specification->enabled;
    std::string attribute = *input.specification->attribute_name;
    nlohmann::json answer = {
        {"TimeToLiveSpecification", {{"Enabled", enabled}, {"AttributeName", attribute}}}};
    table::TableUpdate update;
    update.time_to_live = {enabled, std::move(attribute)};
    CatalogChange change = [&catalog, context, name = std::move(name), update = std::move(update)](
                               table::TableCatalog::Completion done) mutable {
      catalog.update(context, std::move(name), std::move(update), std::move(done));
    };
    return AnsweredChange{std::move(change), answer.dump()};
  });
}

}  // namespace millrace::dynamodb::operation
