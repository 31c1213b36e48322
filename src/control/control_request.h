// What the routes under /_millrace share: a JSON object comes in, a JSON object goes out, and a
// mistake is answered with a sentence that says what to send instead.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "aws/admin_routes.h"
#include "base/result.h"

namespace millrace::control {

using json = nlohmann::json;
template <class T>
using Result = millrace::Result<T, std::string>;  // the error is for the user

// An empty body is an empty object.
Result<json> parse_object(const std::string& body);

// The member's value. Nothing if it is absent or null; an error if it has another type.
Result<std::optional<std::string>> text_member(const json& object, const char* name);
Result<std::optional<double>> number_member(const json& object, const char* name);
Result<std::optional<bool>> bool_member(const json& object, const char* name);
// Members that are not among `known` are mistakes: a test that misspells a setting must not pass.
Result<void> check_members(const json& object, std::initializer_list<std::string_view> known);

aws::HttpResponse json_answer(const json& document, int status = 200);
aws::HttpResponse error_answer(const std::string& message, int status = 400);

}  // namespace millrace::control
