// The FunctionConfiguration structure, which most operations answer with.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "lambda/function/function.h"

namespace millrace::lambda::operation {

// `qualifier`: as asked for; it becomes part of the ARN.
nlohmann::json function_configuration(const Function& function, const std::string& qualifier = "");
// As in lists, which leave the state out.
nlohmann::json listed_configuration(const Function& function, const std::string& qualifier = "");

}  // namespace millrace::lambda::operation
