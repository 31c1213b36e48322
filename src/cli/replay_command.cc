#include <unistd.h>

#include <CLI/CLI.hpp>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/executor.h"
#include "cli/commands.h"
#include "cli/control_options.h"

namespace millrace::cli {
namespace {

using nlohmann::json;

constexpr Duration kAskEvery = std::chrono::milliseconds(200);

struct ReplayOptions {
  std::string endpoint;
  std::string table, function_name, uuid, shard;
  std::string from_number, from_time, to_number, to_time;
  int batch_size = 0;
  bool no_wait = false;
  std::string stop;
};

std::string text(const json& object, const char* name) {
  return object.value(name, std::string());
}

void pause(Timers& timers) {
  std::mutex mutex;
  std::condition_variable over;
  bool is_over = false;
  timers.after(kAskEvery, [&] {
    std::lock_guard lock(mutex);
    is_over = true;
    over.notify_all();
  });
  std::unique_lock lock(mutex);
  over.wait(lock, [&] { return is_over; });
}

void print_progress(const json& replay, bool is_last) {
  bool terminal = isatty(STDOUT_FILENO) != 0;
  if (!terminal && !is_last) return;
  if (terminal) std::printf("\r\033[K");
  std::printf("%s: %llu of %llu records", text(replay, "state").c_str(),
              static_cast<unsigned long long>(replay.value("handled", uint64_t{0})),
              static_cast<unsigned long long>(replay.value("records", uint64_t{0})));
  const json& counts = replay["counts"];
  for (const char* name : {"filtered", "dropped", "expired"}) {
    uint64_t count = counts.value(name, uint64_t{0});
    if (count > 0) std::printf(", %s %llu", name, static_cast<unsigned long long>(count));
  }
  for (const json& one : replay["blocked"]) {
    std::printf("; record %s fails: %s", text(one, "sequenceNumber").c_str(),
                text(one, "error").c_str());
  }
  if (is_last) std::printf("\n");
  std::fflush(stdout);
}

int follow(const ReplayOptions& options, json replay) {
  ServerClock clock;
  ThreadTimers timers(clock);
  std::string path = "/_millrace/replay/" + text(replay, "id");
  while (text(replay, "state") == "Running") {
    print_progress(replay, false);
    pause(timers);
    auto answer = control_request(options.endpoint, "GET", path, nullptr);
    if (!answer) return fail(answer.error());
    replay = std::move(*answer);
  }
  print_progress(replay, true);
  return text(replay, "state") == "Finished" ? 0 : 1;
}

int replay(const ReplayOptions& options) {
  if (!options.stop.empty()) {
    auto answer =
        control_request(options.endpoint, "DELETE", "/_millrace/replay/" + options.stop, nullptr);
    if (!answer) return fail(answer.error());
    print_progress(*answer, true);
    return 0;
  }
  json body;
  for (auto [name, value] :
       {std::pair("tableName", &options.table), std::pair("functionName", &options.function_name),
        std::pair("uuid", &options.uuid), std::pair("shardId", &options.shard),
        std::pair("fromSequenceNumber", &options.from_number),
        std::pair("fromTime", &options.from_time),
        std::pair("toSequenceNumber", &options.to_number), std::pair("toTime", &options.to_time)}) {
    if (!value->empty()) body[name] = *value;
  }
  if (options.batch_size > 0) body["batchSize"] = options.batch_size;
  auto answer = control_request(options.endpoint, "POST", "/_millrace/replay", body);
  if (!answer) return fail(answer.error());
  std::printf("replay %s\n", text(*answer, "id").c_str());
  return options.no_wait ? 0 : follow(options, std::move(*answer));
}

}  // namespace

void add_replay_command(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("replay", "Hand records that a stream still has to a function again");
  auto options = std::make_shared<ReplayOptions>();
  add_endpoint_option(*command, options->endpoint);
  command->add_option("table", options->table, "Name of the table");
  command->add_option("--function", options->function_name,
                      "The function; its mapping's filters and settings apply if it has one");
  command->add_option("--mapping", options->uuid, "UUID of the mapping whose settings apply");
  command->add_option("--from", options->from_number, "First sequence number");
  command->add_option("--from-time", options->from_time, "As in 2030-01-01T00:00:00Z");
  command->add_option("--to", options->to_number, "Last sequence number");
  command->add_option("--to-time", options->to_time, "Records written before that time");
  command->add_option("--shard", options->shard, "Only this shard and what descends from it");
  command->add_option("--batch-size", options->batch_size, "Records for each invocation")
      ->check(CLI::Range(1, 10000));
  command->add_flag("--no-wait", options->no_wait, "Do not wait for the end");
  command->add_option("--stop", options->stop, "Stop the replay with this id");
  command->footer(
      "The mapping's own checkpoint does not move. All of the stream is replayed, up to what is\n"
      "there now, unless --from and --to say otherwise.\n"
      "\nExamples:\n"
      "  millrace replay Users --function on-user-change\n"
      "  millrace replay Users --function repair --from 100000000000000000042\n"
      "  millrace replay Users --mapping 6cf0... --from-time 2030-01-01T00:00:00Z");
  command->callback([options, &action] { action = [options] { return replay(*options); }; });
}

}  // namespace millrace::cli
