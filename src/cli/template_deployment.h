// Deploying a template with the code beside it: what `millrace deploy` and `millrace dev` share.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace CLI {
class App;
}

namespace millrace::cli {

struct TemplateOptions {
  std::filesystem::path template_file;
  std::string stack_name;               // empty: the name of the template's folder
  std::vector<std::string> parameters;  // "NAME=VALUE"
};
void add_template_options(CLI::App& command, TemplateOptions& options);

class TemplateDeployment {
 public:
  // Reads the template and checks the options. The error is one sentence for the user.
  static Result<TemplateDeployment, std::string> read(const TemplateOptions& options);

  const std::string& stack_name() const { return stack_name_; }

  // Packs the code, sends everything to the server at `endpoint` and gives the stack's description.
  // `region` and `account` as in the server's deployment API. Errors are the server's, as text.
  Result<nlohmann::json, std::string> deploy(const std::string& endpoint, const std::string& region,
                                             const std::string& account) const;

  // A value that changes when the template or any function's code does.
  std::string change_stamp() const;

 private:
  std::filesystem::path file_;
  std::string stack_name_;
  std::map<std::string, std::string> parameters_;
};

// "+ UsersTable  AWS::DynamoDB::Table  Users" for each thing that was made, changed or removed,
// then the outputs.
std::string describe_deployment(const nlohmann::json& description);

}  // namespace millrace::cli
