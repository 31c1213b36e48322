#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/commands.h"

namespace millrace::cli {

int fail(const std::string& problem) {
  std::fprintf(stderr, "millrace: %s\n", problem.c_str());
  return 1;
}

}  // namespace millrace::cli

int main(int argc, char** argv) {
  CLI::App app{"DynamoDB, DynamoDB Streams and Lambda triggers on your own machine.", "millrace"};
  app.require_subcommand(1);
  app.footer(
      "Start with:\n"
      "  millrace dev template.yaml          a template's tables and functions, and their output\n"
      "  millrace serve --in-memory          a server that forgets everything when it stops\n"
      "  millrace serve --data ./data        one that keeps it\n"
      "  export AWS_ENDPOINT_URL=http://127.0.0.1:4566\n"
      "  aws dynamodb list-tables\n"
      "\n'millrace COMMAND --help' explains a command.");
  millrace::cli::Action action;
  millrace::cli::add_serve_command(app, action);
  millrace::cli::add_dev_command(app, action);
  millrace::cli::add_deploy_command(app, action);
  millrace::cli::add_status_command(app, action);
  millrace::cli::add_tail_command(app, action);
  millrace::cli::add_await_command(app, action);
  millrace::cli::add_clock_command(app, action);
  millrace::cli::add_reset_command(app, action);
  millrace::cli::add_snapshot_command(app, action);
  millrace::cli::add_restore_command(app, action);
  millrace::cli::add_faults_command(app, action);
  millrace::cli::add_explain_command(app, action);
  millrace::cli::add_failures_command(app, action);
  millrace::cli::add_replay_command(app, action);
  millrace::cli::add_explain_filter_command(app, action);
  millrace::cli::add_version_command(app, action);
  CLI11_PARSE(app, argc, argv);
  return action();
}
