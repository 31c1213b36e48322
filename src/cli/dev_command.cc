#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/function_output.h"
#include "cli/server_options.h"
#include "cli/stop_signal.h"
#include "cli/template_deployment.h"
#include "logs/log_store.h"
#include "server/millrace_server.h"
#include "server/platform.h"

namespace millrace::cli {
namespace {

// Often enough that a saved file is deployed within a second.
constexpr std::chrono::milliseconds kLookForChangesEvery{200};

struct DevOptions {
  ServerOptions server;
  TemplateOptions templates;
};

void print(const std::string& text) {
  // One call a line: output of several functions never mixes within a line.
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void show_function_output(server::Platform& platform) {
  bool color = isatty(STDOUT_FILENO) != 0;
  platform.log_store->on_append([color](const logs::LogScope&, const std::string& group,
                                        const std::vector<logs::LogEvent>& events) {
    std::string text;
    for (const auto& event : events) text += format_function_output(group, event.message, color);
    if (!text.empty()) print(text);
  });
}

int dev(const DevOptions& options) {
  auto deployment = TemplateDeployment::read(options.templates);
  if (!deployment) return fail(deployment.error());
  auto configuration = to_configuration(options.server);
  if (!configuration) return fail(configuration.error());
  std::string region = configuration->region, account = configuration->account;
  raise_descriptor_limit();
  StopSignal signal;
  auto started =
      server::MillraceServer::start(std::move(configuration).value(), show_function_output);
  if (!started) return fail(started.error());
  server::MillraceServer& server = **started;
  std::string stamp = deployment->change_stamp();
  auto description = deployment->deploy(server.url(), region, account);
  if (!description) return fail(description.error());
  print("Listening on " + server.url() + "\nStack " + deployment->stack_name() + ":\n" +
        describe_deployment(*description) + "Ready.\n");

  while (!signal.wait_for(kLookForChangesEvery)) {
    std::string now = deployment->change_stamp();
    if (now == stamp) continue;
    stamp = now;
    auto changed = deployment->deploy(server.url(), region, account);
    // A half-written file is a normal state while somebody edits: say it and go on.
    print(changed ? "Deployed:\n" + describe_deployment(*changed)
                  : "Not deployed: " + changed.error() + '\n');
  }
  server.stop();
  return 0;
}

}  // namespace

void add_dev_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "dev", "Run a template: a server, the template deployed, the functions' output");
  auto options = std::make_shared<DevOptions>();
  options->server.configuration.in_memory = true;
  options->server.log_level = "warning";
  add_template_options(*command, options->templates);
  add_server_options(*command, options->server);
  command->footer(
      "The server forgets everything when it stops, unless --data names a directory. A function "
      "whose\n"
      "code changes is deployed again at once, and so is a changed template.\n"
      "\nExamples:\n"
      "  millrace dev template.yaml\n"
      "  millrace dev template.yaml --port 4570 --parameter Stage=test\n"
      "  millrace dev template.yaml --data ./dev-data");
  command->callback([command, options, &action] {
    if (command->get_option("--data")->count() > 0) options->server.configuration.in_memory = false;
    action = [options] { return dev(*options); };
  });
}

}  // namespace millrace::cli
