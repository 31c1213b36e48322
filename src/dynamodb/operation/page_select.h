// Select: which attributes of the items that a page returns, and where they come from.
#pragma once

#include <string>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/operation/page_input.h"
#include "dynamodb/table/table.h"

namespace millrace::dynamodb::operation {

// Select against the other members.
aws::Result<void> check_select(const PageInput& input);

// Whether the attributes that are wanted can be had from what is read. `index` null: the table.
aws::Result<void> check_select(const PageInput& input, const expression::ProjectionPtr& projection,
                               const table::Table& table, const table::Index* index);

// The attributes that paths begin with and the index does not have, once each.
std::vector<std::string> unprojected(const std::vector<expression::DocumentPath>& paths,
                                     const table::Table& table, const table::Index& index);

// Whether a local index's rows have to be completed from the table.
bool fetches_from_table(const PageInput& input, const expression::ProjectionPtr& projection,
                        const table::Table& table, const table::Index* index);

}  // namespace millrace::dynamodb::operation
