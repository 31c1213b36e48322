// From CreateTable's input to the definition that the catalog creates: the rules beyond the member
// constraints, in DynamoDB's order; the first broken one is reported.
#pragma once

#include "aws/api_error.h"
#include "aws/request_context.h"
#include "dynamodb/operation/table_input.h"
#include "dynamodb/table/table_catalog.h"

namespace millrace::dynamodb::operation {

// REQUIRES: check_constraints(input) succeeded. `name`: the table's, also if the input has its ARN.
aws::Result<table::TableDefinition> define_table(const aws::RequestContext& context,
                                                 const CreateTableInput& input, std::string name);

}  // namespace millrace::dynamodb::operation
