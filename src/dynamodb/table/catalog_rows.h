// The catalog's rows in kTableCatalogCell (docs/formats/tables.md): which there are, and loading
// them.
#pragma once

#include <string>
#include <vector>

#include "dynamodb/table/table.h"
#include "engine/engine.h"

namespace millrace::dynamodb::table {

// 'T' account 00 region 00 name: a table.
std::string table_row_key(const Table& table);
// 'D' table-number: a removed table whose rows are still being erased.
std::string removed_row_key(uint64_t table_number);
// 'E' number: an enabling of time to live that has ended and whose rows are still being erased.
std::string ended_time_to_live_prefix();
std::string ended_time_to_live_key(uint64_t number);

struct CatalogRows {
  std::vector<Table> tables;
  std::vector<Table> removed;
};
engine::Result<CatalogRows> load_catalog(engine::Engine& engine);

// Sets what is not stored: live counters, all zero, and the names that indexes project.
void add_derived(Table& table);
// Sets the counters from the heads of the table's and its indexes' cells.
engine::Result<void> load_counters(engine::Engine& engine, const Table& table);

}  // namespace millrace::dynamodb::table
