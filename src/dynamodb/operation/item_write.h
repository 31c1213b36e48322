// The writes themselves: from a checked input to what the item store is to decide inside its
// transaction. Shared by single, batch and transactional writes.
#pragma once

#include <memory>
#include <string>

#include "aws/api_error.h"
#include "dynamodb/operation/write_input.h"
#include "dynamodb/table/item_store.h"
#include "dynamodb/table/table.h"

namespace millrace::dynamodb::operation {

// An item that is put has to keep the size limit, which needs no table.
aws::Result<void> check_item_size(const Item& item);

// Checks the key (or item) and the expressions against the table's schema, and makes the write.
// Errors: ValidationException.
aws::Result<table::ItemWrite> make_write(table::TablePtr table, WriteInput& input,
                                         WriteExpressions expressions);
// The parts of a batch. REQUIRES: item and key fit the schema.
table::ItemWrite make_put(table::TablePtr table, Item item);
table::ItemWrite make_delete(table::TablePtr table, Item key);

}  // namespace millrace::dynamodb::operation
