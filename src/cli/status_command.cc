#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/control_options.h"

namespace millrace::cli {
namespace {

using nlohmann::json;

struct StatusOptions {
  std::string endpoint;
  bool as_json = false;
};

std::string after_last(const std::string& text, char separator) {
  return text.substr(text.rfind(separator) + 1);
}

// "arn:aws:dynamodb:us-east-1:000000000000:table/Users/stream/2026-01-01T00:00:00.000" -> "Users"
std::string table_of(const std::string& stream_arn) {
  size_t begin = stream_arn.find(":table/");
  if (begin == std::string::npos) return stream_arn;
  begin += 7;
  return stream_arn.substr(begin, stream_arn.find('/', begin) - begin);
}

// "3 s", "12 min", "23 h"
std::string readable(double seconds) {
  double amount = seconds;
  const char* unit = "s";
  if (seconds >= 7200) {
    amount = seconds / 3600;
    unit = "h";
  } else if (seconds >= 120) {
    amount = seconds / 60;
    unit = "min";
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.0f %s", amount, unit);
  return text;
}

void print_blocked(const json& one) {
  std::printf("    blocked by %s %s, record %s\n", one.value("eventName", "a record").c_str(),
              one.contains("keys") ? one["keys"].dump().c_str() : "",
              one.value("sequenceNumber", "").c_str());
  std::printf("      %s\n", one.value("error", "").c_str());
  std::printf("      %d attempts in %s, %llu records wait behind it\n", one.value("attempts", 0),
              readable(one.value("forSeconds", 0.0)).c_str(),
              static_cast<unsigned long long>(one.value("waitingBehind", uint64_t{0})));
  if (one.contains("secondsUntilGivenUp")) {
    std::printf("      given up in about %s\n",
                readable(one.value("secondsUntilGivenUp", 0.0)).c_str());
  } else if (one.contains("secondsUntilExpiry")) {
    std::printf("      lost in %s, when it leaves the stream\n",
                readable(one.value("secondsUntilExpiry", 0.0)).c_str());
  }
}

void print_shard(const json& shard) {
  uint64_t behind = shard.value("behind", uint64_t{0});
  const json& blocked = shard["blocked"];
  if (behind == 0 && blocked.empty()) return;
  std::printf("  %s: %llu behind, %llu running", shard.value("shardId", "").c_str(),
              static_cast<unsigned long long>(behind),
              static_cast<unsigned long long>(shard.value("inFlight", uint64_t{0})));
  if (shard.contains("oldestUnhandledAgeSeconds")) {
    std::printf(", oldest %s old", readable(shard.value("oldestUnhandledAgeSeconds", 0.0)).c_str());
  }
  std::printf("\n");
  for (const json& one : blocked) print_blocked(one);
}

void print_mapping(const json& mapping) {
  const json& counts = mapping["counts"];
  std::printf("%s -> %s  %s  %llu behind\n", table_of(mapping.value("eventSourceArn", "")).c_str(),
              after_last(mapping.value("functionArn", ""), ':').c_str(),
              mapping.value("state", "").c_str(),
              static_cast<unsigned long long>(mapping.value("behind", uint64_t{0})));
  std::printf("  %s  %s\n", mapping.value("uuid", "").c_str(),
              mapping.value("lastProcessingResult", "").c_str());
  std::printf("  read");
  for (const char* name : {"polled", "filtered", "succeeded", "failedInvoke", "sentToDestination",
                           "dropped", "expired"}) {
    std::printf("%s %s %llu", name == std::string_view("polled") ? "" : ",", name,
                static_cast<unsigned long long>(counts.value(name, uint64_t{0})));
  }
  std::printf("\n");
  for (const json& shard : mapping["shards"]) print_shard(shard);
}

int show_status(const StatusOptions& options) {
  auto status = control_request(options.endpoint, "GET", "/_millrace/status", nullptr);
  if (!status) return fail(status.error());
  if (options.as_json) {
    std::printf("%s\n", status->dump(2).c_str());
    return 0;
  }
  const json& mappings = (*status)["mappings"];
  if (mappings.empty()) std::printf("No event source mappings.\n");
  for (const json& mapping : mappings) print_mapping(mapping);
  return 0;
}

}  // namespace

void add_status_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("status", "Show what every event source mapping is doing");
  auto options = std::make_shared<StatusOptions>();
  add_endpoint_option(*command, options->endpoint);
  command->add_flag("--json", options->as_json, "All of it, as JSON");
  command->footer(
      "Shards are shown that are behind, with the record that blocks them and its error.\n"
      "\nExamples:\n"
      "  millrace status\n"
      "  millrace status --json --endpoint http://127.0.0.1:4570");
  command->callback([options, &action] { action = [options] { return show_status(*options); }; });
}

}  // namespace millrace::cli
