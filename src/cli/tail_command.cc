#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "cli/change_text.h"
#include "cli/commands.h"
#include "cli/control_options.h"
#include "cli/stop_signal.h"

namespace millrace::cli {
namespace {

using nlohmann::json;

// Quick for eyes, and nothing for the server.
constexpr std::chrono::milliseconds kLookEvery{200};

struct TailOptions {
  std::string endpoint;
  std::string table;
  bool from_start = false;
  bool once = false;
  bool as_json = false;
};

void print_records(const json& records, bool as_json, bool color) {
  for (const json& record : records) {
    std::string text = as_json ? record.dump() + '\n' : format_change(record, color);
    std::fwrite(text.data(), 1, text.size(), stdout);
  }
  std::fflush(stdout);
}

int tail(const TailOptions& options) {
  StopSignal signal;
  bool color = isatty(STDOUT_FILENO) != 0;
  std::string path = "/_millrace/tail/" + percent_encode(options.table);
  std::string question = options.from_start ? "?from=start" : "";
  while (true) {
    auto page = control_request(options.endpoint, "GET", path + question, nullptr);
    if (!page) return fail(page.error());
    question = "?cursor=" + percent_encode(page->value("cursor", ""));
    const json& records = (*page)["records"];
    print_records(records, options.as_json, color);
    if (!records.empty()) continue;
    if (options.once || signal.wait_for(kLookEvery)) return 0;
  }
}

}  // namespace

void add_tail_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("tail", "Show a table's changes as they come");
  auto options = std::make_shared<TailOptions>();
  add_endpoint_option(*command, options->endpoint);
  command->add_option("TABLE", options->table, "A table with a stream")->required();
  command->add_flag("--from-start", options->from_start, "Begin with the oldest that is there");
  command->add_flag("--once", options->once, "End when nothing more is there");
  command->add_flag("--json", options->as_json, "Records as functions get them, one a line");
  command->footer(
      "Of a MODIFY the attributes that differ are shown, as far as the stream's view has both "
      "images.\n"
      "\nExamples:\n"
      "  millrace tail Users\n"
      "  millrace tail Users --from-start --once --json");
  command->callback([options, &action] { action = [options] { return tail(*options); }; });
}

}  // namespace millrace::cli
