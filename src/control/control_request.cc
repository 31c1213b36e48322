#include "control/control_request.h"

#include <algorithm>

#include "aws/json_text.h"

namespace millrace::control {
namespace {

const json* find_member(const json& object, const char* name) {
  auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string must_be(const char* name, const char* type) {
  return std::string(name) + " must be " + type + '.';
}

}  // namespace

Result<json> parse_object(const std::string& body) {
  if (body.empty()) return json::object();
  json document = aws::parse_json(body);
  if (!document.is_object()) return Unexpected(std::string("The body must be a JSON object."));
  return document;
}

Result<std::optional<std::string>> text_member(const json& object, const char* name) {
  const json* value = find_member(object, name);
  if (value == nullptr) return std::optional<std::string>();
  if (!value->is_string()) return Unexpected(must_be(name, "a string"));
  return std::optional(value->get<std::string>());
}

Result<std::optional<double>> number_member(const json& object, const char* name) {
  const json* value = find_member(object, name);
  if (value == nullptr) return std::optional<double>();
  if (!value->is_number()) return Unexpected(must_be(name, "a number"));
  return std::optional(value->get<double>());
}

Result<std::optional<bool>> bool_member(const json& object, const char* name) {
  const json* value = find_member(object, name);
  if (value == nullptr) return std::optional<bool>();
  if (!value->is_boolean()) return Unexpected(must_be(name, "true or false"));
  return std::optional(value->get<bool>());
}

Result<void> check_members(const json& object, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : object.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string text = "Unknown member '" + name + "'; known are";
    for (std::string_view one : known) text += " '" + std::string(one) + "'";
    return Unexpected(text + '.');
  }
  return {};
}

aws::HttpResponse json_answer(const json& document, int status) {
  return aws::json_response(document.dump(-1, ' ', false, json::error_handler_t::replace), status);
}

aws::HttpResponse error_answer(const std::string& message, int status) {
  return json_answer({{"message", message}}, status);
}

}  // namespace millrace::control
