// Form parameters ("Attribute.1.Name=x") to JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "aws/api_error.h"
#include "aws/http_message.h"
#include "aws/protocol/shape.h"

namespace millrace::aws {

// The parameters as a JSON object of the given structure; Action and Version are left out. Errors:
// MalformedInput for a number or boolean that is none, or names nested too deeply.
Result<nlohmann::json> form_to_json(const NameValues& form, const Shape& structure);

}  // namespace millrace::aws
