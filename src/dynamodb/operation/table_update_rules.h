// From UpdateTable's input to the change that the catalog makes.
#pragma once

#include "aws/api_error.h"
#include "aws/request_context.h"
#include "base/clock.h"
#include "dynamodb/operation/table_input.h"
#include "dynamodb/table/table_catalog.h"

namespace millrace::dynamodb::operation {

// The change of `table`, made at `now`. REQUIRES: check_constraints() and check_update_request()
// succeeded.
aws::Result<table::TableUpdate> define_update(const aws::RequestContext& context,
                                              const UpdateTableInput& input,
                                              const table::Table& table, Timestamp now);

}  // namespace millrace::dynamodb::operation
