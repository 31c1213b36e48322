#include "dynamodb/operation/write_input.h"

namespace millrace::dynamodb::operation {
namespace {

using expression::ConditionalOperator;

ConditionalOperator conditional_operator(const WriteInput& input) {
  return input.conditional_operator == "OR" ? ConditionalOperator::kOr : ConditionalOperator::kAnd;
}

aws::Result<void> check_members(const WriteInput& input) {
  expression::ExpressionMembers members;
  if (input.attribute_updates) members.non_expression.push_back("AttributeUpdates");
  if (input.expected) members.non_expression.push_back("Expected");
  if (input.conditional_operator) members.non_expression.push_back("ConditionalOperator");
  if (input.update_expression) members.expression.push_back("UpdateExpression");
  if (input.condition_expression) members.expression.push_back("ConditionExpression");
  members.takes_values = !members.expression.empty();
  members.missing = input.kind == WriteKind::kUpdate
                        ? "UpdateExpression and ConditionExpression are null"
                        : "ConditionExpression is null";
  MILLRACE_CHECK_OK(expression::check_expression_members(members, input.substitutions));
  return expression::check_conditional_operator(input.conditional_operator, input.expected);
}

aws::Result<void> parse_legacy(const WriteInput& input, WriteExpressions& parsed) {
  if (input.attribute_updates) {
    MILLRACE_TRY(parsed.update,
                 expression::update_from_attribute_updates(*input.attribute_updates));
  }
  if (input.expected && !input.expected->empty()) {
    MILLRACE_TRY(parsed.condition,
                 expression::condition_from_expected(*input.expected, conditional_operator(input)));
  }
  return {};
}

aws::Result<WriteExpressions> parse(WriteInput& input) {
  WriteExpressions parsed;
  // An item's values come before the expressions, a key's after them.
  bool is_put = input.kind == WriteKind::kPut;
  if (is_put && input.item->fault) return Unexpected(std::move(*input.item->fault));
  MILLRACE_CHECK_OK(check_members(input));
  MILLRACE_TRY(auto substitutions,
               expression::Substitutions::create(std::move(input.substitutions)));
  if (!is_put && input.item->fault) return Unexpected(std::move(*input.item->fault));
  MILLRACE_CHECK_OK(parse_legacy(input, parsed));
  if (input.update_expression) {
    MILLRACE_TRY(parsed.update, expression::parse_update(*input.update_expression, substitutions));
  }
  if (input.condition_expression) {
    MILLRACE_TRY(parsed.condition,
                 expression::parse_condition(*input.condition_expression, substitutions));
  }
  MILLRACE_CHECK_OK(substitutions.check_all_used());
  return parsed;
}

}  // namespace

WriteInput read_write_input(RequestReader& reader, WriteKind kind, RequestLayer layer) {
  ValueLayer values = value_layer(layer);
  WriteInput input;
  input.kind = kind;
  input.layer = layer;
  input.table_name = reader.string("TableName");
  input.item = reader.item(kind == WriteKind::kPut ? "Item" : "Key", values);
  input.condition_expression = reader.string("ConditionExpression");
  if (kind == WriteKind::kUpdate) input.update_expression = reader.string("UpdateExpression");
  input.substitutions = reader.substitutions(values);
  input.return_old_on_failure = reader.string("ReturnValuesOnConditionCheckFailure");
  if (layer == RequestLayer::kOlder) return input;  // an action of a transaction
  input.return_values = reader.string("ReturnValues");
  input.return_consumed_capacity = reader.string("ReturnConsumedCapacity");
  input.return_collection_metrics = reader.string("ReturnItemCollectionMetrics");
  input.conditional_operator = reader.string("ConditionalOperator");
  input.expected =
      reader.keep(expression::read_legacy_conditions(reader.object(), "Expected", values));
  if (kind == WriteKind::kUpdate) {
    input.attribute_updates =
        reader.keep(expression::read_attribute_updates(reader.object(), values));
  }
  return input;
}

aws::Result<WriteExpressions> parse_write_expressions(WriteInput& input) {
  auto parsed = parse(input);
  if (!parsed) return Unexpected(enveloped(input.layer, std::move(parsed).error()));
  return parsed;
}

}  // namespace millrace::dynamodb::operation
