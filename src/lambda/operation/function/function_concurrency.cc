// The reserved concurrency of functions, and GetAccountSettings, which adds it up.
#include "base/limits.h"
#include "lambda/function/lambda_error.h"
#include "lambda/operation/function/constraints.h"
#include "lambda/operation/function/input.h"
#include "lambda/operation/function/operations.h"

namespace millrace::lambda::operation {
namespace {

// A new account's quotas (Lambda developer guide). Bounds of this machine are limits::kWorkersMax.
constexpr int kConcurrencyOfAccount = 1000;
constexpr int kUnreservedMin = 100;
constexpr int64_t kCodeBytesOfAccount = 80'530'636'800;

int reserved_by_others(const FunctionCatalog& catalog, const Function& function) {
  int sum = 0;
  for (const FunctionPtr& other :
       catalog.list(function.reference.account, function.reference.region)) {
    if (other->reference.name == function.reference.name) continue;
    sum += other->reserved_concurrency.value_or(0);
  }
  return sum;
}

aws::Result<json> put(const Dependencies& d, const aws::RequestContext& context,
                      const json& input) {
  std::vector<std::string> broken;
  Constraints members(broken, input);
  members.required("ReservedConcurrentExecutions");
  members.range("ReservedConcurrentExecutions", 0, INT32_MAX);
  MILLRACE_CHECK_OK(result_of(broken));
  MILLRACE_TRY(auto reference, read_reference(context, input));
  if (!reference.qualifier.empty()) {
    return invalid_parameter(
        "This operation is permitted on Lambda functions only. Aliases and versions do not support "
        "this operation. Please specify either a function name or an unqualified function ARN.");
  }
  int64_t wanted = integer(input["ReservedConcurrentExecutions"]);
  MILLRACE_CHECK_OK(
      d.catalog.update(reference, false, [&](Function& function) -> aws::Result<void> {
        if (reserved_by_others(d.catalog, function) + wanted >
            kConcurrencyOfAccount - kUnreservedMin) {
          return invalid_parameter(
              "Specified ReservedConcurrentExecutions for function decreases account's "
              "UnreservedConcurrentExecution below its minimum value of [" +
              std::to_string(kUnreservedMin) + "].");
        }
        function.reserved_concurrency = static_cast<int>(wanted);
        return {};
      }));
  return json{{"ReservedConcurrentExecutions", wanted}};
}

}  // namespace

aws::OperationHandler put_function_concurrency(const Dependencies& d) {
  return aws::json_operation([d](const aws::RequestContext& context, const json& input) {
    return put(d, context, input);
  });
}

aws::OperationHandler get_function_concurrency(const Dependencies& d) {
  return aws::json_operation(
      [d](const aws::RequestContext& context, const json& input) -> aws::Result<json> {
        MILLRACE_TRY(FunctionPtr function, find_function(d.catalog, context, input));
        json answer = json::object();
        if (function->reserved_concurrency) {
          answer["ReservedConcurrentExecutions"] = *function->reserved_concurrency;
        }
        return answer;
      });
}

aws::OperationHandler delete_function_concurrency(const Dependencies& d) {
  return aws::json_operation(
      [d](const aws::RequestContext& context, const json& input) -> aws::Result<json> {
        MILLRACE_TRY(auto reference, read_reference(context, input));
        MILLRACE_CHECK_OK(d.catalog.update(reference, false, [](Function& function) {
          function.reserved_concurrency.reset();
          return aws::Result<void>();
        }));
        return json::object();
      });
}

aws::OperationHandler get_account_settings(const Dependencies& d) {
  return aws::json_operation(
      [d](const aws::RequestContext& context, const json&) -> aws::Result<json> {
        int reserved = 0;
        uint64_t code_bytes = 0;
        std::vector<FunctionPtr> functions = d.catalog.list(context.account, context.region);
        for (const FunctionPtr& function : functions) {
          reserved += function->reserved_concurrency.value_or(0);
          code_bytes += function->code_bytes;
        }
        return json{
            {"AccountLimit",
             {{"TotalCodeSize", kCodeBytesOfAccount},
              {"CodeSizeUnzipped", limits::kCodeUnzippedBytesMax},
              {"CodeSizeZipped", limits::kCodeZipBytesMax},
              {"ConcurrentExecutions", kConcurrencyOfAccount},
              {"UnreservedConcurrentExecutions", kConcurrencyOfAccount - reserved}}},
            {"AccountUsage", {{"TotalCodeSize", code_bytes}, {"FunctionCount", functions.size()}}}};
      });
}

}  // namespace millrace::lambda::operation
