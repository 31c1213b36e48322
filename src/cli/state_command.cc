// reset, snapshot and restore: a server between two tests.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "cli/commands.h"
#include "cli/control_options.h"

namespace millrace::cli {
namespace {

using nlohmann::json;

constexpr const char* kNeedsTestControls =
    "The server must have been started with --in-memory or --test-controls.\n";

struct StateOptions {
  std::string endpoint;
  std::string name = "default";
  bool list = false;
  bool erase = false;
};

int change(const StateOptions& options, const std::string& path, const json& body,
           const std::string& what) {
  auto answer = control_request(options.endpoint, "POST", path, body);
  if (!answer) return fail(answer.error());
  std::printf("%s (%.1f ms)\n", what.c_str(), answer->value("milliseconds", 0.0));
  return 0;
}

int show_snapshots(const StateOptions& options) {
  auto answer = control_request(options.endpoint, "GET", "/_millrace/snapshot", nullptr);
  if (!answer) return fail(answer.error());
  for (const json& snapshot : (*answer)["snapshots"]) {
    std::printf("%s  %s  %lld rows, %lld bytes\n", snapshot.value("name", "").c_str(),
                snapshot.value("made", "").c_str(), snapshot.value("rows", 0LL),
                snapshot.value("bytes", 0LL));
  }
  return 0;
}

int snapshot(const StateOptions& options) {
  if (options.list) return show_snapshots(options);
  if (options.erase) {
    auto answer = control_request(options.endpoint, "DELETE",
                                  "/_millrace/snapshot/" + percent_encode(options.name), nullptr);
    if (!answer) return fail(answer.error());
    std::printf("Deleted %s\n", options.name.c_str());
    return 0;
  }
  return change(options, "/_millrace/snapshot", {{"name", options.name}}, "Kept " + options.name);
}

}  // namespace

void add_reset_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("reset", "Let the server forget everything");
  auto options = std::make_shared<StateOptions>();
  add_endpoint_option(*command, options->endpoint);
  command->footer(std::string("Tables, streams, queues, functions, mappings, logs, stacks, faults: "
                              "all gone, and the clock\nshows the machine's time. ") +
                  kNeedsTestControls);
  command->callback([options, &action] {
    action = [options] {
      return change(*options, "/_millrace/reset", json::object(), "Forgot everything");
    };
  });
}

void add_snapshot_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("snapshot", "Keep the server's state to restore it later");
  auto options = std::make_shared<StateOptions>();
  add_endpoint_option(*command, options->endpoint);
  command->add_option("name", options->name, "Its name; replaces one of the same name")
      ->capture_default_str();
  auto* list = command->add_flag("--list", options->list, "Show what there is instead");
  command->add_flag("--delete", options->erase, "Delete the one of this name instead")
      ->excludes(list);
  command->footer(std::string("Kept in the server's memory until it ends. ") + kNeedsTestControls +
                  "\nExamples:\n"
                  "  millrace deploy template.yaml && millrace snapshot base\n"
                  "  millrace restore base");
  command->callback([options, &action] { action = [options] { return snapshot(*options); }; });
}

void add_restore_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("restore", "Bring a snapshot back");
  auto options = std::make_shared<StateOptions>();
  add_endpoint_option(*command, options->endpoint);
  command->add_option("name", options->name, "The snapshot's name")->capture_default_str();
  command->footer(
      "Everything is as it was, with stream positions, checkpoints and iterators; faults are "
      "ended, and\nthe clock is left alone.");
  command->callback([options, &action] {
    action = [options] {
      return change(*options, "/_millrace/restore", {{"name", options->name}},
                    "Restored " + options->name);
    };
  });
}

}  // namespace millrace::cli
