// UpdateFunctionCode, UpdateFunctionConfiguration and DeleteFunction.
#include "lambda/function/function_name.h"
#include "lambda/function/lambda_error.h"
#include "lambda/operation/function/constraints.h"
#include "lambda/operation/function/function_answer.h"
#include "lambda/operation/function/function_settings.h"
#include "lambda/operation/function/input.h"
#include "lambda/operation/function/operations.h"

namespace millrace::lambda::operation {
namespace {

aws::Result<json> update_code(const Dependencies& d, const aws::RequestContext& context,
                              const json& input) {
  std::vector<std::string> broken;
  check_architectures(input, broken);
  MILLRACE_CHECK_OK(result_of(broken));
  MILLRACE_TRY(FunctionPtr before, find_function(d.catalog, context, input));
  MILLRACE_CHECK_OK(check_revision(*before, input));
  MILLRACE_TRY(std::string archive, read_code(input));
  if (flag_of(input, "DryRun")) {
    Function changed = *before;
    apply_architectures(input, changed);
    changed.code_bytes = archive.size();
    MILLRACE_TRY(changed.code_sha256, d.code.check(archive));
    return function_configuration(changed);
  }
  MILLRACE_TRY(std::string sha256, d.code.put(archive));
  MILLRACE_TRY(FunctionPtr after,
               d.catalog.update(before->reference, true, [&](Function& function) {
                 function.code_sha256 = sha256;
                 function.code_bytes = archive.size();
                 apply_architectures(input, function);
                 return aws::Result<void>();
               }));
  return function_configuration(*after);
}

aws::Result<json> update_configuration(const Dependencies& d, const aws::RequestContext& context,
                                       const json& input) {
  std::vector<std::string> broken;
  check_settings(input, broken);
  MILLRACE_CHECK_OK(result_of(broken));
  MILLRACE_TRY(auto reference, read_reference(context, input));
  MILLRACE_TRY(FunctionPtr after,
               d.catalog.update(reference, true, [&](Function& function) -> aws::Result<void> {
                 MILLRACE_CHECK_OK(check_revision(function, input));
                 return apply_settings(input, function);
               }));
  return function_configuration(*after);
}

aws::Result<json> remove(const Dependencies& d, const aws::RequestContext& context,
                         const json& input) {
  MILLRACE_TRY(auto reference, read_reference(context, input));
  if (reference.qualifier == kLatestVersion) {
    return invalid_parameter("$LATEST version cannot be deleted without deleting the function.");
  }
  MILLRACE_CHECK_OK(d.catalog.remove(reference));
  return json::object();
}

}  // namespace

aws::OperationHandler update_function_code(const Dependencies& d) {
  return aws::json_operation([d](const aws::RequestContext& context, const json& input) {
    return update_code(d, context, input);
  });
}

aws::OperationHandler update_function_configuration(const Dependencies& d) {
  return aws::json_operation([d](const aws::RequestContext& context, const json& input) {
    return update_configuration(d, context, input);
  });
}

aws::OperationHandler delete_function(const Dependencies& d) {
  return aws::json_operation([d](const aws::RequestContext& context, const json& input) {
    return remove(d, context, input);
  });
}

}  // namespace millrace::lambda::operation
