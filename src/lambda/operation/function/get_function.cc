#include "lambda/operation/function/function_answer.h"
#include "lambda/operation/function/input.h"
#include "lambda/operation/function/operations.h"

namespace millrace::lambda::operation {

aws::OperationHandler get_function(const Dependencies& d) {
  return aws::json_operation([d](const aws::RequestContext& context,
                                 const json& input) -> aws::Result<json> {
    MILLRACE_TRY(auto reference, read_reference(context, input));
    MILLRACE_TRY(FunctionPtr function, d.catalog.find_or_error(reference));
    json answer = {{"Configuration", function_configuration(*function, reference.qualifier)},
                   {"Code",
                    {{"RepositoryType", "S3"},
                     {"Location", d.links.make(context.host, function->code_sha256)}}}};
    if (!function->tags.empty()) answer["Tags"] = function->tags;
    if (function->reserved_concurrency) {
      answer["Concurrency"] = {{"ReservedConcurrentExecutions", *function->reserved_concurrency}};
    }
    return answer;
  });
}

aws::OperationHandler get_function_configuration(const Dependencies& d) {
  return aws::json_operation(
      [d](const aws::RequestContext& context, const json& input) -> aws::Result<json> {
        MILLRACE_TRY(auto reference, read_reference(context, input));
        MILLRACE_TRY(FunctionPtr function, d.catalog.find_or_error(reference));
        return function_configuration(*function, reference.qualifier);
      });
}

}  // namespace millrace::lambda::operation
