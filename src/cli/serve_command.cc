#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/commands.h"
#include "cli/server_options.h"
#include "cli/stop_signal.h"
#include "server/millrace_server.h"

namespace millrace::cli {
namespace {

int serve(const ServerOptions& options) {
  auto configuration = to_configuration(options);
  if (!configuration) return fail(configuration.error());
  raise_descriptor_limit();
  StopSignal signal;
  auto started = server::MillraceServer::start(std::move(configuration).value());
  if (!started) return fail(started.error());
  std::printf("Listening on %s\nReady.\n", (*started)->url().c_str());
  std::fflush(stdout);
  signal.wait();
  (*started)->stop();
  return 0;
}

}  // namespace

void add_serve_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("serve", "Run the server");
  auto options = std::make_shared<ServerOptions>();
  // A new on-demand table on AWS takes 4,000 writes a second, which is four partitions. Readers
  // that take the first shard for the only one are found out before they are deployed.
  options->configuration.cells_per_table = 4;
  add_server_options(*command, *options);
  command->footer(
      "Examples:\n"
      "  millrace serve --in-memory\n"
      "  millrace serve --data /var/lib/millrace --sync always\n"
      "  millrace serve --host 0.0.0.0 --keys /etc/millrace/keys --log-json\n"
      "  millrace serve --runtime python3.13=/opt/python/bin/python3\n"
      "\nPrints 'Ready.' when it answers; ends cleanly on Ctrl-C and SIGTERM.");
  command->callback([options, &action] { action = [options] { return serve(*options); }; });
}

}  // namespace millrace::cli
