#include "dynamodb/operation/write_constraints.h"

#include "aws/listed_values.h"
#include "dynamodb/operation/constraint_list.h"
#include "dynamodb/operation/table_name.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr std::string_view kComparisonOperators =
    "IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS";

// The new texts name neither the member nor its value, and carry AWS's own mistakes.
constexpr std::string_view kBadReturnValues =
    "Failed to satisfy constraint: Member must satisfy enum value set: "
    "[ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]";
constexpr std::string_view kBadConditionalOperator =
    "Failed to satisfy constraint: Member must satisfy enum value set: [ALL, OR]";

bool has_bad_return_values(const WriteInput& input) {
  return input.return_values && !aws::is_one_of(*input.return_values, kReturnValuesValues);
}

void add_return_values(ConstraintList& constraints, const WriteInput& input) {
  if (has_bad_return_values(input)) constraints.add(std::string(kBadReturnValues));
}

void add_conditional_operator(ConstraintList& constraints, const WriteInput& input) {
  if (input.conditional_operator && !aws::is_one_of(*input.conditional_operator, "OR, AND")) {
    constraints.add(std::string(kBadConditionalOperator));
  }
}

void add_capacity(ConstraintList& constraints, const WriteInput& input) {
  constraints.check_one_of(input.return_consumed_capacity, "returnConsumedCapacity",
                           kReturnConsumedCapacityValues);
}

void add_metrics(ConstraintList& constraints, const WriteInput& input) {
  constraints.check_one_of(input.return_collection_metrics, "returnItemCollectionMetrics",
                           kReturnItemCollectionMetricsValues);
}

// What all three list last.
void add_rest(ConstraintList& constraints, const WriteInput& input) {
  add_conditional_operator(constraints, input);
  for (const auto& condition : input.expected.value_or(expression::LegacyConditions{})) {
    constraints.check_one_of(condition.comparison_operator,
                             "expected." + condition.attribute + ".member.comparisonOperator",
                             kComparisonOperators);
  }
  constraints.check_one_of(input.return_old_on_failure, "returnValuesOnConditionCheckFailure",
                           kReturnOldOnFailureValues);
}

void add_update(ConstraintList& constraints, const WriteInput& input) {
  add_capacity(constraints, input);
  add_metrics(constraints, input);
  for (const auto& update :
       input.attribute_updates.value_or(std::vector<expression::AttributeUpdate>{})) {
    constraints.check_one_of(update.action,
                             "attributeUpdates." + update.attribute + ".member.action",
                             "ADD, PUT, DELETE");
  }
  add_rest(constraints, input);
}

// UpdateItem without Key is still checked the old way, all members at once.
aws::Result<void> check_update_without_key(const WriteInput& input) {
  ConstraintList constraints;
  add_capacity(constraints, input);
  constraints.require(input.table_name, "tableName");
  check_table_name(constraints, input.table_name, "tableName");
  constraints.check_one_of(input.return_values, "returnValues", kReturnValuesValues);
  constraints.require(input.item, "key");
  constraints.check_one_of(input.conditional_operator, "conditionalOperator", "OR, AND");
  return constraints.result();
}

}  // namespace

aws::Result<std::string> check_write_constraints(const aws::RequestContext& context,
                                                 const WriteInput& input) {
  if (input.kind == WriteKind::kUpdate && !input.item) {
    MILLRACE_CHECK_OK(check_update_without_key(input));
  }
  MILLRACE_TRY(std::string name, data_table_name(context, input.layer, input.table_name));
  ConstraintList constraints;
  if (input.kind == WriteKind::kUpdate && has_bad_return_values(input)) {
    add_return_values(constraints, input);  // alone
  } else if (input.kind == WriteKind::kUpdate) {
    add_update(constraints, input);
  } else {
    bool is_put = input.kind == WriteKind::kPut;
    add_capacity(constraints, input);
    if (is_put) constraints.require(input.item, "item");
    add_return_values(constraints, input);
    add_metrics(constraints, input);
    if (!is_put) constraints.require(input.item, "key");
    add_rest(constraints, input);
  }
  MILLRACE_CHECK_OK(constraints.result());
  return name;
}

aws::Result<void> check_returns_old_or_none(const WriteInput& input) {
  if (!input.return_values || *input.return_values == "ALL_OLD" || *input.return_values == "NONE") {
    return {};
  }
  return request_error(input.layer, "ReturnValues can only be ALL_OLD or NONE");
}

}  // namespace millrace::dynamodb::operation
