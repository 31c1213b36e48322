#include "cloudformation/intrinsics.h"

#include "base/encoding.h"

namespace millrace::cloudformation {
namespace {

const std::set<std::string> kFunctions = {
    "Ref",        "Fn::GetAtt", "Fn::Sub",   "Fn::Join",        "Fn::Select", "Fn::Split",
    "Fn::If",     "Fn::Equals", "Fn::And",   "Fn::Or",          "Fn::Not",    "Fn::FindInMap",
    "Fn::Base64", "Fn::GetAZs", "Condition", "Fn::ImportValue", "Fn::Cidr"};

const json kNoValue = {{"AWS::NoValue", true}};

// As CloudFormation writes values into text.
aws::Result<std::string> to_text(const json& value, const std::string& where) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return std::string(value.get<bool>() ? "true" : "false");
  if (value.is_number()) return value.dump();
  return template_error("Template error: " + where + " needs text, not " + value.dump());
}

// "${Name}" parts of a Fn::Sub text: calls `text` for literal runs and `name` for variables.
template <class Text, class Name>
aws::Result<void> scan_substitutions(std::string_view source, const Text& text, const Name& name) {
  while (!source.empty()) {
    size_t open = source.find("${");
    text(source.substr(0, open));
    if (open == std::string_view::npos) return {};
    size_t close = source.find('}', open);
    if (close == std::string_view::npos) {
      return template_error("Template error: a ${ of Fn::Sub is not closed");
    }
    std::string_view inside = source.substr(open + 2, close - open - 2);
    if (!inside.empty() && inside[0] == '!') {
      text("${" + std::string(inside.substr(1)) + "}");
    } else {
      size_t first = inside.find_first_not_of(' '), last = inside.find_last_not_of(' ');
      if (first == std::string_view::npos) {
        return template_error("Template error: an empty ${} in Fn::Sub");
      }
      MILLRACE_CHECK_OK(name(std::string(inside.substr(first, last - first + 1))));
    }
    source.remove_prefix(close + 1);
  }
  return {};
}

void collect_references(const json& value, std::set<std::string>& found) {
  if (value.is_array()) {
    for (const auto& element : value) collect_references(element, found);
    return;
  }
  if (!value.is_object()) return;
  for (const auto& [name, argument] : value.items()) {
    if (name == "Ref" && argument.is_string()) {
      found.insert(argument.get<std::string>());
    } else if (name == "Fn::GetAtt" && argument.is_array() && !argument.empty() &&
               argument[0].is_string()) {
      found.insert(argument[0].get<std::string>());
    } else if (name == "Fn::GetAtt" && argument.is_string()) {
      std::string text = argument;
      found.insert(text.substr(0, text.find('.')));
    } else if (name == "Fn::Sub") {
      const json& text = argument.is_array() && !argument.empty() ? argument[0] : argument;
      std::set<std::string> local;
      if (argument.is_array() && argument.size() > 1 && argument[1].is_object()) {
        for (const auto& [key, inner] : argument[1].items()) {
          local.insert(key);
          collect_references(inner, found);
        }
      }
      if (!text.is_string()) continue;
      auto ignored = scan_substitutions(
          text.get_ref<const std::string&>(), [](std::string_view) {},
          [&](const std::string& variable) -> aws::Result<void> {
            if (local.count(variable) == 0) found.insert(variable.substr(0, variable.find('.')));
            return {};
          });
      (void)ignored;  // malformed texts are reported when they are resolved
    } else {
      collect_references(argument, found);
    }
  }
}

}  // namespace

bool is_no_value(const json& value) {
  return value == kNoValue;
}

bool is_intrinsic(const json& value) {
  return value.is_object() && value.size() == 1 && kFunctions.count(value.begin().key()) > 0;
}

std::set<std::string> references_in(const json& value) {
  std::set<std::string> found;
  collect_references(value, found);
  return found;
}

Resolver::Resolver(const json& document, std::map<std::string, json> parameters)
    : document_(document), parameters_(std::move(parameters)) {}

void Resolver::set_resource(const std::string& logical_id, json reference, json attributes) {
  resources_[logical_id] = Created{std::move(reference), std::move(attributes)};
}

aws::Result<bool> Resolver::condition(const std::string& name) {
  if (auto known = conditions_.find(name); known != conditions_.end()) return known->second;
  if (!document_.contains("Conditions") || !document_["Conditions"].contains(name)) {
    return template_error("Template error: unresolved condition dependency " + name);
  }
  if (!evaluating_.insert(name).second) {
    return template_error("Template error: the condition " + name + " depends on itself");
  }
  auto result = truth(document_["Conditions"][name]);
  evaluating_.erase(name);
  if (result) conditions_[name] = *result;
  return result;
}

