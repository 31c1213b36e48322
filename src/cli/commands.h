// The commands of the `millrace` binary: one file for each subject. Adding a command is a function
// here and a line in main.cc.
#pragma once

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace millrace::cli {

// What main() runs once the arguments are read: returns the process's exit code.
using Action = std::function<int()>;

// Each adds its subcommand to `app` and sets `action` when the user has chosen it.
void add_serve_command(CLI::App& app, Action& action);
void add_dev_command(CLI::App& app, Action& action);
void add_deploy_command(CLI::App& app, Action& action);
void add_status_command(CLI::App& app, Action& action);
void add_tail_command(CLI::App& app, Action& action);
void add_await_command(CLI::App& app, Action& action);
void add_clock_command(CLI::App& app, Action& action);
void add_reset_command(CLI::App& app, Action& action);
void add_snapshot_command(CLI::App& app, Action& action);
void add_restore_command(CLI::App& app, Action& action);
void add_faults_command(CLI::App& app, Action& action);
void add_explain_command(CLI::App& app, Action& action);
void add_explain_filter_command(CLI::App& app, Action& action);
void add_failures_command(CLI::App& app, Action& action);
void add_replay_command(CLI::App& app, Action& action);
void add_version_command(CLI::App& app, Action& action);

// Prints "millrace: <problem>" to standard error; returns exit code 1.
int fail(const std::string& problem);

}  // namespace millrace::cli
