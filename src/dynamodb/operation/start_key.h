// ExclusiveStartKey of Query and Scan, and LastEvaluatedKey, which clients send back as such.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/expression/key_condition.h"
#include "dynamodb/operation/page_input.h"
#include "dynamodb/table/item_store.h"
#include "dynamodb/table/table.h"

namespace millrace::dynamodb::operation {

// A bad value inside an ExclusiveStartKey: most are reported as being inside it.
aws::ApiError start_key_fault(aws::ApiError fault);

// The attributes that a start key has: the table's keys, and the index's (null: none), once each.
std::vector<table::KeyDefinition> start_key_attributes(const table::Table& table,
                                                       const table::Index* index);

// Exactly these attributes, with their types.
aws::Result<void> check_start_key(PageKind kind, const Item& start_key, const table::Table& table,
                                  const table::Index* index);
// It lies in what the query reads.
aws::Result<void> check_start_key_in_range(const Item& start_key, const table::Table& table,
                                           const table::Index* index,
                                           const expression::KeyRange& range);
// It lies in the segment that the scan reads.
aws::Result<void> check_start_key_in_segment(const Item& start_key, const table::Table& table,
                                             const table::Index* index, int64_t segment,
                                             int64_t total_segments);

// The key of an item of the table or index, as JSON.
void append_last_evaluated_key(std::string& out, std::string_view encoded,
                               const table::Table& table, const table::Index* index);

}  // namespace millrace::dynamodb::operation
