// Settings of functions that deploy tools read, and that have no or one effect-free value here.
#include "lambda/operation/function/constraints.h"
#include "lambda/operation/function/input.h"
#include "lambda/operation/function/operations.h"

namespace millrace::lambda::operation {

// There is no code signing: no function has a configuration.
aws::OperationHandler get_function_code_signing_config(const Dependencies& d) {
  return aws::json_operation(
      [d](const aws::RequestContext& context, const json& input) -> aws::Result<json> {
        MILLRACE_TRY(FunctionPtr function, find_function(d.catalog, context, input));
        return json{{"FunctionName", function->reference.name}};
      });
}

// The interpreter is the one that is installed; it changes when the machine's owner changes it.
aws::OperationHandler get_runtime_management_config(const Dependencies& d) {
  return aws::json_operation(
      [d](const aws::RequestContext& context, const json& input) -> aws::Result<json> {
        MILLRACE_TRY(FunctionPtr function, find_function(d.catalog, context, input));
        return json{{"UpdateRuntimeOn", "Auto"}, {"FunctionArn", function->arn()}};
      });
}

aws::OperationHandler get_function_recursion_config(const Dependencies& d) {
  return aws::json_operation(
      [d](const aws::RequestContext& context, const json& input) -> aws::Result<json> {
        MILLRACE_TRY(FunctionPtr function, find_function(d.catalog, context, input));
        return json{{"RecursiveLoop", function->recursive_loop}};
      });
}

aws::OperationHandler put_function_recursion_config(const Dependencies& d) {
  return aws::json_operation(
      [d](const aws::RequestContext& context, const json& input) -> aws::Result<json> {
        std::vector<std::string> broken;
        Constraints members(broken, input);
        members.required("RecursiveLoop");
        members.one_of("RecursiveLoop", "Allow, Terminate");
        MILLRACE_CHECK_OK(result_of(broken));
        MILLRACE_TRY(auto reference, read_reference(context, input));
        std::string wanted = text_of(input, "RecursiveLoop");
        MILLRACE_CHECK_OK(d.catalog.update(reference, false, [&](Function& function) {
          function.recursive_loop = wanted;
          return aws::Result<void>();
        }));
        return json{{"RecursiveLoop", wanted}};
      });
}

}  // namespace millrace::lambda::operation
