// The settings of a mapping as CreateEventSourceMapping and UpdateEventSourceMapping take them.
// Pure. Wrong JSON types throw json::exception, which the operation answers with a
// SerializationException.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "aws/api_error.h"
#include "lambda/trigger/destination.h"
#include "lambda/trigger/mapping.h"

namespace millrace::lambda::operation {

// The constraints of the API's model on the members that both operations have.
void check_setting_constraints(const nlohmann::json& input, std::vector<std::string>& broken);

// What the model allows and Lambda (or millrace) does not, apart from the filters. Errors:
// InvalidParameterValueException.
aws::Result<void> check_destination(const nlohmann::json& input, const Destination& destination);
aws::Result<void> check_limits(const nlohmann::json& input);
aws::Result<void> check_filters(const nlohmann::json& input);
// Members that only mappings of other event sources have.
aws::Result<void> check_foreign_members(const nlohmann::json& input);

// Takes over what is given and leaves the rest, but for the function. REQUIRES: all checks passed.
void apply_settings(const nlohmann::json& input, MappingSettings& settings);

}  // namespace millrace::lambda::operation