aws::Result<json> Resolver::resolve(const json& value) {
  if (value.is_array()) {
    json list = json::array();
    for (const auto& element : value) {
      MILLRACE_TRY(auto resolved, resolve(element));
      if (!is_no_value(resolved)) list.push_back(std::move(resolved));
    }
    return list;
  }
  if (value.is_object()) return resolve_object(value);
  return value;
}

aws::Result<json> Resolver::resolve_object(const json& value) {
  if (is_intrinsic(value)) {
    const std::string& function = value.begin().key();
    // "Condition" is also an ordinary member name, in policies.
    if (function != "Condition" || value.begin().value().is_string()) {
      return call(function, value.begin().value());
    }
  }
  json object = json::object();
  for (const auto& [name, member] : value.items()) {
    MILLRACE_TRY(auto resolved, resolve(member));
    if (!is_no_value(resolved)) object[name] = std::move(resolved);
  }
  return object;
}

aws::Result<json> Resolver::call(const std::string& function, const json& argument) {
  if (function == "Ref") {
    if (!argument.is_string()) return template_error("Template error: Ref needs a name");
    return reference(argument);
  }
  if (function == "Fn::GetAtt") {
    std::string text;
    if (argument.is_string()) {
      text = argument;
      size_t dot = text.find('.');
      if (dot != std::string::npos) return attribute(text.substr(0, dot), text.substr(dot + 1));
    } else if (argument.is_array() && argument.size() == 2 && argument[0].is_string()) {
      MILLRACE_TRY(auto name, resolve(argument[1]));
      if (name.is_string()) return attribute(argument[0], name);
    }
    return template_error("Template error: Fn::GetAtt needs a resource and an attribute name");
  }
  if (function == "Fn::If") {
    if (!argument.is_array() || argument.size() != 3 || !argument[0].is_string()) {
      return template_error("Template error: Fn::If needs a condition name and two values");
    }
    MILLRACE_TRY(bool chosen, condition(argument[0]));
    return resolve(argument[chosen ? 1 : 2]);
  }
  if (function == "Fn::Sub") return substitute(argument);
  if (function == "Fn::Join") return join(argument);
  if (function == "Fn::Select") return select(argument);
  if (function == "Fn::Split") return split(argument);
  if (function == "Fn::FindInMap") return find_in_map(argument);
  if (function == "Fn::Base64") {
    MILLRACE_TRY(auto value, resolve(argument));
    MILLRACE_TRY(auto text, to_text(value, function));
    return json(to_base64(text));
  }
  if (function == "Fn::GetAZs") {
    std::string region = parameters_.at("AWS::Region");
    return json::array({region + "a", region + "b", region + "c"});
  }
  if (function == "Fn::ImportValue" || function == "Fn::Cidr") {
    return template_error("Template error: " + function + " is not supported");
  }
  MILLRACE_TRY(bool value, truth(json{{function, argument}}));
  return json(value);
}

aws::Result<json> Resolver::reference(const std::string& name) {
  if (name == "AWS::NoValue") return kNoValue;
  if (auto found = parameters_.find(name); found != parameters_.end()) return found->second;
  if (auto found = resources_.find(name); found != resources_.end()) return found->second.reference;
  return template_error("Template format error: Unresolved resource dependencies [" + name +
                        "] in the Resources block of the template");
}

aws::Result<json> Resolver::attribute(const std::string& logical_id, const std::string& name) {
  auto found = resources_.find(logical_id);
  if (found == resources_.end()) {
    return template_error("Template format error: Unresolved resource dependencies [" + logical_id +
                          "] in the Resources block of the template");
  }
  if (!found->second.attributes.contains(name)) {
    return template_error("Template error: resource " + logical_id +
                          " does not support attribute type " + name + " in Fn::GetAtt");
  }
  return found->second.attributes[name];
}

aws::Result<json> Resolver::substitute(const json& argument) {
  json local = json::object();
  const json& text = argument.is_array() && !argument.empty() ? argument[0] : argument;
  if (argument.is_array() && argument.size() == 2) {
    MILLRACE_TRY(local, resolve(argument[1]));
  }
  if (!text.is_string() || !local.is_object()) {
    return template_error("Template error: Fn::Sub needs a text, or a text and a map");
  }
  std::string out;
  MILLRACE_CHECK_OK(scan_substitutions(
      text.get_ref<const std::string&>(), [&](std::string_view literal) { out += literal; },
      [&](const std::string& variable) -> aws::Result<void> {
        size_t dot = variable.find('.');
        json value;
        if (local.contains(variable)) {
          value = local[variable];
        } else if (dot != std::string::npos) {
          MILLRACE_TRY(value, attribute(variable.substr(0, dot), variable.substr(dot + 1)));
        } else {
          MILLRACE_TRY(value, reference(variable));
        }
        MILLRACE_TRY(auto piece, to_text(value, "Fn::Sub of " + variable));
        out += piece;
        return {};
      }));
  return json(out);
}

