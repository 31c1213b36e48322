#include "cli/template_deployment.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "base/encoding.h"
#include "cli/http_client.h"
#include "cloudformation/packaging.h"

namespace millrace::cli {
namespace {

using nlohmann::json;

Result<std::string, std::string> read_text(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream || std::filesystem::is_directory(file)) {
    return Unexpected("Can not read the template " + file.string() + ".");
  }
  return text.str();
}

// Stack names are letters, digits and hyphens and begin with a letter.
std::string to_stack_name(std::string text) {
  for (char& c : text) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '-';
  }
  text.erase(0, std::min(text.find_first_not_of("-0123456789"), text.size()));
  return text.empty() ? "millrace" : text.substr(0, 128);
}

Result<json, std::string> local_paths(const std::string& text) {
  auto document = cloudformation::parse_template(text);
  if (!document) return Unexpected(document.error().message);
  return json(cloudformation::local_code_paths(*document));
}

}  // namespace

void add_template_options(CLI::App& command, TemplateOptions& options) {
  command.add_option("template", options.template_file, "SAM or CloudFormation template")
      ->required();
  command.add_option("--stack-name", options.stack_name,
                     "Name of the stack; default: the template's folder");
  command.add_option("--parameter", options.parameters,
                     "Value of a template parameter, NAME=VALUE; may be given several times");
}

Result<TemplateDeployment, std::string> TemplateDeployment::read(const TemplateOptions& options) {
  TemplateDeployment deployment;
  deployment.file_ = options.template_file;
  MILLRACE_CHECK_OK(read_text(deployment.file_));
  std::string folder =
      std::filesystem::absolute(deployment.file_).lexically_normal().parent_path().filename();
  deployment.stack_name_ = options.stack_name.empty() ? to_stack_name(folder) : options.stack_name;
  for (const auto& parameter : options.parameters) {
    size_t equals = parameter.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return Unexpected("--parameter takes NAME=VALUE, not '" + parameter + "'.");
    }
    deployment.parameters_[parameter.substr(0, equals)] = parameter.substr(equals + 1);
  }
  return deployment;
}

Result<json, std::string> TemplateDeployment::deploy(const std::string& endpoint,
                                                     const std::string& region,
                                                     const std::string& account) const {
  MILLRACE_TRY(std::string text, read_text(file_));
  MILLRACE_TRY(json paths, local_paths(text));
  json code = json::object();
  for (const auto& [id, path] : paths.items()) {
    std::string name = path;
    if (code.contains(name)) continue;
    auto zip = cloudformation::zip_path(file_.parent_path() / name);
    if (!zip) return Unexpected("Function " + id + ": " + zip.error().message + ".");
    code[name] = to_base64(*zip);
  }
  json request = {{"StackName", stack_name_},
                  {"TemplateBody", text},
                  {"Parameters", parameters_},
                  {"Code", code}};
  std::string target =
      "/_millrace/stacks?region=" + percent_encode(region) + "&account=" + percent_encode(account);
  MILLRACE_TRY(HttpAnswer answer,
               http_request(endpoint, "POST", target,
                            request.dump(-1, ' ', false, json::error_handler_t::replace)));
  json description = json::parse(answer.body, nullptr, false);
  if (!description.is_object()) {
    return Unexpected("The server at " + endpoint + " answered status " +
                      std::to_string(answer.status) + " to a deployment: is it millrace?");
  }
  if (answer.status != 200) return Unexpected(description.value("message", answer.body));
  return description;
}

std::string TemplateDeployment::change_stamp() const {
  std::string stamp = cloudformation::change_stamp(file_);
  auto text = read_text(file_);
  if (!text) return stamp;
  auto paths = local_paths(*text);
  if (!paths) return stamp;
  std::set<std::string> folders;
  for (const auto& [id, path] : paths->items()) folders.insert(path.get<std::string>());
  for (const auto& folder : folders) {
    stamp += cloudformation::change_stamp(file_.parent_path() / folder);
  }
  return stamp;
}

std::string describe_deployment(const json& description) {
  static const std::map<std::string, std::string> kSigns = {
      {"CREATE_COMPLETE", "+"}, {"UPDATE_COMPLETE", "~"}, {"DELETE_COMPLETE", "-"}};
  std::string text;
  for (const auto& event : description.value("events", json::array())) {
    auto sign = kSigns.find(event.value("ResourceStatus", ""));
    if (sign == kSigns.end()) continue;
    text += sign->second + ' ' + event.value("LogicalResourceId", "") + "  " +
            event.value("ResourceType", "") + "  " + event.value("PhysicalResourceId", "") + '\n';
  }
  if (text.empty()) text = "= no changes\n";
  const json outputs = description.value("Outputs", json::object());
  for (const auto& [name, value] : outputs.items()) {
    text +=
        "  " + name + " = " + (value.is_string() ? value.get<std::string>() : value.dump()) + '\n';
  }
  return text;
}

}  // namespace millrace::cli
