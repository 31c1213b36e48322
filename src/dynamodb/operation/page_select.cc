#include "dynamodb/operation/page_select.h"

#include <algorithm>

#include "dynamodb/operation/constraint_list.h"
#include "dynamodb/operation/key_schema.h"
#include "dynamodb/operation/key_validation.h"

namespace millrace::dynamodb::operation {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::vector<std::string> unprojected(const std::vector<expression::DocumentPath>& paths,
                                     const table::Table& table, const table::Index& index) {
  std::vector<std::string> names;
  if (index.projection == table::ProjectionType::kAll) return names;
  for (const auto& path : paths) {
    const std::string& name = path.attribute();
    if (contains(key_names(table), name) || contains(key_names(index), name) ||
        contains(index.included_attributes, name) || contains(names, name)) {
      continue;
    }
    names.push_back(name);
  }
  return names;
}

aws::Result<void> check_select(const PageInput& input) {
  if (!input.select) return {};
  const std::string& select = *input.select;
  bool expression = input.projection.projection_expression.has_value();
  bool projected = expression || input.projection.attributes_to_get;
  if (select == "SPECIFIC_ATTRIBUTES" && !projected) {
    std::string text =
        "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
        "SPECIFIC_ATTRIBUTES";
    return aws::validation_error(input.kind == PageKind::kQuery ? in_envelope(text) : text);
  }
  if (select != "SPECIFIC_ATTRIBUTES" && projected) {
    return aws::validation_error(std::string("Cannot specify the ") +
                                 (expression ? "ProjectionExpression" : "AttributesToGet") +
                                 " when choosing to get " +
                                 (select == "COUNT" ? "only the Count" : select));
  }
  if (select == "ALL_PROJECTED_ATTRIBUTES" && !input.index_name) {
    return aws::validation_error(
        "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
  }
  return {};
}

aws::Result<void> check_select(const PageInput& input, const expression::ProjectionPtr& projection,
                               const table::Table& table, const table::Index* index) {
  if (index == nullptr || !index->global) return {};
  if (input.select == "ALL_ATTRIBUTES" && index->projection != table::ProjectionType::kAll) {
    return invalid_parameter(
        "Select type ALL_ATTRIBUTES is not supported for global secondary index " + index->name +
        " because its projection type is not ALL");
  }
  if (projection == nullptr) return {};
  auto missing = unprojected(projection->paths(), table, *index);
  if (missing.empty()) return {};
  return invalid_parameter("Global secondary index " + index->name + " does not project " +
                           bracketed(missing));
}

bool fetches_from_table(const PageInput& input, const expression::ProjectionPtr& projection,
                        const table::Table& table, const table::Index* index) {
  if (index == nullptr || index->global || index->projection == table::ProjectionType::kAll) {
    return false;
  }
  if (input.select == "ALL_ATTRIBUTES") return true;
  return projection != nullptr && !unprojected(projection->paths(), table, *index).empty();
}

}  // namespace millrace::dynamodb::operation
