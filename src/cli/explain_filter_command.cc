#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "lambda/trigger/filter_pattern.h"

namespace millrace::cli {
namespace {

using nlohmann::json;

struct ExplainOptions {
  std::vector<std::string> patterns;
  std::string event_path;
};

// Text of a file, or of standard input for "-".
Result<std::string, std::string> read_text(const std::string& path) {
  if (path == "-") {
    std::string text;
    char block[4096];
    while (size_t size = std::fread(block, 1, sizeof block, stdin)) text.append(block, size);
    return text;
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return Unexpected("Can not read " + path + '.');
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// A record, an array of records, or the event that a function gets.
Result<std::vector<std::string>, std::string> read_records(const std::string& path) {
  MILLRACE_TRY(std::string text, read_text(path));
  json document = json::parse(text, nullptr, false);
  if (document.is_object() && document.contains("Records")) document = document["Records"];
  if (document.is_object()) document = json::array({document});
  if (!document.is_array()) {
    return Unexpected(path + " must hold a stream record, or an event with Records, as JSON.");
  }
  std::vector<std::string> records;
  for (const json& record : document) {
    records.push_back(record.dump(-1, ' ', false, json::error_handler_t::replace));
  }
  return records;
}

void print_advice(const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) {
    std::printf("%s\n", pattern.c_str());
    auto compiled = lambda::compile_pattern(pattern);
    auto advice = lambda::explain_pattern(*compiled);
    if (advice.empty()) std::printf("  valid\n");
    for (const std::string& sentence : advice) {
      std::printf("  valid, but %s\n", sentence.c_str());
    }
  }
}

int explain_filter(const ExplainOptions& options) {
  for (const std::string& pattern : options.patterns) {
    auto compiled = lambda::compile_pattern(pattern);
    if (!compiled) return fail("The pattern " + pattern + " is not valid: " + compiled.error());
  }
  print_advice(options.patterns);
  if (options.event_path.empty()) return 0;
  auto records = read_records(options.event_path);
  if (!records) return fail(records.error());
  auto filters = lambda::FilterSet::compile(options.patterns);
  if (!filters) return fail(filters.error());
  int number = 0;
  for (std::string& record : *records) {
    std::string clause;
    size_t size = record.size();
    record.resize(size + lambda::FilterSet::kPadding);
    bool passes = filters->matches(std::string_view(record).substr(0, size), &clause);
    std::printf("record %d: %s\n", ++number,
                passes ? "passes" : ("filtered out: " + clause).c_str());
  }
  return 0;
}

}  // namespace

void add_explain_filter_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "explain-filter", "Say what an event filter pattern does, and why a record does not pass");
  auto options = std::make_shared<ExplainOptions>();
  command->add_option("PATTERN", options->patterns, "Pattern; several are alternatives")
      ->required();
  command->add_option("--event", options->event_path,
                      "File with a record or an event to try it on; - for standard input");
  command->footer(
      "Needs no server.\n"
      "\nExamples:\n"
      "  millrace explain-filter '{\"eventName\": [\"INSERT\"]}'\n"
      "  millrace explain-filter '{\"dynamodb\": {\"NewImage\": {\"age\": {\"N\": [\"7\"]}}}}' "
      "--event event.json");
  command->callback(
      [options, &action] { action = [options] { return explain_filter(*options); }; });
}

}  // namespace millrace::cli
