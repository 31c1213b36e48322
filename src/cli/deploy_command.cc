#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/http_client.h"
#include "cli/template_deployment.h"

namespace millrace::cli {
namespace {

struct DeployOptions {
  TemplateOptions templates;
  std::string endpoint = default_endpoint();
  std::string region = "us-east-1";
  std::string account = "000000000000";
};

int deploy(const DeployOptions& options) {
  auto deployment = TemplateDeployment::read(options.templates);
  if (!deployment) return fail(deployment.error());
  std::printf("Deploying stack %s to %s\n", deployment->stack_name().c_str(),
              options.endpoint.c_str());
  std::fflush(stdout);
  auto description = deployment->deploy(options.endpoint, options.region, options.account);
  if (!description) return fail(description.error());
  std::fputs(describe_deployment(*description).c_str(), stdout);
  return 0;
}

}  // namespace

void add_deploy_command(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("deploy", "Deploy a SAM or CloudFormation template to a running server");
  auto options = std::make_shared<DeployOptions>();
  add_template_options(*command, options->templates);
  command->add_option("--endpoint", options->endpoint, "The server (also: AWS_ENDPOINT_URL)")
      ->capture_default_str();
  command->add_option("--region", options->region, "Region to deploy to")
      ->envname("AWS_DEFAULT_REGION")
      ->capture_default_str();
  command->add_option("--account", options->account, "Account to deploy to")->capture_default_str();
  command->footer(
      "Code beside the template (CodeUri: ./src) is packed and sent with it. Deploying again "
      "changes\n"
      "only what differs.\n"
      "\nExamples:\n"
      "  millrace deploy template.yaml\n"
      "  millrace deploy template.yaml --stack-name orders --parameter Stage=test\n"
      "  millrace deploy template.yaml --endpoint http://127.0.0.1:4570 --region eu-west-1");
  command->callback([options, &action] { action = [options] { return deploy(*options); }; });
}

}  // namespace millrace::cli
