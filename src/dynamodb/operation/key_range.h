// From key conditions to the range that is read.
#pragma once

#include "dynamodb/expression/key_condition.h"
#include "dynamodb/table/item_store.h"
#include "dynamodb/table/table.h"

namespace millrace::dynamodb::operation {

// What key conditions are resolved against. `index` null: the table itself.
expression::KeySchema key_schema(const table::Table& table, const table::Index* index);

// Sets the partition and the bounds.
void set_key_range(table::RangeRead& read, expression::KeyRange range);

}  // namespace millrace::dynamodb::operation
