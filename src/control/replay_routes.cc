#include "control/replay_routes.h"

#include <algorithm>
#include <cmath>

#include "control/control_request.h"
#include "control/mapping_report.h"
#include "control/table_streams.h"
#include "dynamodb/stream/change_search.h"
#include "lambda/function/function_name.h"

namespace millrace::control {
namespace {

using dynamodb::stream::Shard;
using dynamodb::stream::StreamPtr;
using dynamodb::stream::StreamStore;
using engine::Position;
using lambda::MappingManager;
using lambda::ReplayProgress;
using lambda::ReplayRange;
using lambda::ReplayRequest;

constexpr std::string_view kPath = "/_millrace/replay/";
constexpr int kBatchSizeMax = 10'000;

struct Bound {
  std::optional<Position> position;
  std::optional<Timestamp> time;
};

struct ReplayInput {
  std::string table_name, stream_arn, shard_id, uuid, function_name;
  Bound from, to;
  std::optional<size_t> batch_size;
};

Result<Bound> read_bound(const json& input, const char* number_name, const char* time_name) {
  Bound bound;
  MILLRACE_TRY(auto number, text_member(input, number_name));
  MILLRACE_TRY(auto time, text_member(input, time_name));
  if (number && time) {
    return Unexpected("Give " + std::string(number_name) + " or " + time_name + ", not both.");
  }
  if (number) {
    bound.position = dynamodb::stream::parse_sequence_number(*number);
    if (!bound.position) {
      return Unexpected(std::string(number_name) + " must be one that a stream record has.");
    }
  }
  if (time) {
    bound.time = parse_iso8601(*time);
    if (!bound.time) {
      return Unexpected(std::string(time_name) + " must be a time like 2030-01-01T00:00:00Z.");
    }
  }
  return bound;
}

Result<ReplayInput> parse_input(const std::string& body) {
  MILLRACE_TRY(json input, parse_object(body));
  MILLRACE_CHECK_OK(check_members(
      input, {"tableName", "streamArn", "shardId", "uuid", "functionName", "fromSequenceNumber",
              "fromTime", "toSequenceNumber", "toTime", "batchSize"}));
  ReplayInput replay;
  for (auto [name, into] :
       {std::pair("tableName", &replay.table_name), std::pair("streamArn", &replay.stream_arn),
        std::pair("shardId", &replay.shard_id), std::pair("uuid", &replay.uuid),
        std::pair("functionName", &replay.function_name)}) {
    MILLRACE_TRY(auto text, text_member(input, name));
    *into = text.value_or("");
  }
  MILLRACE_TRY(replay.from, read_bound(input, "fromSequenceNumber", "fromTime"));
  MILLRACE_TRY(replay.to, read_bound(input, "toSequenceNumber", "toTime"));
  MILLRACE_TRY(auto batch_size, number_member(input, "batchSize"));
  if (batch_size) {
    if (*batch_size < 1 || *batch_size > kBatchSizeMax || *batch_size != std::floor(*batch_size)) {
      return Unexpected(std::string("batchSize must be between 1 and 10000."));
    }
    replay.batch_size = static_cast<size_t>(*batch_size);
  }
  if (replay.uuid.empty() && replay.function_name.empty()) {
    return Unexpected(std::string("Name a mapping (uuid) or a function (functionName)."));
  }
  return replay;
}

Result<StreamPtr> find_stream(const ReplayInput& input, const StreamStore& streams) {
  if (!input.stream_arn.empty()) {
    StreamPtr stream = streams.find(input.stream_arn);
    if (!stream) return Unexpected("There is no stream " + input.stream_arn + ".");
    return stream;
  }
  StreamPtr best;
  for (const StreamPtr& stream : streams_of_table(streams, input.table_name)) {
    if (!best || stream->created >= best->created) best = stream;
  }
  if (!best) {
    return Unexpected(input.table_name.empty()
                          ? std::string("Name a table (tableName) or a stream (streamArn).")
                          : "There is no table " + input.table_name + " that has a stream.");
  }
  return best;
}

// Whose settings apply.
Result<std::shared_ptr<const lambda::Mapping>> find_mapping(const ReplayInput& input,
                                                            const dynamodb::stream::Stream& stream,
                                                            const MappingManager& mappings) {
  std::shared_ptr<const lambda::Mapping> none;
  for (const auto& status : mappings.status()) {
    const lambda::Mapping& mapping = *status.view.mapping;
    bool asked = input.uuid.empty() ? mapping.settings.function.name == input.function_name
                                    : mapping.uuid == input.uuid;
    if (asked && mapping.event_source_arn == stream.arn) return status.view.mapping;
  }
  if (!input.uuid.empty()) {
    return Unexpected("No mapping " + input.uuid + " reads " + stream.arn + ".");
  }
  return none;
}

Result<ReplayRange> range_of(const Shard& shard, const ReplayInput& input,
                             const StreamStore& streams) {
  auto read = [](engine::Result<Position> position) -> Result<Position> {
    if (!position) return Unexpected("The stream cannot be read: " + position.error().message);
    return *position;
  };
  ReplayRange range{};
  MILLRACE_TRY(range.after, read(streams.trim_horizon(shard)));
  MILLRACE_TRY(range.up_to, read(streams.latest(shard)));
  if (input.from.position && *input.from.position > 0) {
    range.after = std::max(range.after, *input.from.position - 1);
  }
  if (input.from.time) {
    MILLRACE_TRY(Position position, read(streams.position_at_time(shard, *input.from.time)));
    range.after = std::max(range.after, position);
  }
  if (input.to.position) range.up_to = std::min(range.up_to, *input.to.position);
  if (input.to.time) {
    MILLRACE_TRY(Position position, read(streams.position_at_time(shard, *input.to.time)));
    range.up_to = std::min(range.up_to, position);
  }
  return range;
}

Result<void> add_ranges(const ReplayInput& input, const StreamStore& streams,
                        ReplayRequest& request) {
  std::vector<std::string> lineage;
  if (!input.shard_id.empty()) {
    if (request.stream->find_shard(input.shard_id) == nullptr) {
      return Unexpected("The stream has no shard " + input.shard_id + ".");
    }
    lineage = descendants(*request.stream, input.shard_id);
    lineage.push_back(input.shard_id);
  }
  for (const Shard& shard : request.stream->shards) {
    bool asked =
        lineage.empty() || std::find(lineage.begin(), lineage.end(), shard.id) != lineage.end();
    if (!asked) continue;
    MILLRACE_TRY(ReplayRange range, range_of(shard, input, streams));
    if (range.up_to > range.after) request.shards[shard.id] = range;
  }
  return {};
}

Result<ReplayRequest> make_request(const ReplayInput& input, const StreamStore& streams,
                                   const MappingManager& mappings) {
  ReplayRequest request;
  MILLRACE_TRY(request.stream, find_stream(input, streams));
  MILLRACE_TRY(auto mapping, find_mapping(input, *request.stream, mappings));
  std::vector<std::string> patterns;
  if (mapping) {
    request.mapping_uuid = mapping->uuid;
    request.settings = consumer_settings(mapping->settings);
    request.function = mapping->settings.function;
    patterns = mapping->settings.filters;
  }
  if (!input.function_name.empty()) {
    aws::RequestContext context;
    context.account = request.stream->account;
    context.region = request.stream->region;
    auto function = lambda::parse_function_name(context, input.function_name);
    if (!function) return Unexpected(function.error().message);
    if (!mapping || mapping->settings.function.name != function->name) request.function = *function;
  }
  if (input.batch_size) request.settings.batch_size = *input.batch_size;
  MILLRACE_TRY(auto filters, lambda::FilterSet::compile(patterns));
  request.filters = std::make_shared<const lambda::FilterSet>(std::move(filters));
  MILLRACE_CHECK_OK(add_ranges(input, streams, request));
  return request;
}

json describe(const ReplayProgress& progress) {
  static constexpr const char* kStates[] = {"Running", "Finished", "Stopped"};
  json described = {{"id", progress.id},
                    {"state", kStates[static_cast<size_t>(progress.state)]},
                    {"streamArn", progress.stream_arn},
                    {"functionArn", progress.function_arn},
                    {"started", to_iso8601(progress.started)},
                    {"records", progress.records},
                    {"handled", progress.handled},
                    {"counts", describe_counts(progress.counts)},
                    {"blocked", json::array()}};
  if (!progress.mapping_uuid.empty()) described["uuid"] = progress.mapping_uuid;
  if (progress.ended) described["ended"] = to_iso8601(*progress.ended);
  for (const auto& [shard_id, blocked] : progress.blocked) {
    described["blocked"].push_back(
        {{"shardId", shard_id},
         {"sequenceNumber", dynamodb::stream::sequence_number(blocked.position)},
         {"since", to_iso8601(blocked.since)},
         {"error", blocked.error}});
  }
  return described;
}

aws::HttpResponse start(const ReplayInput& input, const StreamStore& streams,
                        const MappingManager& mappings) {
  auto request = make_request(input, streams, mappings);
  if (!request) return error_answer(request.error());
  auto id = mappings.replays().start(std::move(*request));
  if (!id) return error_answer("Too many replays are running. Stop one, or wait.", 429);
  auto progress = mappings.replays().find(*id);
  return progress ? json_answer(describe(*progress), 202) : json_answer({{"id", *id}}, 202);
}

aws::HttpResponse answer_progress(const MappingManager& mappings, const std::string& id) {
  auto progress = mappings.replays().find(id);
  if (!progress) return error_answer("There is no replay " + id + ".", 404);
  return json_answer(describe(*progress));
}

}  // namespace

void add_replay_routes(aws::AdminRoutes& routes, const StreamStore& streams,
                       const MappingManager& mappings, std::shared_ptr<Executor> executor) {
  routes.add(
      "POST", "/_millrace/replay", aws::AdminAccess::kCredentials,
      [&streams, &mappings, executor](const aws::HttpRequest& request, aws::HttpRespond respond) {
        auto input = parse_input(request.body);
        if (!input) {
          respond(error_answer(input.error()));
          return;
        }
        executor->post(
            [&streams, &mappings, input = std::move(*input),
             respond = std::move(respond)]() mutable { respond(start(input, streams, mappings)); });
      });
  routes.add("GET", "/_millrace/replay", aws::AdminAccess::kCredentials,
             [&mappings](const aws::HttpRequest&, aws::HttpRespond respond) {
               json list = json::array();
               for (const auto& one : mappings.replays().list()) list.push_back(describe(one));
               respond(json_answer({{"replays", list}}));
             });
  routes.add("GET", std::string(kPath), aws::AdminAccess::kCredentials,
             [&mappings](const aws::HttpRequest& request, aws::HttpRespond respond) {
               respond(answer_progress(mappings, std::string(request.path().substr(kPath.size()))));
             });
  routes.add("DELETE", std::string(kPath), aws::AdminAccess::kCredentials,
             [&mappings](const aws::HttpRequest& request, aws::HttpRespond respond) {
               std::string id(request.path().substr(kPath.size()));
               mappings.replays().stop(id);
               respond(answer_progress(mappings, id));
             });
}

}  // namespace millrace::control
