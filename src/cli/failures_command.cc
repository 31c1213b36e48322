#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "cli/commands.h"
#include "cli/control_options.h"

namespace millrace::cli {
namespace {

using nlohmann::json;

struct FailureOptions {
  std::string endpoint;
  std::string function_name;
  std::string id;
  bool all = false;
  bool dry_run = false;
  bool as_json = false;
};

std::string text(const json& object, const char* name) {
  return object.value(name, std::string());
}

std::string function_of(const json& failure) {
  std::string arn = text(failure, "functionArn");
  size_t name = arn.find(":function:");
  return name == std::string::npos ? arn : arn.substr(name + 10);
}

int list_failures(const FailureOptions& options) {
  std::string path = "/_millrace/failures";
  if (!options.function_name.empty()) {
    path += "?functionName=" + percent_encode(options.function_name);
  }
  auto answer = control_request(options.endpoint, "GET", path, nullptr);
  if (!answer) return fail(answer.error());
  if (options.as_json) {
    std::printf("%s\n", answer->dump(2).c_str());
    return 0;
  }
  const json& failures = (*answer)["failures"];
  if (failures.empty()) std::printf("No failures are kept.\n");
  for (const json& failure : failures) {
    std::printf("%-10s %s  %s  %llu records  %s\n", text(failure, "id").c_str(),
                text(failure, "time").c_str(), function_of(failure).c_str(),
                static_cast<unsigned long long>(failure.value("recordCount", uint64_t{0})),
                text(failure, "error").c_str());
  }
  uint64_t pushed_out = answer->value("pushedOut", uint64_t{0});
  if (pushed_out > 0) {
    std::printf("%llu older ones were pushed out.\n", static_cast<unsigned long long>(pushed_out));
  }
  return 0;
}

void print_records(const json& failure) {
  for (const json& record : failure["records"]) {
    std::printf("  %s %s %s", text(record, "sequenceNumber").c_str(),
                text(record, "eventName").c_str(), record["keys"].dump().c_str());
    if (record.contains("supersededBy")) {
      std::printf("  superseded by %s", text(record, "supersededBy").c_str());
    }
    std::printf("\n");
  }
}

int show_failure(const FailureOptions& options) {
  auto answer = control_request(options.endpoint, "GET",
                                "/_millrace/failures/" + percent_encode(options.id), nullptr);
  if (!answer) return fail(answer.error());
  if (options.as_json) {
    std::printf("%s\n", answer->dump(2).c_str());
    return 0;
  }
  const json& failure = *answer;
  std::printf("%s  %s  %s\n  %s after %d invocations: %s\n  last request %s, shard %s\n",
              text(failure, "id").c_str(), text(failure, "time").c_str(),
              function_of(failure).c_str(), text(failure, "reason").c_str(),
              failure.value("invokeCount", 0), text(failure, "error").c_str(),
              text(failure, "requestId").c_str(), text(failure, "shardId").c_str());
  print_records(failure);
  std::printf("%s\n", failure["event"].dump(2).c_str());
  return 0;
}

// 0 if the function succeeded.
int redrive_one(const FailureOptions& options, const std::string& id) {
  json body = {{"dryRun", options.dry_run}};
  if (!options.function_name.empty()) body["functionName"] = options.function_name;
  auto answer = control_request(options.endpoint, "POST",
                                "/_millrace/failures/" + percent_encode(id) + "/redrive", body);
  if (!answer) return fail(answer.error());
  std::printf("%s -> %s%s\n", id.c_str(), function_of(*answer).c_str(),
              options.dry_run ? " (not done)" : "");
  print_records(*answer);
  if (options.dry_run) return 0;
  if (answer->value("succeeded", false)) {
    std::printf("  succeeded, request %s\n", text(*answer, "requestId").c_str());
    return 0;
  }
  std::printf("  failed: %s\n", text(*answer, "error").c_str());
  return 1;
}

int redrive(const FailureOptions& options) {
  if (options.all == !options.id.empty()) return fail("Name a failure, or give --all.");
  if (!options.all) return redrive_one(options, options.id);
  auto answer = control_request(options.endpoint, "GET", "/_millrace/failures", nullptr);
  if (!answer) return fail(answer.error());
  int result = 0;
  // Oldest first, as their changes were made.
  const json& failures = (*answer)["failures"];
  for (auto failure = failures.rbegin(); failure != failures.rend(); ++failure) {
    if (redrive_one(options, text(*failure, "id")) != 0) result = 1;
  }
  return result;
}

int forget(const FailureOptions& options) {
  auto answer = control_request(options.endpoint, "DELETE",
                                "/_millrace/failures/" + percent_encode(options.id), nullptr);
  return answer ? 0 : fail(answer.error());
}

}  // namespace

void add_failures_command(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("failures", "Records that event source mappings gave up, kept whole");
  command->require_subcommand(1);
  auto options = std::make_shared<FailureOptions>();

  CLI::App* list = command->add_subcommand("list", "List them, newest first");
  add_endpoint_option(*list, options->endpoint);
  list->add_option("--function", options->function_name, "Only those of this function");
  list->add_flag("--json", options->as_json, "All of it, as JSON");
  list->callback([options, &action] { action = [options] { return list_failures(*options); }; });

  CLI::App* show = command->add_subcommand("show", "Show one with its event");
  add_endpoint_option(*show, options->endpoint);
  show->add_option("id", options->id, "As listed")->required();
  show->add_flag("--json", options->as_json, "All of it, as JSON");
  show->callback([options, &action] { action = [options] { return show_failure(*options); }; });

  CLI::App* again = command->add_subcommand("redrive", "Hand the records to the function again");
  add_endpoint_option(*again, options->endpoint);
  again->add_option("id", options->id, "As listed");
  again->add_flag("--all", options->all, "All that are kept, oldest first");
  again->add_flag("--dry-run", options->dry_run,
                  "Only say what would be done, and which records newer changes have superseded");
  again->add_option("--function", options->function_name, "To this function instead");
  again->footer(
      "A failure is removed when the function succeeds; else the command ends with 1.\n"
      "\nExamples:\n"
      "  millrace failures redrive 1031-1 --dry-run\n"
      "  millrace failures redrive --all");
  again->callback([options, &action] { action = [options] { return redrive(*options); }; });

  CLI::App* remove = command->add_subcommand("forget", "Remove one");
  add_endpoint_option(*remove, options->endpoint);
  remove->add_option("id", options->id, "As listed")->required();
  remove->callback([options, &action] { action = [options] { return forget(*options); }; });
}

}  // namespace millrace::cli
