#include "lambda/operation/function/function_tags.h"

#include "lambda/function/function_name.h"
#include "lambda/function/lambda_error.h"

namespace millrace::lambda::operation {
namespace {

aws::Result<FunctionReference> read_arn(const aws::RequestContext& context, const aws::Arn& arn) {
  MILLRACE_TRY(auto reference, parse_function_name(context, arn.text()));
  if (!reference.qualifier.empty()) {
    return invalid_parameter(
        "Tags on function aliases and versions are not supported. Please specify a function ARN.");
  }
  return reference;
}

}  // namespace

aws::Result<Tags> FunctionTags::tags(const aws::RequestContext& context,
                                     const aws::Arn& arn) const {
  MILLRACE_TRY(auto reference, read_arn(context, arn));
  MILLRACE_TRY(FunctionPtr function, catalog_.find_or_error(reference));
  return function->tags;
}

aws::Result<void> FunctionTags::change_tags(const aws::RequestContext& context, const aws::Arn& arn,
                                            const Tags& added,
                                            const std::vector<std::string>& removed) {
  MILLRACE_TRY(auto reference, read_arn(context, arn));
  MILLRACE_CHECK_OK(catalog_.update(reference, false, [&](Function& function) -> aws::Result<void> {
    for (const auto& [key, value] : added) function.tags[key] = value;
    for (const std::string& key : removed) function.tags.erase(key);
    if (function.tags.size() > kTagsMax) {
      return invalid_parameter("Number of tags exceeds resource tag limit.");
    }
    return {};
  }));
  return {};
}

}  // namespace millrace::lambda::operation
