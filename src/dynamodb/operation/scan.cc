#include "dynamodb/operation/scan.h"

#include "dynamodb/operation/page.h"
#include "dynamodb/operation/start_key.h"
#include "dynamodb/operation/table_name.h"

namespace millrace::dynamodb::operation {
namespace {

aws::Result<PagePlan> prepare(const Dependencies& dependencies, const aws::RequestContext& context,
                              const std::string& body) {
  MILLRACE_TRY(json::Document document, parse_request(body));
  MILLRACE_TRY(PageInput input, read_request(document.root(), [](RequestReader& reader) {
                 return read_page_input(reader, PageKind::kScan);
               }));
  MILLRACE_TRY(std::string name, check_page_constraints(context, input));
  MILLRACE_TRY(PageExpressions expressions, parse_page_expressions(input));
  MILLRACE_TRY(table::TablePtr table, find_for_data(dependencies.catalog, context, name));
  MILLRACE_TRY(const table::Index* index, find_index(input, *table));
  int64_t segment = input.segment.value_or(0);
  int64_t total_segments = input.total_segments.value_or(1);
  if (input.start_key) {
    const Item& start_key = input.start_key->item;
    MILLRACE_CHECK_OK(check_start_key(PageKind::kScan, start_key, *table, index));
    MILLRACE_CHECK_OK(
        check_start_key_in_segment(start_key, *table, index, segment, total_segments));
  }
  MILLRACE_CHECK_OK(check_page_attributes(input, expressions, *table, index));
  PagePlan plan = plan_page(dependencies, std::move(table), index, input, std::move(expressions),
                            context.request_id);
  plan.read.segment = static_cast<int>(segment);
  plan.read.total_segments = static_cast<int>(total_segments);
  return plan;
}

}  // namespace

aws::OperationHandler scan(const Dependencies& dependencies) {
  return page_operation(dependencies, prepare);
}

}  // namespace millrace::dynamodb::operation
