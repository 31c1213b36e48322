// The catalog's rules for global indexes that are created or deleted on a live table.
#pragma once

#include <string>

#include "aws/api_error.h"
#include "dynamodb/table/table.h"
#include "dynamodb/table/table_catalog.h"
#include "engine/engine.h"

namespace millrace::dynamodb::table {

// Adds the new index to the table, without a number, or marks the one that is to be deleted.
// Errors: ValidationException if there is one of that name, or a local one is to be deleted;
// ResourceNotFoundException; LimitExceededException if there are 20 already, or another index is
// being created or deleted. One that is being created may be deleted.
aws::Result<void> change_indexes(Table& table, const TableUpdate& update);
// ResourceInUseException while an index is being created or deleted.
aws::Result<void> check_indexes_settled(const Table& table);
// ResourceInUseException for a table that is being restored.
aws::Result<void> check_not_being_created(const Table& table);
// ResourceInUseException while the table is being copied.
aws::Result<void> check_not_being_copied(const Table& table);
// A table whose items have been restored becomes active once its indexes are.
void finish_restore(Table& table);
// Makes an index of this status, which has one of these changes behind it, active or lets it go.
// False if there is none.
bool finish_index(Table& table, uint64_t index_number, IndexStatus status);

// In the transaction that changes the table: begins what is new in `after`, and ends what is being
// deleted there. REQUIRES: the transaction names the cells of the table and its global indexes.
engine::Result<void> begin_index_changes(engine::Transaction& transaction, const Table& before,
                                         const Table& after);

}  // namespace millrace::dynamodb::table
