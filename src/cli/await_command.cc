#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/control_options.h"

namespace millrace::cli {
namespace {

using nlohmann::json;

struct AwaitOptions {
  std::string endpoint;
  double timeout_seconds = 30;
  std::string function_name;
  bool settle = false;
};

int await(const AwaitOptions& options) {
  json body = {{"timeoutSeconds", options.timeout_seconds}, {"settle", options.settle}};
  if (!options.function_name.empty()) body["functionName"] = options.function_name;
  auto answer = control_request(options.endpoint, "POST", "/_millrace/await", body);
  if (!answer) return fail(answer.error());
  if (answer->value("done", false)) return 0;
  for (const json& sentence : (*answer)["stuck"]) {
    std::fprintf(stderr, "%s\n", sentence.get<std::string>().c_str());
  }
  return fail("The mappings did not handle everything in time.");
}

struct ClockOptions {
  std::string endpoint;
  std::optional<double> advance_seconds;
  std::string set;
  bool freeze = false;
  bool unfreeze = false;
};

int move_clock(const ClockOptions& options) {
  json body = json::object();
  if (options.advance_seconds) body["advanceSeconds"] = *options.advance_seconds;
  if (!options.set.empty()) body["set"] = options.set;
  if (options.freeze || options.unfreeze) body["freeze"] = options.freeze;
  auto answer = body.empty() ? control_request(options.endpoint, "GET", "/_millrace/clock", nullptr)
                             : control_request(options.endpoint, "POST", "/_millrace/clock", body);
  if (!answer) return fail(answer.error());
  std::printf("%s%s\n", answer->value("now", "").c_str(),
              answer->value("frozen", false) ? " (frozen)" : "");
  return 0;
}

}  // namespace

void add_await_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "await", "Wait until every event source mapping has handled all changes up to now");
  auto options = std::make_shared<AwaitOptions>();
  add_endpoint_option(*command, options->endpoint);
  command->add_option("--timeout", options->timeout_seconds, "Seconds to wait at most")
      ->check(CLI::Range(0.0, 600.0))
      ->capture_default_str();
  command->add_option("--function", options->function_name, "Only mappings of this function");
  command->add_flag("--settle", options->settle, "Also for what the functions write meanwhile");
  command->footer(
      "Ends with 1 and names what is stuck if the time is over.\n"
      "\nExamples:\n"
      "  millrace await\n"
      "  millrace await --settle --timeout 60");
  command->callback([options, &action] { action = [options] { return await(*options); }; });
}

void add_clock_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("clock", "Show or move the server's clock");
  auto options = std::make_shared<ClockOptions>();
  add_endpoint_option(*command, options->endpoint);
  command->add_option("--advance", options->advance_seconds, "Seconds to move it forward");
  command->add_option("--set", options->set, "Time to set it to, as in 2030-01-01T00:00:00Z");
  auto* freeze = command->add_flag("--freeze", options->freeze, "Stop it");
  command->add_flag("--unfreeze", options->unfreeze, "Let it run on")->excludes(freeze);
  command->footer(
      "Expiry, retention, rotation, batching windows, backoff and visibility timeouts follow.\n"
      "The server must have been started with --in-memory or --test-controls.\n"
      "\nExamples:\n"
      "  millrace clock\n"
      "  millrace clock --advance 90000\n"
      "  millrace clock --freeze --set 2030-01-01T00:00:00Z");
  command->callback([options, &action] { action = [options] { return move_clock(*options); }; });
}

}  // namespace millrace::cli
