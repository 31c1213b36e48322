#include "dynamodb/operation/query.h"

#include "dynamodb/operation/key_range.h"
#include "dynamodb/operation/page.h"
#include "dynamodb/operation/start_key.h"
#include "dynamodb/operation/table_name.h"

namespace millrace::dynamodb::operation {
namespace {

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
  set_key_range(plan.read, std::move(range));
  plan.read.reverse = !input.scan_index_forward.value_or(true);
  return plan;
}

}  // namespace

aws::OperationHandler query(const Dependencies& dependencies) {
  return page_operation(dependencies, prepare);
}

}  // namespace millrace::dynamodb::operation
