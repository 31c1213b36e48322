#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "cli/commands.h"
#include "cli/control_options.h"

namespace millrace::cli {
namespace {

using nlohmann::json;

struct ExplainOptions {
  std::string endpoint;
  std::string table;
  std::string what;
  bool as_json = false;
};

bool is_all(const std::string& text, size_t size, const char* characters) {
  return text.size() == size && text.find_first_not_of(characters) == std::string::npos;
}

// Event ids and sequence numbers have forms that no key has.
std::string query_of(const std::string& what) {
  if (is_all(what, 32, "0123456789abcdef")) return "eventId=" + what;
  if (is_all(what, 21, "0123456789")) return "sequenceNumber=" + what;
  return "key=" + percent_encode(what);
}

std::string text(const json& object, const char* name) {
  return object.value(name, std::string());
}

void print_attempt(const json& attempt) {
  std::string kind = text(attempt, "kind");
  std::printf("      %s  ", text(attempt, "time").c_str());
  if (kind == "givenUp") {
    std::printf("given up: %s, destination: %s\n", text(attempt, "reason").c_str(),
                text(attempt, "destination").c_str());
    return;
  }
  if (kind != "invoked" && kind != "redriven") {
    std::printf("%s\n", kind.c_str());
    return;
  }
  std::printf("%s%s in %.3f s", kind == "redriven" ? "redriven: " : "",
              text(attempt, "outcome").c_str(), attempt.value("durationSeconds", 0.0));
  uint64_t records = attempt.value("records", uint64_t{0});
  if (records > 1) std::printf(", batch of %llu", static_cast<unsigned long long>(records));
  if (!text(attempt, "requestId").empty()) {
    std::printf(", request %s", text(attempt, "requestId").c_str());
  }
  std::printf("\n");
  if (!text(attempt, "error").empty()) {
    std::printf("        %s\n", text(attempt, "error").c_str());
  }
}

void print_mapping(const json& mapping) {
  std::string function = text(mapping, "functionArn");
  size_t name = function.find(":function:");
  if (name != std::string::npos) function = function.substr(name + 10);
  std::printf("  -> %s  %s", function.c_str(), text(mapping, "outcome").c_str());
  if (mapping.contains("behind")) {
    std::printf(", %llu records before it",
                static_cast<unsigned long long>(mapping.value("behind", uint64_t{0})));
  }
  std::printf("  (mapping %s)\n", text(mapping, "uuid").c_str());
  for (const char* name_of_text : {"detail", "failedClause"}) {
    std::string sentence = text(mapping, name_of_text);
    if (!sentence.empty()) std::printf("      %s\n", sentence.c_str());
  }
  for (const json& attempt : mapping["attempts"]) print_attempt(attempt);
  if (mapping.contains("checkpointed")) {
    std::printf("      %s  checkpoint moved past it\n", text(mapping, "checkpointed").c_str());
  }
  if (mapping.contains("failureId")) {
    std::printf("      kept as failure %s: millrace failures show %s\n",
                text(mapping, "failureId").c_str(), text(mapping, "failureId").c_str());
  }
}

void print_change(const json& change) {
  std::printf("%s %s  %s  %s\n  event %s, shard %s\n", text(change, "eventName").c_str(),
              change["record"]["dynamodb"]["Keys"].dump().c_str(), text(change, "time").c_str(),
              text(change, "sequenceNumber").c_str(), text(change, "eventId").c_str(),
              text(change, "shardId").c_str());
  if (change["mappings"].empty()) std::printf("  no event source mapping reads this stream\n");
  for (const json& mapping : change["mappings"]) print_mapping(mapping);
}

int explain(const ExplainOptions& options) {
  auto answer = control_request(
      options.endpoint, "GET",
      "/_millrace/changes/" + percent_encode(options.table) + '?' + query_of(options.what),
      nullptr);
  if (!answer) return fail(answer.error());
  if (options.as_json) {
    std::printf("%s\n", answer->dump(2).c_str());
    return 0;
  }
  const json& changes = (*answer)["changes"];
  for (const json& change : changes) print_change(change);
  if (!answer->value("complete", true)) {
    std::printf("There are more changes; these are the newest that were looked at.\n");
  }
  if (changes.empty()) {
    return fail("The stream of " + options.table + " has no such change (any more).");
  }
  return 0;
}

}  // namespace

void add_explain_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("explain", "Tell what happened to changes of an item");
  auto options = std::make_shared<ExplainOptions>();
  add_endpoint_option(*command, options->endpoint);
  command->add_option("table", options->table, "Name of the table")->required();
  command
      ->add_option("what", options->what,
                   "A key, as pk=ada or {\"pk\":{\"S\":\"ada\"}}; an event id; a sequence number")
      ->required();
  command->add_flag("--json", options->as_json, "All of it, as JSON");
  command->footer(
      "For each change and each event source mapping: whether it was filtered out and by which\n"
      "clause, each attempt with its error and request id, and how it ended.\n"
      "\nExamples:\n"
      "  millrace explain Users userId=ada\n"
      "  millrace explain Orders customer=7,order=12\n"
      "  millrace explain Users 6f5e0b7f2a3d4c1e9b8a7f6e5d4c3b2a --json");
  command->callback([options, &action] { action = [options] { return explain(*options); }; });
}

}  // namespace millrace::cli
