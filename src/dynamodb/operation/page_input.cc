#include "dynamodb/operation/page_input.h"

#include "dynamodb/operation/page_select.h"
#include "dynamodb/operation/start_key.h"

namespace millrace::dynamodb::operation {
namespace {

using expression::ConditionalOperator;
using expression::ExpressionMembers;
using expression::Substitutions;

ExpressionMembers members_of(const PageInput& input) {
  bool is_query = input.kind == PageKind::kQuery;
  ExpressionMembers members;
  if (input.projection.attributes_to_get) members.non_expression.push_back("AttributesToGet");
  if (input.filter) members.non_expression.push_back(is_query ? "QueryFilter" : "ScanFilter");
  if (input.conditional_operator) members.non_expression.push_back("ConditionalOperator");
  // KeyConditions may go with the other expressions.
  if (input.key_conditions && input.key_condition_expression) {
    members.non_expression.push_back("KeyConditions");
  }
  if (input.projection.projection_expression) members.expression.push_back("ProjectionExpression");
  if (input.filter_expression) members.expression.push_back("FilterExpression");
  if (input.key_condition_expression) members.expression.push_back("KeyConditionExpression");
  members.takes_values = input.filter_expression || input.key_condition_expression;
  members.missing = is_query ? "FilterExpression and KeyConditionExpression are null"
                             : "FilterExpression is null";
  return members;
}

aws::Result<void> parse_filter(const PageInput& input, PageExpressions& parsed) {
  if (!input.filter || input.filter->empty()) return {};
  auto joined =
      input.conditional_operator == "OR" ? ConditionalOperator::kOr : ConditionalOperator::kAnd;
  MILLRACE_TRY(parsed.filter, expression::condition_from_filter(*input.filter, joined));
  return {};
}

aws::Result<void> parse_attributes_to_get(const PageInput& input, PageExpressions& parsed) {
  if (!input.projection.attributes_to_get) return {};
  MILLRACE_TRY(parsed.projection,
               expression::projection_of_attributes(*input.projection.attributes_to_get));
  return {};
}

aws::Result<void> check_segments(const PageInput& input) {
  if (input.segment && !input.total_segments) {
    return aws::validation_error(
        "The TotalSegments parameter is required but was not present in the request when Segment "
        "parameter is present");
  }
  if (input.total_segments && !input.segment) {
    return aws::validation_error(
        "The Segment parameter is required but was not present in the request when parameter "
        "TotalSegments is present");
  }
  if (input.segment && *input.segment >= *input.total_segments) {
    return aws::validation_error(
        "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
        "Segment: " +
        std::to_string(*input.segment) +
        " is not less than TotalSegments: " + std::to_string(*input.total_segments));
  }
  return {};
}

aws::Result<void> parse_key_condition(const PageInput& input, Substitutions& substitutions,
                                      PageExpressions& parsed) {
  if (input.key_condition_expression) {
    MILLRACE_TRY(parsed.key_condition,
                 expression::parse_key_condition(*input.key_condition_expression, substitutions));
  }
  return {};
}

aws::Result<void> parse_expressions(const PageInput& input, Substitutions& substitutions,
                                    PageExpressions& parsed) {
  MILLRACE_CHECK_OK(parse_key_condition(input, substitutions, parsed));
  if (input.filter_expression) {
    MILLRACE_TRY(parsed.filter, expression::parse_filter(*input.filter_expression, substitutions));
  }
  if (input.projection.projection_expression) {
    MILLRACE_TRY(parsed.projection, expression::parse_projection(
                                        *input.projection.projection_expression, substitutions));
  }
  return substitutions.check_all_used();
}

}  // namespace

PageInput read_page_input(RequestReader& reader, PageKind kind) {
  bool is_query = kind == PageKind::kQuery;
  RequestLayer layer = is_query ? RequestLayer::kRead : RequestLayer::kOlder;
  ValueLayer values = value_layer(layer);
  PageInput input;
  input.kind = kind;
  input.layer = layer;
  input.table_name = reader.string("TableName");
  input.index_name = reader.string("IndexName");
  input.select = reader.string("Select");
  input.return_consumed_capacity = reader.string("ReturnConsumedCapacity");
  input.limit = reader.integer("Limit");
  input.consistent = reader.boolean("ConsistentRead");
  input.start_key = reader.item("ExclusiveStartKey", values);
  input.filter_expression = reader.string("FilterExpression");
  input.projection.attributes_to_get = reader.strings("AttributesToGet");
  input.projection.projection_expression = reader.string("ProjectionExpression");
  input.projection.substitutions = reader.substitutions(values);
  input.filter = reader.keep(expression::read_legacy_conditions(
      reader.object(), is_query ? "QueryFilter" : "ScanFilter", values));
  input.conditional_operator = reader.string("ConditionalOperator");
  if (is_query) {
    input.key_condition_expression = reader.string("KeyConditionExpression");
    input.key_conditions =
        reader.keep(expression::read_legacy_conditions(reader.object(), "KeyConditions", values));
    input.scan_index_forward = reader.boolean("ScanIndexForward");
  } else {
    input.segment = reader.integer("Segment");
    input.total_segments = reader.integer("TotalSegments");
  }
  return input;
}

aws::Result<PageExpressions> parse_page_expressions(PageInput& input) {
  PageExpressions parsed;
  bool is_query = input.kind == PageKind::kQuery;
  MILLRACE_CHECK_OK(
      expression::check_expression_members(members_of(input), input.projection.substitutions));
  MILLRACE_CHECK_OK(
      expression::check_conditional_operator(input.conditional_operator, input.filter));
  MILLRACE_TRY(auto substitutions,
               Substitutions::create(std::move(input.projection.substitutions)));
  if (is_query) MILLRACE_CHECK_OK(parse_filter(input, parsed));
  MILLRACE_CHECK_OK(parse_attributes_to_get(input, parsed));
  if (!is_query) MILLRACE_CHECK_OK(parse_filter(input, parsed));
  if (input.start_key && input.start_key->fault) {
    return Unexpected(start_key_fault(*input.start_key->fault));
  }
  MILLRACE_CHECK_OK(check_select(input));
  if (!is_query) MILLRACE_CHECK_OK(check_segments(input));
  if (is_query && !input.key_condition_expression && !input.key_conditions) {
    return aws::validation_error(
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the "
        "request.");
  }
  MILLRACE_CHECK_OK(parse_expressions(input, substitutions, parsed));
  if (input.key_conditions && !parsed.key_condition) {
    MILLRACE_TRY(parsed.key_condition,
                 expression::key_condition_from_legacy(*input.key_conditions));
  }
  return parsed;
}

}  // namespace millrace::dynamodb::operation
