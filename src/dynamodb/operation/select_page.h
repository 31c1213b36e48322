// A page of a SELECT: the ranges that its condition leaves, read one after the other.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aws/operation.h"
#include "dynamodb/expression/condition.h"
#include "dynamodb/operation/consumed_capacity.h"
#include "dynamodb/operation/next_token.h"
#include "dynamodb/operation/operations.h"
#include "dynamodb/operation/statement_read.h"
#include "dynamodb/partiql/statement.h"
#include "dynamodb/table/item_store.h"

namespace millrace::dynamodb::operation {

struct SelectInput {
  std::string request;  // stands for the statement and its parameters, to tell tokens apart
  std::optional<std::string> next_token;
  size_t limit = SIZE_MAX;  // items read, whether they satisfy the condition or not
  bool consistent = false;
  CapacityDetail capacity = CapacityDetail::kNone;
};

struct SelectPlan {
  table::TablePtr table;
  const table::Index* index = nullptr;  // of *table
  std::vector<table::RangeRead> reads;  // at least one
  size_t first_read = 0;
  bool fetches = false;             // index rows are completed from the table
  expression::ConditionPtr filter;  // null: none
  Columns columns;
  size_t page_bytes = 0;
  std::shared_ptr<ThroughputMeter> meter;
  SelectInput input;
};

// REQUIRES: a SELECT. Errors: ValidationException.
aws::Result<SelectPlan> plan_select(const Dependencies& dependencies, table::TablePtr table,
                                    partiql::Statement statement, SelectInput input,
                                    const std::string& request_id);

void run_select(table::ItemStore& items, SelectPlan plan, aws::Respond respond);

}  // namespace millrace::dynamodb::operation
