#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/control_options.h"

namespace millrace::cli {
namespace {

using nlohmann::json;

constexpr const char* kPath = "/_millrace/faults";

struct FaultOptions {
  std::string endpoint;
  std::string kind;
  std::vector<std::string> settings;
};

// "3 throttle (operation=PutItem service=dynamodb): happened 1 of 2 times"
std::string line_of(const json& fault) {
  std::string named;
  for (const auto& [name, value] : fault.items()) {
    if (!value.is_string() || name == "kind") continue;
    named += (named.empty() ? " (" : " ") + name + '=' + value.get<std::string>();
  }
  if (!named.empty()) named += ')';
  return std::to_string(fault.value("id", 0LL)) + ' ' + fault.value("kind", "") + named +
         ": happened " + std::to_string(fault.value("fired", 0LL)) + " of " +
         std::to_string(fault.value("count", 0LL)) + " times\n";
}

int show(const FaultOptions& options, const std::string& method) {
  auto answer = control_request(options.endpoint, method, kPath, nullptr);
  if (!answer) return fail(answer.error());
  for (const json& fault : (*answer)["faults"]) std::fputs(line_of(fault).c_str(), stdout);
  return 0;
}

int add(const FaultOptions& options) {
  json settings = json::object();
  for (const std::string& setting : options.settings) {
    size_t equals = setting.find('=');
    if (equals == std::string::npos) {
      return fail("Settings are written NAME=VALUE; not '" + setting + "'.");
    }
    std::string value = setting.substr(equals + 1);
    json number = json::parse(value, nullptr, false);
    settings[setting.substr(0, equals)] = number.is_number() ? number : json(value);
  }
  auto answer = control_request(options.endpoint, "POST", kPath, {{options.kind, settings}});
  if (!answer) return fail(answer.error());
  std::fputs(line_of(*answer).c_str(), stdout);
  return 0;
}

}  // namespace

void add_faults_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("faults", "Let things go wrong on purpose");
  auto options = std::make_shared<FaultOptions>();
  add_endpoint_option(*command, options->endpoint);
  command->require_subcommand(1);
  CLI::App* adding = command->add_subcommand("add", "Add a fault");
  adding
      ->add_option("kind", options->kind,
                   "throttle, error, failFunction, loseResult, deliverTwice, "
                   "crashBeforeCheckpoint,\nexpireIterators, rotate, split")
      ->required();
  adding->add_option("settings", options->settings,
                     "What it happens to, and count, probability, seed");
  CLI::App* listing =
      command->add_subcommand("list", "Show the faults and how often they happened");
  CLI::App* clearing = command->add_subcommand("clear", "End all faults");
  command->footer(
      "The server must have been started with --in-memory or --test-controls.\n"
      "\nExamples:\n"
      "  millrace faults add throttle service=dynamodb operation=PutItem count=2\n"
      "  millrace faults add failFunction functionName=orders errorType=Timeout\n"
      "  millrace faults add crashBeforeCheckpoint functionName=orders\n"
      "  millrace faults add error service=dynamodbstreams probability=0.1 seed=7 count=100\n"
      "  millrace faults add split tableName=orders");
  for (CLI::App* one : {adding, listing, clearing}) one->fallthrough();
  adding->callback([options, &action] { action = [options] { return add(*options); }; });
  listing->callback([options, &action] { action = [options] { return show(*options, "GET"); }; });
  clearing->callback(
      [options, &action] { action = [options] { return show(*options, "DELETE"); }; });
}

}  // namespace millrace::cli
