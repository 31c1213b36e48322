// A page of Query or Scan: what is read, what of it is returned, and where the next page begins.
#pragma once

#include <memory>

#include "aws/operation.h"
#include "dynamodb/operation/consumed_capacity.h"
#include "dynamodb/operation/operations.h"
#include "dynamodb/operation/page_input.h"
#include "dynamodb/table/item_store.h"

namespace millrace::dynamodb::operation {

struct PagePlan {
  table::RangeRead read;
  expression::ConditionPtr filter;
  expression::ProjectionPtr projection;
  bool count_only = false;
  size_t limit = SIZE_MAX;
  size_t page_bytes = 0;
  ReadConsistency consistency = ReadConsistency::kEventual;
  CapacityDetail capacity = CapacityDetail::kNone;
  std::shared_ptr<ThroughputMeter> meter;
};

// What the index itself holds of an item that was completed from the table.
size_t index_row_bytes(const table::Index& index, std::string_view encoded);

// The index that a page reads; null for the table itself. Also refuses consistent reads of global
// ones.
aws::Result<const table::Index*> find_index(const PageInput& input, const table::Table& table);
// The checks that come after those of key conditions and start keys: the attributes that are
// filtered by and returned.
aws::Result<void> check_page_attributes(const PageInput& input, const PageExpressions& expressions,
                                        const table::Table& table, const table::Index* index);
// The part of a plan that Query and Scan make alike. Leaves the range's bounds to the caller.
PagePlan plan_page(const Dependencies& dependencies, table::TablePtr table,
                   const table::Index* index, PageInput& input, PageExpressions expressions,
                   std::string request_id);

// An operation that prepares a plan from the request, reads the page and answers it.
using PreparePage = aws::Result<PagePlan> (*)(const Dependencies& dependencies,
                                              const aws::RequestContext& context,
                                              const std::string& body);
aws::OperationHandler page_operation(const Dependencies& dependencies, PreparePage prepare);

}  // namespace millrace::dynamodb::operation