aws::Result<json> Resolver::join(const json& argument) {
  if (!argument.is_array() || argument.size() != 2 || !argument[0].is_string()) {
    return template_error("Template error: Fn::Join needs a delimiter and a list");
  }
  MILLRACE_TRY(auto list, resolve(argument[1]));
  if (!list.is_array()) return template_error("Template error: Fn::Join needs a list");
  std::string out;
  bool first = true;
  for (const auto& element : list) {
    MILLRACE_TRY(auto piece, to_text(element, "Fn::Join"));
    if (!first) out += argument[0].get_ref<const std::string&>();
    out += piece;
    first = false;
  }
  return json(out);
}

aws::Result<json> Resolver::select(const json& argument) {
  if (!argument.is_array() || argument.size() != 2) {
    return template_error("Template error: Fn::Select needs an index and a list");
  }
  MILLRACE_TRY(auto index, resolve(argument[0]));
  MILLRACE_TRY(auto list, resolve(argument[1]));
  MILLRACE_TRY(auto digits, to_text(index, "Fn::Select"));
  bool number = !digits.empty() && digits.size() < 9 &&
                digits.find_first_not_of("0123456789") == std::string::npos;
  if (!number || !list.is_array() || std::stoul(digits) >= list.size()) {
    return template_error("Template error: Fn::Select cannot select nonexistent value at index " +
                          digits);
  }
  return list[std::stoul(digits)];
}

aws::Result<json> Resolver::split(const json& argument) {
  if (!argument.is_array() || argument.size() != 2 || !argument[0].is_string() ||
      argument[0].get_ref<const std::string&>().empty()) {
    return template_error("Template error: Fn::Split needs a delimiter and a text");
  }
  MILLRACE_TRY(auto value, resolve(argument[1]));
  MILLRACE_TRY(auto text, to_text(value, "Fn::Split"));
  const auto& delimiter = argument[0].get_ref<const std::string&>();
  json parts = json::array();
  size_t begin = 0;
  for (size_t at; (at = text.find(delimiter, begin)) != std::string::npos;) {
    parts.push_back(text.substr(begin, at - begin));
    begin = at + delimiter.size();
  }
  parts.push_back(text.substr(begin));
  return parts;
}

aws::Result<json> Resolver::find_in_map(const json& argument) {
  MILLRACE_TRY(auto path, resolve(argument));
  if (!path.is_array() || path.size() < 3) {
    return template_error("Template error: Fn::FindInMap needs a map name and two keys");
  }
  const json* found = document_.contains("Mappings") ? &document_["Mappings"] : nullptr;
  for (size_t i = 0; i < 3 && found != nullptr; ++i) {
    found = path[i].is_string() && found->is_object() && found->contains(path[i].get<std::string>())
                ? &(*found)[path[i].get<std::string>()]
                : nullptr;
  }
  if (found == nullptr) {
    return template_error("Template error: Unable to get mapping for " + path.dump());
  }
  return *found;
}

aws::Result<bool> Resolver::truth(const json& expression) {
  if (expression.is_boolean()) return expression.get<bool>();
  if (!expression.is_object() || expression.size() != 1) {
    return template_error("Template error: a condition must be one function");
  }
  const std::string& function = expression.begin().key();
  const json& argument = expression.begin().value();
  if (function == "Condition" && argument.is_string()) return condition(argument);
  if (!argument.is_array() || argument.empty()) {
    return template_error("Template error: " + function + " needs a list");
  }
  if (function == "Fn::Equals" && argument.size() == 2) {
    MILLRACE_TRY(auto left, resolve(argument[0]));
    MILLRACE_TRY(auto right, resolve(argument[1]));
    MILLRACE_TRY(auto left_text, to_text(left, function));
    MILLRACE_TRY(auto right_text, to_text(right, function));
    return left_text == right_text;
  }
  if (function == "Fn::Not" && argument.size() == 1) {
    MILLRACE_TRY(bool inner, truth(argument[0]));
    return !inner;
  }
  if (function == "Fn::And" || function == "Fn::Or") {
    bool all = function == "Fn::And";
    for (const auto& element : argument) {
      MILLRACE_TRY(bool inner, truth(element));
      if (inner != all) return !all;
    }
    return all;
  }
  return template_error("Template error: " + function + " is not a condition function");
}

}  // namespace millrace::cloudformation
