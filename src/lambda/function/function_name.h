// The forms in which the Lambda API takes a function's name, in one place. Pure functions.
//
//     my-function                                              name
//     my-function:prod                                         name and qualifier
//     123456789012:function:my-function                        partial ARN
//     arn:aws:lambda:us-east-1:123456789012:function:my-function[:prod]
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aws/api_error.h"
#include "aws/request_context.h"
#include "lambda/function/invoker.h"

namespace millrace::lambda {

inline constexpr std::string_view kLatestVersion = "$LATEST";

// Fills in what `name` leaves open from the caller's context. `qualifier` is the separate Qualifier
// parameter, empty for none. Errors:
//   ValidationException              `name` has none of the forms
//   InvalidParameterValueException   both name a qualifier, and not the same one
//   ResourceNotFoundException        the ARN is of another region
//   AccessDeniedException            the ARN is of another account
aws::Result<FunctionReference> parse_function_name(const aws::RequestContext& context,
                                                   std::string_view name,
                                                   std::string_view qualifier = {});

// Whether the caller can reach a resource of that region and account. Errors as above.
aws::Result<void> check_reachable(const aws::RequestContext& context, const std::string& region,
                                  const std::string& account, const std::string& arn);

// The same for an ARN alone, whatever its account and region; nothing if it is not a function's.
std::optional<FunctionReference> parse_function_arn(std::string_view arn);

// Whether `name` can be the bare name of a new function: 1 to 64 of a-z A-Z 0-9 - _
bool is_valid_new_function_name(std::string_view name);

}  // namespace millrace::lambda
