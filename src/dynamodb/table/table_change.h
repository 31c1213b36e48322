// The catalog's rules for new and changed tables, without storage: pure functions.
#pragma once

#include "aws/api_error.h"
#include "aws/request_context.h"
#include "base/clock.h"
#include "dynamodb/table/table.h"
#include "dynamodb/table/table_catalog.h"

namespace millrace::dynamodb::table {

// How many numbers a new table takes from the engine's counter: its own, its indexes', its cells'.
uint64_t numbers_needed(const TableDefinition& definition, int cells);

// The table that the definition describes, with consecutive numbers from `first_number`.
Table new_table(const aws::RequestContext& context, const TableDefinition& definition, int cells,
                uint64_t first_number, std::string id, Timestamp now);

// The table after the update, apart from its stream, which StreamStore changes. Errors: an index
// that the table does not have, and those of change_indexes(); a stream, or time to live, that is
// to be enabled twice, or disabled but is not there. A new time to live, or index, has no number
// yet.
aws::Result<Table> updated_table(const Table& table, const TableUpdate& update, Timestamp now);

// What UpdateTable answers: status UPDATING with the old throughput; waiters then see the new one.
Table update_answer(const Table& before, const Table& after);

// What a stream of this table is made from.
stream::StreamStore::NewStream stream_description(const Table& table, stream::ViewType view_type);

}  // namespace millrace::dynamodb::table
