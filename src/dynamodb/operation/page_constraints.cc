// Member constraints of Query and Scan.
#include "aws/listed_values.h"
#include "dynamodb/operation/constraint_list.h"
#include "dynamodb/operation/page_input.h"
#include "dynamodb/operation/table_name.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr int64_t kSegmentMax = 999'999;
constexpr int64_t kTotalSegmentsMax = 1'000'000;
constexpr std::string_view kSelectValues =
    "SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES";
constexpr std::string_view kComparisonOperators =
    "IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS";

void check_comparisons(ConstraintList& constraints,
                       const std::optional<expression::LegacyConditions>& conditions,
                       const std::string& path) {
  if (!conditions) return;
  for (const auto& condition : *conditions) {
    std::string member = path + '.' + condition.attribute + ".member.comparisonOperator";
    constraints.require(condition.comparison_operator, member);
    constraints.check_one_of(condition.comparison_operator, member, kComparisonOperators);
  }
}

void check_first(ConstraintList& constraints, const PageInput& input) {
  constraints.check_one_of(input.select, "select", kSelectValues);
  constraints.check_name(input.index_name, "indexName");
  constraints.check_range(input.total_segments, "totalSegments", 1, kTotalSegmentsMax);
  constraints.check_one_of(input.return_consumed_capacity, "returnConsumedCapacity",
                           kReturnConsumedCapacityValues);
}

void check_last(ConstraintList& constraints, const PageInput& input) {
  constraints.check_range(input.segment, "segment", 0, kSegmentMax);
  if (input.kind == PageKind::kScan) {
    constraints.check_range(input.limit, "limit", 1);
  } else if (input.limit && *input.limit < 1) {
    constraints.add(broken_constraint_at("Limit", value_at_least(1)));
  }
  if (input.projection.attributes_to_get && input.projection.attributes_to_get->empty()) {
    constraints.add(broken_constraint("[]", "attributesToGet", length_at_least(1)));
  }
}

}  // namespace

aws::Result<std::string> check_page_constraints(const aws::RequestContext& context,
                                                const PageInput& input) {
  bool is_query = input.kind == PageKind::kQuery;
  MILLRACE_TRY(std::string name, data_table_name(context, input.layer, input.table_name));
  if (is_query && input.conditional_operator &&
      !aws::is_one_of(*input.conditional_operator, "OR, AND")) {
    // The new text, with AWS's own mistake in it.
    return aws::validation_error(
        "Failed to satisfy constraint: Member must satisfy enum value set: [ALL, OR]");
  }
  ConstraintList constraints;
  check_first(constraints, input);
  check_comparisons(constraints, input.key_conditions, "keyConditions");
  check_comparisons(constraints, input.filter, is_query ? "queryFilter" : "scanFilter");
  constraints.check_one_of(input.conditional_operator, "conditionalOperator", "OR, AND");
  check_last(constraints, input);
  MILLRACE_CHECK_OK(constraints.result());
  return name;
}

}  // namespace millrace::dynamodb::operation
