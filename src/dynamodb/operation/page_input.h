// The members of Query and Scan, which have most of them in common.
#pragma once

#include <optional>
#include <string>

#include "aws/api_error.h"
#include "aws/request_context.h"
#include "dynamodb/expression/condition.h"
#include "dynamodb/expression/key_condition.h"
#include "dynamodb/expression/legacy_conditions.h"
#include "dynamodb/expression/projection.h"
#include "dynamodb/operation/read_projection.h"
#include "dynamodb/operation/request_layer.h"
#include "dynamodb/operation/request_reader.h"

namespace millrace::dynamodb::operation {

enum class PageKind { kQuery, kScan };

struct PageInput {
  PageKind kind;
  RequestLayer layer;
  std::optional<std::string> table_name, index_name, select, return_consumed_capacity;
  std::optional<int64_t> limit;
  std::optional<bool> consistent;
  std::optional<ParsedItem> start_key;
  std::optional<std::string> filter_expression;
  ProjectionMembers projection;  // also holds the names and values of all expressions
  std::optional<expression::LegacyConditions> filter;  // QueryFilter, ScanFilter
  std::optional<std::string> conditional_operator;
  // Query
  std::optional<std::string> key_condition_expression;
  std::optional<expression::LegacyConditions> key_conditions;
  std::optional<bool> scan_index_forward;
  // Scan
  std::optional<int64_t> segment, total_segments;
};

PageInput read_page_input(RequestReader& reader, PageKind kind);

// The table's name, if all members are well-formed.
aws::Result<std::string> check_page_constraints(const aws::RequestContext& context,
                                                const PageInput& input);

struct PageExpressions {
  std::optional<expression::KeyCondition> key_condition;  // Query
  expression::ConditionPtr filter;                        // null: none
  expression::ProjectionPtr projection;                   // null: none
};
// Everything that needs no table, in DynamoDB's order.
aws::Result<PageExpressions> parse_page_expressions(PageInput& input);

}  // namespace millrace::dynamodb::operation
