#include "dynamodb/operation/query.h"

#include "dynamodb/operation/page.h"
#include "dynamodb/operation/start_key.h"
#include "dynamodb/operation/table_name.h"

namespace millrace::dynamodb::operation {
namespace {

using expression::KeyClause;
using expression::KeyOperator;

expression::KeySchema key_schema(const table::Table& table, const table::Index* index) {
  expression::KeySchema schema;
  auto add = [](std::vector<expression::KeyAttribute>& part, const table::KeyDefinition& key) {
    part.push_back({key.name, key.type});
  };
  if (index == nullptr) {
    add(schema.partition, table.partition_key);
    if (table.sort_key) add(schema.sort, *table.sort_key);
    return schema;
  }
  for (const auto& key : index->partition_key) add(schema.partition, key);
  for (const auto& key : index->sort_key) add(schema.sort, key);
  return schema;
}

// All clauses but the last are equalities; the last one bounds the values after these.
void set_bounds(table::RangeRead& read, const std::vector<KeyClause>& clauses) {
  if (clauses.empty()) return;
  std::vector<AttributeValue> prefix;
  for (size_t i = 0; i + 1 < clauses.size(); ++i) prefix.push_back(clauses[i].value);
  using Bound = table::RangeRead::Bound;
  auto bound = [&](const AttributeValue& value, bool inclusive) {
    Bound result{prefix, inclusive};
    result.values.push_back(value);
    return result;
  };
  if (!prefix.empty()) read.lower = read.upper = Bound{prefix, true};
  const KeyClause& last = clauses.back();
  switch (last.key_operator) {
    case KeyOperator::kEqual:
      read.lower = read.upper = bound(last.value, true);
      return;
    case KeyOperator::kLess:
    case KeyOperator::kLessOrEqual:
      read.upper = bound(last.value, last.key_operator == KeyOperator::kLessOrEqual);
      return;
    case KeyOperator::kGreater:
    case KeyOperator::kGreaterOrEqual:
      read.lower = bound(last.value, last.key_operator == KeyOperator::kGreaterOrEqual);
      return;
    case KeyOperator::kBetween:
      read.lower = bound(last.value, true);
      read.upper = bound(*last.upper, true);
      return;
    case KeyOperator::kBeginsWith:
      read.upper.reset();
      read.begins_with =
          last.value.is(AttributeType::kString) ? last.value.string() : last.value.binary();
      return;
  }
}

aws::Result<PagePlan> prepare(const Dependencies& dependencies, const aws::RequestContext& context,
                              const std::string& body) {
  MILLRACE_TRY(json::Document document, parse_request(body));
  MILLRACE_TRY(PageInput input, read_request(document.root(), [](RequestReader& reader) {
                 return read_page_input(reader, PageKind::kQuery);
               }));
  MILLRACE_TRY(std::string name, check_page_constraints(context, input));
  MILLRACE_TRY(PageExpressions expressions, parse_page_expressions(input));
  MILLRACE_TRY(table::TablePtr table, find_for_data(dependencies.catalog, context, name));
  MILLRACE_TRY(const table::Index* index, find_index(input, *table));
  if (input.start_key) {
    MILLRACE_CHECK_OK(check_start_key(PageKind::kQuery, input.start_key->item, *table, index));
  }
  MILLRACE_TRY(auto range, expression::resolve_key_condition(*expressions.key_condition,
                                                             key_schema(*table, index)));
  if (input.start_key) {
    MILLRACE_CHECK_OK(check_start_key_in_range(input.start_key->item, *table, index, range));
  }
  MILLRACE_CHECK_OK(check_page_attributes(input, expressions, *table, index));
  PagePlan plan = plan_page(dependencies, std::move(table), index, input, std::move(expressions),
                            context.request_id);
  plan.read.partition_values = std::move(range.partition);
  plan.read.reverse = !input.scan_index_forward.value_or(true);
  set_bounds(plan.read, range.sort);
  return plan;
}

}  // namespace

aws::OperationHandler query(const Dependencies& dependencies) {
  return page_operation(dependencies, prepare);
}

}  // namespace millrace::dynamodb::operation
