// CloudFormation templates: YAML or JSON text to one document in which every intrinsic function has
// its long form ({"Fn::GetAtt": ["A", "Arn"]}), and the checks that need nothing but the text.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "aws/api_error.h"

namespace millrace::cloudformation {

using nlohmann::json;

// Every error of this folder about a template: CloudFormation's ValidationError, status 400.
Unexpected<aws::ApiError> template_error(std::string message);

// Errors name the line where the text stops making sense.
aws::Result<json> parse_template(std::string_view text);

// Whether the template asks for the SAM transform.
bool uses_serverless_transform(const json& document);

// Sections and resources have the right shape; no unknown top-level section, resource attribute or
// missing Type. To be called after transforms.
aws::Result<void> check_template(const json& document);

}  // namespace millrace::cloudformation
