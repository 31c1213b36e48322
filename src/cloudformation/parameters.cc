// Parameters of a template: see intrinsics.h.
#include <regex>

#include "cloudformation/intrinsics.h"

namespace millrace::cloudformation {
namespace {

std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

json typed_value(const std::string& type, const std::string& text) {
  bool is_list = type == "CommaDelimitedList" || type.rfind("List<", 0) == 0;
  if (!is_list) return text;
  json list = json::array();
  size_t begin = 0;
  while (begin <= text.size()) {
    size_t comma = std::min(text.find(',', begin), text.size());
    std::string one = text.substr(begin, comma - begin);
    size_t first = one.find_first_not_of(' '), last = one.find_last_not_of(' ');
    list.push_back(first == std::string::npos ? "" : one.substr(first, last - first + 1));
    begin = comma + 1;
  }
  return list;
}

aws::Result<void> check_value(const std::string& name, const json& definition,
                              const std::string& text) {
  auto explain = [&](const std::string& fallback) {
    return definition.contains("ConstraintDescription")
               ? text_of(definition["ConstraintDescription"])
               : fallback;
  };
  if (definition.contains("AllowedValues") && definition["AllowedValues"].is_array()) {
    std::string all;
    for (const auto& allowed : definition["AllowedValues"]) {
      if (text_of(allowed) == text) return {};
      all += (all.empty() ? "" : ", ") + text_of(allowed);
    }
    return template_error("Parameter '" + name +
                          "' must be one of AllowedValues: " + explain("[" + all + "]"));
  }
  if (definition.contains("AllowedPattern")) {
    try {
      if (!std::regex_match(text, std::regex(text_of(definition["AllowedPattern"])))) {
        return template_error("Parameter '" + name + "' must match pattern: " +
                              explain(text_of(definition["AllowedPattern"])));
      }
    } catch (const std::regex_error&) {
      return template_error("Template error: the AllowedPattern of parameter '" + name +
                            "' is not a regular expression");
    }
  }
  if (definition.value("Type", "") == "Number") {
    json number = json::parse(text, nullptr, false);
    if (!number.is_number()) {
      return template_error("Parameter '" + name + "' must be a number.");
    }
  }
  return {};
}

}  // namespace

aws::Result<std::map<std::string, json>> parameter_values(
    const json& document, const std::map<std::string, std::string>& given,
    const std::map<std::string, json>& pseudo) {
  std::map<std::string, json> values = pseudo;
  const json definitions = document.value("Parameters", json::object());
  for (const auto& [name, text] : given) {
    if (!definitions.contains(name)) {
      return template_error("Parameters: [" + name + "] do not exist in the template");
    }
  }
  std::string missing;
  for (const auto& [name, definition] : definitions.items()) {
    if (!definition.is_object()) {
      return template_error("Template format error: parameter " + name + " must be an object");
    }
    auto found = given.find(name);
    if (found == given.end() && !definition.contains("Default")) {
      missing += (missing.empty() ? "" : ", ") + name;
      continue;
    }
    std::string text = found == given.end() ? text_of(definition["Default"]) : found->second;
    MILLRACE_CHECK_OK(check_value(name, definition, text));
    values[name] = typed_value(definition.value("Type", "String"), text);
  }
  if (!missing.empty()) return template_error("Parameters: [" + missing + "] must have values");
  return values;
}

}  // namespace millrace::cloudformation
