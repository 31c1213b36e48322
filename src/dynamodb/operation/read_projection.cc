#include "dynamodb/operation/read_projection.h"

#include "dynamodb/item/item_json.h"
#include "dynamodb/operation/key_validation.h"

namespace millrace::dynamodb::operation {

ProjectionMembers read_projection_members(RequestReader& reader, ValueLayer layer) {
  ProjectionMembers members;
  members.attributes_to_get = reader.strings("AttributesToGet");
  members.projection_expression = reader.string("ProjectionExpression");
  members.substitutions = reader.substitutions(layer);
  members.substitutions.values.reset();  // no such member here
  return members;
}

aws::Result<expression::ProjectionPtr> parse_projection_members(
    ProjectionMembers& members, const std::optional<aws::ApiError>& key_fault) {
  expression::ExpressionMembers present;
  if (members.attributes_to_get) present.non_expression.push_back("AttributesToGet");
  if (members.projection_expression) present.expression.push_back("ProjectionExpression");
  MILLRACE_CHECK_OK(expression::check_expression_members(present, members.substitutions));
  MILLRACE_TRY(auto substitutions,
               expression::Substitutions::create(std::move(members.substitutions)));
  if (key_fault) return Unexpected(*key_fault);
  if (members.attributes_to_get) {
    return expression::projection_of_attributes(*members.attributes_to_get);
  }
  expression::ProjectionPtr projection;
  if (members.projection_expression) {
    MILLRACE_TRY(projection,
                 expression::parse_projection(*members.projection_expression, substitutions));
  }
  MILLRACE_CHECK_OK(substitutions.check_all_used());
  return projection;
}

aws::Result<void> check_projection(const table::Table& table,
                                   const expression::ProjectionPtr& projection) {
  if (projection == nullptr) return {};
  MILLRACE_CHECK_OK(expression::check_key_paths(projection->paths(), key_names(table), "Key"));
  for (const auto& index : table.indexes) {
    MILLRACE_CHECK_OK(
        expression::check_key_paths(projection->paths(), key_names(index), "IndexKey"));
  }
  return {};
}

void append_projected(std::string& out, std::string_view encoded,
                      const expression::ProjectionPtr& projection) {
  if (projection == nullptr) {
    append_encoded_item_json(out, encoded);
  } else {
    append_encoded_item_json(out, projection->apply_encoded(encoded));
  }
}

}  // namespace millrace::dynamodb::operation
