// From UpdateTable's input to the change that the catalog makes.
#pragma once

#include "aws/api_error.h"
#include "aws/request_context.h"
#include "dynamodb/operation/table_input.h"
#include "dynamodb/table/table_catalog.h"

namespace millrace::dynamodb::operation {

// What can be told without the table: there is something to change, and only things that may be
// changed together.
aws::Result<void> check_update_request(const UpdateTableInput& input);

// The change of `table`. REQUIRES: check_constraints() and check_update_request() succeeded.
aws::Result<table::TableUpdate> define_update(const aws::RequestContext& context,
                                              const UpdateTableInput& input,
                                              const table::Table& table);

}  // namespace millrace::dynamodb::operation
