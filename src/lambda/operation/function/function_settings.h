// The configuration of a function as CreateFunction and UpdateFunctionConfiguration take it: what a
// member may be, and what it changes.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "aws/api_error.h"
#include "base/limits.h"
#include "lambda/function/function.h"

namespace millrace::lambda::operation {

// The constraints of the API's model; adds what is broken.
void check_settings(const nlohmann::json& input, std::vector<std::string>& broken);
// The same for Architectures, which UpdateFunctionCode takes as well.
void check_architectures(const nlohmann::json& input, std::vector<std::string>& broken);

// Takes over every member that is there. InvalidParameterValueException for what Lambda refuses in
// a second step, and for settings that this server does not have: they are never ignored.
aws::Result<void> apply_settings(const nlohmann::json& input, Function& function);
void apply_architectures(const nlohmann::json& input, Function& function);

// The archive in a FunctionCode structure, or in the input of UpdateFunctionCode, which has the
// same members. Errors: InvalidParameterValueException for S3 and images,
// RequestEntityTooLargeException.
aws::Result<std::string> read_code(const nlohmann::json& code,
                                   size_t bytes_max = limits::kCodeZipBytesMax);

}  // namespace millrace::lambda::operation
