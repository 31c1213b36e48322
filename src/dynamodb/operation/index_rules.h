// What CreateTable and UpdateTable require of secondary indexes, beyond the member constraints.
#pragma once

#include <string>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/operation/key_schema.h"
#include "dynamodb/operation/table_input.h"
#include "dynamodb/table/table.h"

namespace millrace::dynamodb::operation {

// The indexes of a table, local ones first, without the numbers and cells that the catalog assigns.
// `definitions`: the table's; `schema`: the table's keys.
aws::Result<std::vector<table::Index>> define_indexes(
    const CreateTableInput& input, const std::vector<table::KeyDefinition>& definitions,
    const KeySchema& schema, const std::string& region);

// One global index: of a new table, or for one that is there. `on_demand`: the table's billing.
aws::Result<table::Index> define_global_index(const IndexInput& input,
                                              const std::vector<table::KeyDefinition>& definitions,
                                              bool on_demand, const std::string& region);

// The bound on included attributes over all indexes of a table.
aws::Result<void> check_included_attributes(const std::vector<table::Index>& indexes);

}  // namespace millrace::dynamodb::operation
