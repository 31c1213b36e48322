// Environment variables as functions are given them: their names, the reserved ones, and their
// size.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "aws/api_error.h"
#include "lambda/function/function.h"

namespace millrace::lambda::operation {

// The pattern of names; adds it to `broken` if some name does not have it.
void check_environment_names(const nlohmann::json& input, std::vector<std::string>& broken);
// Takes over Environment.Variables, all of them, if they are given.
aws::Result<void> apply_environment(const nlohmann::json& input, Function& function);

}  // namespace millrace::lambda::operation
