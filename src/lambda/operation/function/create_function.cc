#include "lambda/function/function_name.h"
#include "lambda/function/lambda_error.h"
#include "lambda/operation/function/constraints.h"
#include "lambda/operation/function/function_answer.h"
#include "lambda/operation/function/function_settings.h"
#include "lambda/operation/function/input.h"
#include "lambda/operation/function/operations.h"

namespace millrace::lambda::operation {
namespace {

constexpr size_t kNewNameLengthMax = 64;

aws::Result<void> check_input(const json& input) {
  std::vector<std::string> broken;
  Constraints members(broken, input);
  members.required("FunctionName");
  members.required("Role");
  members.required("Code");
  members.one_of("PackageType", "Image, Zip");
  check_settings(input, broken);
  check_architectures(input, broken);
  return result_of(broken);
}

aws::Result<FunctionReference> read_new_name(const aws::RequestContext& context,
                                             const json& input) {
  std::string name = text_of(input, "FunctionName");
  MILLRACE_TRY(auto reference, parse_function_name(context, name));
  if (reference.name.size() > kNewNameLengthMax) {
    return aws::validation_error("1 validation error detected: Value '" + name +
                                 "' at 'functionName' failed to satisfy constraint: Member must "
                                 "have length less than or equal to " +
                                 std::to_string(kNewNameLengthMax));
  }
  if (!is_valid_new_function_name(reference.name) || !reference.qualifier.empty()) {
    return aws::validation_error(
        "1 validation error detected: Value '" + name +
        "' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression "
        "pattern: "
        R"((arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\d{1}:)?(\d{12}:)?)"
        R"((function:)?([a-zA-Z0-9-_]+))");
  }
  return reference;
}

aws::Result<json> create(const Dependencies& d, const aws::RequestContext& context,
                         const json& input) {
  MILLRACE_CHECK_OK(check_input(input));
  Function function;
  MILLRACE_TRY(function.reference, read_new_name(context, input));
  if (text_of(input, "PackageType") == "Image") {
    return invalid_parameter(
        "Container images are not supported by millrace: functions run from zip archives.");
  }
  function.log_group = "/aws/lambda/" + function.reference.name;
  MILLRACE_CHECK_OK(apply_settings(input, function));
  apply_architectures(input, function);
  function.tags = string_map_of(input, "Tags");
  if (function.tags.size() > kTagsMax) {
    return invalid_parameter("Number of tags exceeds resource tag limit.");
  }
  // Also found when the row is written; known here, the archive need not be unpacked.
  if (d.catalog.get(function.reference)) {
    return resource_conflict("Function already exist: " + function.reference.name);
  }
  MILLRACE_TRY(std::string archive, read_code(input["Code"]));
  function.code_bytes = archive.size();
  MILLRACE_TRY(function.code_sha256, d.code.put(archive));
  MILLRACE_TRY(FunctionPtr created, d.catalog.create(std::move(function)));
  return function_configuration(*created);
}

}  // namespace

aws::OperationHandler create_function(const Dependencies& d) {
  return aws::json_operation([d](const aws::RequestContext& context, const json& input) {
    return create(d, context, input);
  });
}

}  // namespace millrace::lambda::operation
