// INSERT, UPDATE, DELETE and EXISTS as writes of the item store: the same ones that PutItem,
// UpdateItem and DeleteItem make.
#pragma once

#include <string>

#include "aws/api_error.h"
#include "dynamodb/expression/update.h"
#include "dynamodb/partiql/statement.h"
#include "dynamodb/table/item_store.h"
#include "dynamodb/table/table.h"

namespace millrace::dynamodb::operation {

struct StatementWrite {
  table::ItemWrite write;
  expression::UpdatePtr update;  // UPDATE
  partiql::Returning returning = partiql::Returning::kNone;
};

// REQUIRES: the statement is no SELECT. Errors: ValidationException. The write's own errors are
// DuplicateItemException and ConditionalCheckFailedException, the latter with the item if
// `return_old`.
aws::Result<StatementWrite> make_statement_write(table::TablePtr table,
                                                 partiql::Statement statement, bool return_old);

// Appends the item that RETURNING asks for; whether there is one.
bool append_returned(std::string& out, const StatementWrite& write,
                     const table::WriteOutcome& outcome);

}  // namespace millrace::dynamodb::operation
