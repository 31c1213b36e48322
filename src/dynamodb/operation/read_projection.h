// Which attributes a read returns: ProjectionExpression, or AttributesToGet as it was before.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/expression/projection.h"
#include "dynamodb/expression/substitutions.h"
#include "dynamodb/operation/request_reader.h"
#include "dynamodb/table/table.h"

namespace millrace::dynamodb::operation {

struct ProjectionMembers {
  std::optional<std::string> projection_expression;
  std::optional<std::vector<std::string>> attributes_to_get;
  expression::SubstitutionMembers substitutions;
};
ProjectionMembers read_projection_members(RequestReader& reader, ValueLayer layer);

// For reads whose only expression is a projection: the check of the members, then of the key's
// values
// (`key_fault`, where DynamoDB looks at them now), then the projection. Null: all attributes.
aws::Result<expression::ProjectionPtr> parse_projection_members(
    ProjectionMembers& members, const std::optional<aws::ApiError>& key_fault);

// Neither the table's keys nor an index's have anything below them to project.
aws::Result<void> check_projection(const table::Table& table,
                                   const expression::ProjectionPtr& projection);

// The item as JSON: all of it without a projection.
void append_projected(std::string& out, std::string_view encoded,
                      const expression::ProjectionPtr& projection);

}  // namespace millrace::dynamodb::operation
