#include "lambda/trigger/mapping.h"

#include <nlohmann/json.hpp>

namespace millrace::lambda {
namespace {

using nlohmann::json;

constexpr int kVersion = 1;

int64_t to_micros(Timestamp time) {
  return time.time_since_epoch().count();
}
Timestamp from_micros(int64_t micros) {
  return Timestamp(Duration(micros));
}

json encode_settings(const MappingSettings& settings) {
  const FunctionReference& function = settings.function;
  return {{"function",
           {{"partition", function.partition},
            {"account", function.account},
            {"region", function.region},
            {"name", function.name},
            {"qualifier", function.qualifier}}},
          {"enabled", settings.enabled},
          {"batchSize", settings.batch_size},
          {"maximumBatchingWindowInSeconds", settings.maximum_batching_window_in_seconds},
          {"parallelizationFactor", settings.parallelization_factor},
          {"maximumRecordAgeInSeconds", settings.maximum_record_age_in_seconds},
          {"maximumRetryAttempts", settings.maximum_retry_attempts},
          {"bisectBatchOnFunctionError", settings.bisect_batch_on_function_error},
          {"tumblingWindowInSeconds", settings.tumbling_window_in_seconds},
          {"reportBatchItemFailures", settings.report_batch_item_failures},
          {"filters", settings.filters},
          {"onFailureDestination", settings.on_failure_destination},
          {"metrics", settings.metrics},
          {"kmsKeyArn", settings.kms_key_arn}};
}

MappingSettings decode_settings(const json& stored) {
  const json& function = stored.at("function");
  MappingSettings settings;
  settings.function = {function.at("partition"), function.at("account"), function.at("region"),
                       function.at("name"), function.at("qualifier")};
  settings.enabled = stored.at("enabled");
  settings.batch_size = stored.at("batchSize");
  settings.maximum_batching_window_in_seconds = stored.at("maximumBatchingWindowInSeconds");
  settings.parallelization_factor = stored.at("parallelizationFactor");
  settings.maximum_record_age_in_seconds = stored.at("maximumRecordAgeInSeconds");
  settings.maximum_retry_attempts = stored.at("maximumRetryAttempts");
  settings.bisect_batch_on_function_error = stored.at("bisectBatchOnFunctionError");
  settings.tumbling_window_in_seconds = stored.at("tumblingWindowInSeconds");
  settings.report_batch_item_failures = stored.at("reportBatchItemFailures");
  settings.filters = stored.at("filters").get<std::vector<std::string>>();
  settings.on_failure_destination = stored.at("onFailureDestination");
  settings.metrics = stored.at("metrics").get<std::vector<std::string>>();
  settings.kms_key_arn = stored.at("kmsKeyArn");
  return settings;
}

}  // namespace

std::string_view to_string(StartingPosition position) {
  return position == StartingPosition::kLatest ? "LATEST" : "TRIM_HORIZON";
}

std::optional<StartingPosition> parse_starting_position(std::string_view text) {
  if (text == "LATEST") return StartingPosition::kLatest;
  if (text == "TRIM_HORIZON") return StartingPosition::kTrimHorizon;
  return std::nullopt;
}

std::string Mapping::arn() const {
  return "arn:" + partition + ":lambda:" + region + ':' + account + ":event-source-mapping:" + uuid;
}

ConsumerSettings consumer_settings(const MappingSettings& settings) {
  using std::chrono::seconds;
  ConsumerSettings consumer;
  consumer.batch_size = static_cast<size_t>(settings.batch_size);
  consumer.window = seconds(settings.maximum_batching_window_in_seconds);
  consumer.lanes = static_cast<size_t>(settings.parallelization_factor);
  consumer.tumbling_window = seconds(settings.tumbling_window_in_seconds);
  consumer.retry.retries_max = settings.maximum_retry_attempts;
  if (settings.maximum_record_age_in_seconds >= 0) {
    consumer.retry.age_max = seconds(settings.maximum_record_age_in_seconds);
  }
  consumer.retry.bisect = settings.bisect_batch_on_function_error;
  consumer.retry.partial_responses = settings.report_batch_item_failures;
  consumer.sends_failures = !settings.on_failure_destination.empty();
  return consumer;
}

std::string encode_mapping(const Mapping& mapping) {
  json stored = {{"version", kVersion},
                 {"uuid", mapping.uuid},
                 {"number", mapping.number},
                 {"revision", mapping.revision},
                 {"partition", mapping.partition},
                 {"account", mapping.account},
                 {"region", mapping.region},
                 {"eventSourceArn", mapping.event_source_arn},
                 {"startingPosition", to_string(mapping.starting_position)},
                 {"startPositions", mapping.start_positions},
                 {"created", to_micros(mapping.created)},
                 {"lastModified", to_micros(mapping.last_modified)},
                 {"deleting", mapping.deleting},
                 {"tags", mapping.tags},
                 {"settings", encode_settings(mapping.settings)}};
  return stored.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<Mapping> decode_mapping(std::string_view encoded) {
  json stored = json::parse(encoded, nullptr, false);
  try {
    if (stored.at("version") != kVersion) return std::nullopt;
    Mapping mapping;
    mapping.uuid = stored.at("uuid");
    mapping.number = stored.at("number");
    mapping.revision = stored.at("revision");
    mapping.partition = stored.at("partition");
    mapping.account = stored.at("account");
    mapping.region = stored.at("region");
    mapping.event_source_arn = stored.at("eventSourceArn");
    auto position = parse_starting_position(stored.at("startingPosition").get<std::string>());
    if (!position) return std::nullopt;
    mapping.starting_position = *position;
    mapping.start_positions =
        stored.at("startPositions").get<std::map<std::string, engine::Position>>();
    mapping.created = from_micros(stored.at("created"));
    mapping.last_modified = from_micros(stored.at("lastModified"));
    mapping.deleting = stored.at("deleting");
    mapping.tags = stored.at("tags").get<std::map<std::string, std::string>>();
    mapping.settings = decode_settings(stored.at("settings"));
    return mapping;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

}  // namespace millrace::lambda
