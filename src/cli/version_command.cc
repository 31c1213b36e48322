#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/commands.h"

namespace millrace::cli {

void add_version_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("version", "Print the version");
  command->footer("Example:\n  millrace version");
  command->callback([&action] {
    action = [] {
      std::printf("millrace %s\n", MILLRACE_VERSION);
      return 0;
    };
  });
}

}  // namespace millrace::cli
