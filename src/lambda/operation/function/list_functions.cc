// ListFunctions, and ListVersionsByFunction, whose only version is $LATEST.
#include "lambda/function/function_name.h"
#include "lambda/operation/function/constraints.h"
#include "lambda/operation/function/function_answer.h"
#include "lambda/operation/function/input.h"
#include "lambda/operation/function/operations.h"

namespace millrace::lambda::operation {
namespace {

const std::string kLatest(kLatestVersion);

aws::Result<json> list(const Dependencies& d, const aws::RequestContext& context,
                       const json& input) {
  std::vector<std::string> broken;
  Constraints(broken, input).one_of("FunctionVersion", "ALL");
  MILLRACE_CHECK_OK(result_of(broken));
  std::vector<FunctionPtr> functions = d.catalog.list(context.account, context.region);
  // MasterRegion selects replicas at edge locations, which come from one region: its own.
  std::string master = text_of(input, "MasterRegion", "ALL");
  if (master != "ALL" && master != context.region) functions.clear();
  MILLRACE_TRY(Page page, read_page(input, functions.size(), [&](size_t i) -> const std::string& {
                 return functions[i]->reference.name;
               }));
  std::string qualifier = find_member(input, "FunctionVersion") != nullptr ? kLatest : "";
  json listed = json::array();
  for (size_t i = page.begin; i < page.end; ++i) {
    listed.push_back(listed_configuration(*functions[i], qualifier));
  }
  json answer = {{"Functions", std::move(listed)}};
  if (!page.next_marker.empty()) answer["NextMarker"] = page.next_marker;
  return answer;
}

}  // namespace

aws::OperationHandler list_functions(const Dependencies& d) {
  return aws::json_operation([d](const aws::RequestContext& context, const json& input) {
    return list(d, context, input);
  });
}

aws::OperationHandler list_versions_by_function(const Dependencies& d) {
  return aws::json_operation(
      [d](const aws::RequestContext& context, const json& input) -> aws::Result<json> {
        MILLRACE_TRY(FunctionPtr function, find_function(d.catalog, context, input));
        MILLRACE_TRY(Page page,
                     read_page(input, 1, [](size_t) -> const std::string& { return kLatest; }));
        json versions = json::array();
        if (page.begin < page.end) versions.push_back(listed_configuration(*function, kLatest));
        return json{{"Versions", std::move(versions)}};
      });
}

}  // namespace millrace::lambda::operation
