#include "cloudformation/template.h"

#include <yaml-cpp/yaml.h>

#include <set>

#include "aws/json_text.h"

namespace millrace::cloudformation {
namespace {

// Aliases (*name) let a few lines stand for any number of values. AWS takes 500 resources in a
// template: that is 100 values for each.
constexpr int kValuesMax = 50'000;

const std::set<std::string> kFunctionTags = {
    "And",    "Base64", "Cidr",  "Equals", "FindInMap",    "GetAtt",
    "GetAZs", "If",     "Join",  "Length", "Not",          "ImportValue",
    "Or",     "Select", "Split", "Sub",    "ToJsonString", "Transform"};

Unexpected<aws::ApiError> error_at(const YAML::Node& node, const std::string& message) {
  return template_error("Template format error: line " + std::to_string(node.Mark().line + 1) +
                        ": " + message);
}

// A plain (unquoted) scalar has the type that it looks like; quoted ones are strings.
json plain_scalar(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") {
    return nullptr;
  }
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  bool number = text.find_first_not_of("0123456789", text[0] == '-' ? 1 : 0) == std::string::npos &&
                text != "-";
  // "0123" and account ids with leading zeros stay text.
  bool leading_zero = text.size() > 1 && text[0] == '0';
  if (number && !leading_zero && text.size() <= 18) return std::stoll(text);
  json parsed = json::parse(text, nullptr, false);
  if (parsed.is_number_float()) return parsed;
  return text;
}

class YamlConverter {
 public:
  aws::Result<json> convert(const YAML::Node& node, int depth);

 private:
  aws::Result<json> convert_untagged(const YAML::Node& node, int depth);
  aws::Result<json> convert_map(const YAML::Node& node, int depth);

  int values_ = 0;
};

aws::Result<json> YamlConverter::convert_map(const YAML::Node& node, int depth) {
  json map = json::object();
  for (const auto& entry : node) {
    if (!entry.first.IsScalar()) return error_at(entry.first, "a key must be text");
    if (map.contains(entry.first.Scalar())) {
      return error_at(entry.first, "duplicate key " + entry.first.Scalar());
    }
    MILLRACE_TRY(auto value, convert(entry.second, depth + 1));
    map[entry.first.Scalar()] = std::move(value);
  }
  return map;
}

aws::Result<json> YamlConverter::convert_untagged(const YAML::Node& node, int depth) {
  switch (node.Type()) {
    case YAML::NodeType::Null:
    case YAML::NodeType::Undefined:
      return json(nullptr);
    case YAML::NodeType::Scalar:
      return node.Tag() == "?" ? plain_scalar(node.Scalar()) : json(node.Scalar());
    case YAML::NodeType::Sequence: {
      json list = json::array();
      for (const auto& element : node) {
        MILLRACE_TRY(auto value, convert(element, depth + 1));
        list.push_back(std::move(value));
      }
      return list;
    }
    case YAML::NodeType::Map:
      return convert_map(node, depth);
  }
  return json(nullptr);
}

aws::Result<json> YamlConverter::convert(const YAML::Node& node, int depth) {
  if (depth > aws::kJsonNestingMax) return error_at(node, "nested too deeply");
  if (++values_ > kValuesMax) return error_at(node, "too many values");
  const std::string& tag = node.Tag();
  bool is_function = tag.size() > 1 && tag[0] == '!' && tag[1] != '!';
  if (!is_function) return convert_untagged(node, depth);
  std::string name = tag.substr(1);
  MILLRACE_TRY(json argument, convert_untagged(node, depth));
  // The tag took the place of the scalar's own, so a number is text here, as the functions want it.
  if (name == "Ref" || name == "Condition") return json{{name, argument}};
  if (kFunctionTags.count(name) == 0) return error_at(node, "unknown tag " + tag);
  if (name == "GetAtt" && argument.is_string()) {
    std::string text = argument;
    size_t dot = text.find('.');
    if (dot == std::string::npos) return error_at(node, "!GetAtt wants Resource.Attribute");
    argument = json::array({text.substr(0, dot), text.substr(dot + 1)});
  }
  return json{{"Fn::" + name, argument}};
}

}  // namespace

Unexpected<aws::ApiError> template_error(std::string message) {
  return aws::api_error(400, "ValidationError", std::move(message));
}

aws::Result<json> parse_template(std::string_view text) {
  json document = aws::parse_json(text);
  if (document.is_discarded()) {
    try {
      MILLRACE_TRY(document, YamlConverter().convert(YAML::Load(std::string(text)), 0));
    } catch (const YAML::Exception& exception) {
      return template_error("Template format error: line " +
                            std::to_string(exception.mark.line + 1) + ": " + exception.msg);
    }
  }
  if (!document.is_object()) {
    return template_error("Template format error: unsupported structure.");
  }
  return document;
}

bool uses_serverless_transform(const json& document) {
  static const std::string kServerless = "AWS::Serverless-2016-10-31";
  if (!document.contains("Transform")) return false;
  const json& transform = document["Transform"];
  if (transform.is_string()) return transform == kServerless;
  if (!transform.is_array()) return false;
  for (const auto& one : transform) {
    if (one == kServerless) return true;
  }
  return false;
}

aws::Result<void> check_template(const json& document) {
  static const std::set<std::string> kSections = {"AWSTemplateFormatVersion",
                                                  "Description",
                                                  "Metadata",
                                                  "Parameters",
                                                  "Rules",
                                                  "Mappings",
                                                  "Conditions",
                                                  "Transform",
                                                  "Resources",
                                                  "Outputs",
                                                  "Hooks",
                                                  "Globals"};
  for (const auto& [name, section] : document.items()) {
    if (kSections.count(name) == 0) {
      return template_error("Invalid template property or properties [" + name + "]");
    }
  }
  if (document.contains("Transform")) {
    return template_error("Template format error: the transform " + document["Transform"].dump() +
                          " is not supported; AWS::Serverless-2016-10-31 is");
  }
  if (!document.contains("Resources") || !document["Resources"].is_object() ||
      document["Resources"].empty()) {
    return template_error("Template format error: At least one Resources member must be defined.");
  }
  for (const auto& [id, resource] : document["Resources"].items()) {
    if (!resource.is_object() || !resource.contains("Type") || !resource["Type"].is_string()) {
      return template_error("Template format error: [/Resources/" + id +
                            "] Every Resources object must contain a Type member.");
    }
    if (resource.contains("Properties") && !resource["Properties"].is_object()) {
      return template_error("Template format error: [/Resources/" + id +
                            "/Properties] must be an object");
    }
  }
  for (const char* section : {"Parameters", "Mappings", "Conditions", "Outputs"}) {
    if (document.contains(section) && !document[section].is_object()) {
      return template_error("Template format error: every " + std::string(section) +
                            " member must be an object");
    }
  }
  return {};
}

}  // namespace millrace::cloudformation
